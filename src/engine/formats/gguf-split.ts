// Split GGUF models: "name-00001-of-00003.gguf" and the files beside it (llama.cpp's llama-gguf-split). The first file has the
// metadata; each has whole tensors. They are read as one file whose bytes follow each other.

import { TabTuneError } from "../../shared/errors.ts";
import { ggufMessage } from "../../shared/messages/index.ts";
import { splitNames } from "../../shared/split-names.ts";
import { type GgufFile, type GgufTensor, openGguf } from "./gguf.ts";
import type { ByteSource } from "./source.ts";

export interface OpenedGguf {
	readonly file: GgufFile;
	readonly source: ByteSource;
}

/**
 * Opens a GGUF file, with the other files of its model if it is split.
 * @param beside opens a file beside it; null if there is none
 * @throws TabTuneError "model" naming the files that are missing or do not belong together
 */
export async function openWholeGguf(
	name: string,
	source: ByteSource,
	beside: (name: string) => Promise<ByteSource | null>,
): Promise<OpenedGguf> {
	const file = await openGguf(source, name);
	const count = file.metadata.get("split.count") ?? 1;
	if (count === 1 || count === 0) return { file, source };
	const fail = (what: ReturnType<typeof ggufMessage>) =>
		new TabTuneError("model", { what, where: name, next: ggufMessage("split.next") });
	const names = splitNames(name);
	if (names?.length !== count) throw fail(ggufMessage("splitName", { count: String(count) }));
	const sources = await Promise.all(names.map((part) => (part === name ? source : beside(part))));
	const missing = names.filter((_, i) => sources[i] === null);
	if (missing.length > 0)
		throw fail(
			ggufMessage("splitMissing", {
				count: String(count),
				names: missing.slice(0, 3).join(", "),
				more: missing.length > 3 ? ", …" : "",
			}),
		);
	const parts = sources.filter((part) => part !== null);
	const files = await Promise.all(parts.map((part, i) => openGguf(part, names[i])));
	const tensors = new Map<string, GgufTensor>();
	let start = 0;
	files.forEach((part, i) => {
		if (part.metadata.get("split.no") !== i || part.metadata.get("split.count") !== count)
			throw fail(ggufMessage("splitOrder", { name: names[i] }));
		for (const [tensor, entry] of part.tensors) {
			if (tensors.has(tensor)) throw fail(ggufMessage("duplicateTensor", { tensor }));
			tensors.set(tensor, { ...entry, offset: entry.offset + start });
		}
		start += parts[i].size;
	});
	const stated = files[0].metadata.get("split.tensors.count") ?? tensors.size;
	if (stated !== tensors.size) throw fail(ggufMessage("splitTensors", { found: tensors.size, stated: String(stated) }));
	return { file: { ...files[0], tensors }, source: joinedSource(parts) };
}

/** Sources whose bytes follow each other. A read stays within one of them. */
function joinedSource(parts: readonly ByteSource[]): ByteSource {
	return {
		size: parts.reduce((sum, { size }) => sum + size, 0),
		read(offset, length) {
			let start = 0;
			for (const part of parts) {
				if (offset < start + part.size) return part.read(offset - start, length);
				start += part.size;
			}
			return Promise.resolve(new Uint8Array());
		},
	};
}
