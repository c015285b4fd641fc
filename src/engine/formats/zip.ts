// An adapter folder as one zip, and back. Stored without compression: float32 noise does not shrink.
import { unzipSync, zipSync } from "fflate";
import { TabTuneError } from "../errors.ts";
import type { ModelFolder } from "./model-folder.ts";
import { bytesSource } from "./source.ts";

const MOST_BYTES = 2 ** 31 - 1;
const FILES = ["adapter_config.json", "adapter_model.safetensors", "README.md"];

export function zipFiles(files: readonly { readonly path: string; readonly bytes: Uint8Array }[]): Uint8Array<ArrayBuffer> {
	return zipSync(Object.fromEntries(files.map(({ path, bytes }) => [path, bytes])), { level: 0 }) as Uint8Array<ArrayBuffer>;
}

/**
 * The adapter files in a zip; they may stand in a folder inside it. Other files are left packed.
 * @throws TabTuneError "adapter" when it is no zip, or unpacks to more than 2 GiB.
 */
export function adapterZipFolder(zip: Uint8Array, name: string): ModelFolder {
	let total = 0;
	let files: Record<string, Uint8Array>;
	try {
		files = unzipSync(zip, {
			filter({ name: path, originalSize }) {
				if (!FILES.includes(baseName(path)) || path.includes("__MACOSX")) return false;
				total += originalSize;
				if (total > MOST_BYTES) throw new TabTuneError("adapter", { what: "the zip unpacks to more than 2 GiB", where: name, next: "give an adapter, not a whole model" });
				return true;
			},
		});
	} catch (cause) {
		if (cause instanceof TabTuneError) throw cause;
		throw new TabTuneError("adapter", { what: "this is not a zip, or it is damaged", where: name, next: "choose the zip that Download adapter wrote, or one with adapter_config.json and adapter_model.safetensors" }, { cause });
	}
	const byName = new Map(Object.entries(files).map(([path, bytes]) => [baseName(path), bytes]));
	const need = (path: string): Uint8Array => {
		const bytes = byName.get(path);
		if (bytes === undefined) throw new TabTuneError("adapter", { what: `${path} is missing`, where: name, next: "zip the whole adapter folder" });
		return bytes;
	};
	return {
		name,
		list: async () => [...byName.keys()],
		open: async (path) => bytesSource(need(path)),
		text: async (path) => new TextDecoder().decode(need(path)),
	};
}

function baseName(path: string): string {
	return path.slice(path.lastIndexOf("/") + 1);
}
