// An adapter folder as one zip, and back. Stored without compression: float32 noise does not shrink. Nothing is ever
// unpacked to disk; only the three known files are unpacked at all.

import { unzipSync, Zip, ZipPassThrough, zipSync } from "fflate";
import { TabTuneError } from "../../shared/errors.ts";
import { filesMessage } from "../../shared/messages/files.en.ts";
import type { Message } from "../../shared/messages/message.ts";
import { type ModelFolder, memoryFolder } from "./model-folder.ts";

const MOST_BYTES = 2 ** 31 - 1;
/** A zip's 32-bit offsets, less room for its directory. */
const MOST_ZIPPED = 2 ** 32 - 2 ** 20;
/** An adapter is mostly noise: beyond this size, one that shrank a hundredfold is a bomb. */
const FREE_BYTES = 2 ** 26;
const MOST_SHRUNK = 100;
/** The folder of one method. */
const PART = /(?<![^/])(?:lora|prompt_tuning|bottleneck)\/$/;
const FILES = [
	"adapter_config.json",
	"adapter_model.safetensors",
	"adapter.safetensors",
	"README.md",
	"model.safetensors",
];

export function zipFiles(
	files: readonly { readonly path: string; readonly bytes: Uint8Array }[],
): Uint8Array<ArrayBuffer> {
	return zipSync(Object.fromEntries(files.map(({ path, bytes }) => [path, bytes])), {
		level: 0,
	}) as Uint8Array<ArrayBuffer>;
}

/**
 * Files too large to stand in memory as one, as a zip: piece by piece into a Blob, which the browser keeps where it likes.
 * @throws TabTuneError "storage" past 4 GiB, which a plain zip cannot say.
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
 * The adapter files in a zip, or the weights of full fine-tuning; they may stand in a folder inside it. Other files are left packed.
 * @throws TabTuneError "adapter" when it is no zip, holds several adapters or none, or unpacks to far too much.
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
				if (!FILES.includes(file) || folder.includes("__MACOSX/")) return false;
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
	const folders = [
		...new Set(
			Object.keys(packed)
				.map((path) => split(path))
				.filter(({ file }) => file !== "README.md")
				.map(({ folder }) => folder),
		),
	];
	if (folders.length === 0) throw fail(filesMessage("zipEmpty"), next);
	// An adapter of several methods has a folder for each, side by side.
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
		else if (folder === folders[0]) files[file] = bytes as Uint8Array<ArrayBuffer>;
	}
	return memoryFolder(name, files);
}

/** "a/b/README.md" → "a/b/", "README.md". Some Windows programs write backslashes. */
function split(path: string): { folder: string; file: string } {
	const normal = path.replaceAll("\\", "/");
	const at = normal.lastIndexOf("/") + 1;
	return { folder: normal.slice(0, at), file: normal.slice(at) };
}
