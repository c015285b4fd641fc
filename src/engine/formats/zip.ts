// Packs an adapter folder into a zip and unpacks it. Files are stored without compression, because float32 noise does not shrink.
// Only the known files are unpacked, in memory.

import { unzipSync, Zip, ZipPassThrough, zipSync } from "fflate";
import { TabTuneError } from "../../shared/errors.ts";
import { filesMessage } from "../../shared/messages/index.ts";
import type { Message } from "../../shared/messages/message.ts";
import { isLanguageFile } from "./language-files.ts";
import { type ModelFolder, memoryFolder } from "./model-folder.ts";
import { crc32, zipChecksums } from "./zip-checksums.ts";

const MOST_BYTES = 2 ** 31 - 1;
/** Limit of a zip's 32-bit offsets, minus room for its directory. */
const MOST_ZIPPED = 2 ** 32 - 2 ** 20;
/** An adapter hardly compresses: over this size, a ratio of 100 indicates a decompression bomb. */
const FREE_BYTES = 2 ** 26;
const MOST_SHRUNK = 100;
/** Matches the folder of one method of a combined adapter. */
const PART = /(?<![^/])(?:lora|prompt_tuning|bottleneck)\/$/;
/** The files that make a folder an adapter's, of PEFT, the adapters library, mlx-lm, llama.cpp and full fine-tuning. */
const ADAPTER_FILE = /^(adapter_config\.json|(adapter_model|adapter|adapters|model)\.safetensors|.+\.gguf)$/i;
const isUsed = (file: string): boolean =>
	!file.endsWith("/") && (ADAPTER_FILE.test(file) || file === "README.md" || isLanguageFile(file));

/** Whether a file belongs to an adapter's folder, which may be inside other folders. */
export const isAdapterFile = (path: string): boolean => isUsed(split(path).file);

export function zipFiles(
	files: readonly { readonly path: string; readonly bytes: Uint8Array }[],
): Uint8Array<ArrayBuffer> {
	return zipSync(Object.fromEntries(files.map(({ path, bytes }) => [path, bytes])), {
		level: 0,
	}) as Uint8Array<ArrayBuffer>;
}

/**
 * Writes large files into a zip, piece by piece into a Blob, which the browser may keep on disk.
 * @throws TabTuneError "storage" over 4 GiB, the limit of a plain zip.
 */
export async function zipBlob(
	files: readonly { readonly path: string; pieces(): AsyncIterable<Uint8Array> }[],
	onBytes: (done: number) => void = () => undefined,
): Promise<Blob> {
	const parts: Blob[] = [];
	let failed: Error | null = null;
	let total = 0;
	const zip = new Zip((error, piece) => {
		if (error !== null) failed = error;
		else parts.push(new Blob([piece as Uint8Array<ArrayBuffer>]));
	});
	for (const { path, pieces } of files) {
		const entry = new ZipPassThrough(path);
		zip.add(entry);
		for await (const piece of pieces()) {
			total += piece.length;
			if (total > MOST_ZIPPED)
				throw new TabTuneError("storage", {
					what: filesMessage("zipTooLarge"),
					where: path,
					next: filesMessage("zipTooLarge.next"),
				});
			entry.push(piece);
			onBytes(total);
		}
		entry.push(new Uint8Array(0), true);
	}
	zip.end();
	if (failed !== null) throw failed;
	return new Blob(parts, { type: "application/zip" });
}

/**
 * Unpacks the files of an adapter, or the weights of full fine-tuning, which may be in a folder of the zip, with the tokenizer
 * and the chat template beside them. Other files are ignored.
 * @throws TabTuneError "adapter" when it is not a zip, contains several adapters or none, or unpacks to far too much.
 */
export function adapterZipFolder(zip: Uint8Array, name: string): ModelFolder {
	const fail = (what: Message, next: Message) => new TabTuneError("adapter", { what, where: name, next });
	const next = filesMessage("zip.next");
	let total = 0;
	let packed: Record<string, Uint8Array>;
	try {
		packed = unzipSync(zip, {
			filter({ name: path, originalSize }) {
				const { folder, file } = split(path);
				if (!isUsed(file) || folder.includes("__MACOSX/")) return false;
				if (/(^|\/)\.\.\/|^\/|^[A-Za-z]:/.test(folder))
					throw fail(filesMessage("zipPath", { path: JSON.stringify(path) }), next);
				total += originalSize;
				if (total > MOST_BYTES) throw fail(filesMessage("zipUnpacksTooLarge"), filesMessage("zipUnpacksTooLarge.next"));
				if (total > FREE_BYTES && total > MOST_SHRUNK * zip.length) {
					throw fail(filesMessage("zipBomb", { bytes: zip.length, total }), next);
				}
				return true;
			},
		});
	} catch (cause) {
		if (cause instanceof TabTuneError) throw cause;
		throw new TabTuneError("adapter", { what: filesMessage("notZip"), where: name, next }, { cause });
	}
	const checksums = zipChecksums(zip);
	for (const [path, bytes] of Object.entries(packed))
		if (checksums?.get(path) !== crc32(bytes)) throw fail(filesMessage("zipDamaged", { path }), next);
	const folders = [
		...new Set(
			Object.keys(packed)
				.map((path) => split(path))
				.filter(({ file }) => ADAPTER_FILE.test(file))
				.map(({ folder }) => folder),
		),
	];
	if (folders.length === 0) throw fail(filesMessage("zipEmpty"), next);
	// An adapter of several methods has a folder for each.
	const parents = new Set(folders.map((folder) => folder.replace(PART, "")));
	const parts = folders.length > 1 && parents.size === 1 && folders.every((folder) => PART.test(folder));
	if (folders.length > 1 && !parts)
		throw fail(
			filesMessage("zipSeveral", { names: folders.map((folder) => folder || "./").join(", ") }),
			filesMessage("zipSeveral.next"),
		);
	const files: Record<string, Uint8Array<ArrayBuffer>> = {};
	for (const [path, bytes] of Object.entries(packed)) {
		const { folder, file } = split(path);
		if (parts && folders.includes(folder))
			files[(PART.exec(folder)?.[0] ?? "") + file] = bytes as Uint8Array<ArrayBuffer>;
		else if (folder === (parts ? [...parents][0] : folders[0])) files[file] = bytes as Uint8Array<ArrayBuffer>;
	}
	return memoryFolder(name, files);
}

const TEMPLATES = "additional_chat_templates/";

/** "a/b/README.md" → "a/b/", "README.md". Some Windows programs write backslashes. */
function split(path: string): { folder: string; file: string } {
	const normal = path.replaceAll("\\", "/");
	const end = normal.lastIndexOf("/") + 1;
	const at = end - (normal.endsWith(TEMPLATES, end) ? TEMPLATES.length : 0);
	return { folder: normal.slice(0, at), file: normal.slice(at) };
}
