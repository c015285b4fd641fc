// WebGPU in Node: Dawn through the `webgpu` package, with the system's driver (selected by VK_ICD_FILENAMES). Used by the
// command and the tests, never by the page.
import { TabTuneError } from "../../shared/errors.ts";
import { deviceMessage } from "../../shared/messages/index.ts";

/** Node, its platform and the `webgpu` package, with versions. */
export async function nodeAgent(): Promise<string> {
	const { createRequire } = await import("node:module");
	const { version }: { version: string } = createRequire(import.meta.url)("webgpu/package.json");
	return `Node ${process.versions.node}, webgpu ${version}, ${process.platform}-${process.arch}`;
}

let instance: GPU | null = null;

/** Returns the only GPU object of this process. @throws TabTuneError "no-adapter" when the package cannot start. */
export async function nodeGpu(): Promise<GPU> {
	if (instance !== null) return instance;
	try {
		const { create, globals } = await import("webgpu");
		Object.assign(globalThis, globals);
		instance = create(["enable-dawn-features=allow_unsafe_apis"]); // for subgroup matrices
		return instance;
	} catch (cause) {
		throw new TabTuneError(
			"no-adapter",
			{
				what: deviceMessage("nodeNotStarted"),
				where: String(cause),
				next: deviceMessage("nodeNotStarted.next"),
			},
			{ cause },
		);
	}
}
