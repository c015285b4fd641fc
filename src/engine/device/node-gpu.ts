// WebGPU in Node: Dawn through the `webgpu` package. The driver is the system's (VK_ICD_FILENAMES picks one); the
// command and the tests come through here, the browser never does.
import { TabTuneError } from "../errors.ts";

let instance: GPU | null = null;

/** The one GPU object of this process. @throws TabTuneError "no-adapter" when the package cannot start. */
export async function nodeGpu(): Promise<GPU> {
	if (instance !== null) return instance;
	try {
		const { create, globals } = await import("webgpu");
		Object.assign(globalThis, globals);
		instance = create([]);
		return instance;
	} catch (cause) {
		throw new TabTuneError(
			"no-adapter",
			{
				what: "the webgpu package did not start",
				where: String(cause),
				next: "run `npm ci`, then `npm test`, which installs a Vulkan driver where there is no GPU",
			},
			{ cause },
		);
	}
}
