// Files on disk as the engine's sources and folders, and atomic writes.
import { constants } from "node:fs";
import { access, type FileHandle, mkdir, open, readdir, readFile, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import type { ByteSource, ModelFolder } from "../engine/formats/index.ts";
import { ggufAt } from "../engine/models/gguf/in-folder.ts";
import { TabTuneError } from "../shared/errors.ts";
import { cliError } from "./cli-error.ts";
import { pathAdvice } from "./near-path.ts";

/** A file read by ranges. It is opened for each read, so that no handle stays open. */
export async function fileSource(path: string): Promise<ByteSource> {
	const { size } = await stat(path);
	return {
		size,
		async read(offset, length) {
			const bytes = new Uint8Array(length);
			const handle = await open(path, "r");
			try {
				let done = 0;
				while (done < length) {
					const { bytesRead } = await handle.read(bytes, done, length - done, offset + done);
					if (bytesRead === 0) {
						throw cliError("model", {
							what: `the file ended at byte ${offset + done}`,
							where: path,
							next: "it was truncated or changed while it was read: copy it again",
						});
					}
					done += bytesRead;
				}
			} finally {
				await handle.close();
			}
			return bytes;
		},
	};
}

/** A folder on disk as a model or adapter folder. @throws TabTuneError if it is not a folder. */
export async function diskFolder(path: string, code: "model" | "adapter" = "model"): Promise<ModelFolder> {
	const info = await stat(path).catch(() => null);
	if (info === null || !info.isDirectory()) {
		throw cliError(code, {
			what: info === null ? "there is no such folder" : "this is a file, not a folder",
			where: path,
			next:
				info === null
					? await pathAdvice(path, "use the path of a Hugging Face or PEFT folder")
					: "use the path of a Hugging Face or PEFT folder",
		});
	}
	return {
		name: basename(resolve(path)),
		list: async () => {
			const entries = await readdir(path, { withFileTypes: true });
			const folders = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
			const inner = folders.map(async (name) => (await readdir(join(path, name))).map((file) => `${name}/${file}`));
			const files = entries.filter((entry) => !entry.isDirectory()).map(({ name }) => name);
			return [...files, ...(await Promise.all(inner)).flat()];
		},
		open: (file) => fileSource(join(path, file)),
		text: (file) => readFile(join(path, file), "utf8"),
	};
}

/** A GGUF file on disk as a model folder. @throws TabTuneError "model" if it is missing or damaged. */
export async function ggufFile(path: string): Promise<ModelFolder> {
	const info = await stat(path).catch(() => null);
	if (info === null || !info.isFile()) {
		throw cliError("model", {
			what: info === null ? "there is no such file" : "this is a folder, not a file",
			where: path,
			next: "use the path of a .gguf file",
		});
	}
	return ggufAt(await diskFolder(dirname(path)), basename(path));
}

export async function isFolder(path: string): Promise<boolean> {
	return (await stat(path).catch(() => null))?.isDirectory() ?? false;
}

export async function exists(path: string): Promise<boolean> {
	return access(path, constants.F_OK).then(
		() => true,
		() => false,
	);
}

/** A data file as a Blob that is read as it is streamed. @throws TabTuneError "data" if it cannot be opened. */
export async function fileBlob(path: string): Promise<Blob> {
	const { openAsBlob } = await import("node:fs");
	const info = await stat(path).catch(() => null);
	if (info === null || !info.isFile()) {
		throw cliError("data", {
			what: info === null ? "there is no such file" : "this is a folder, not a file",
			where: path,
			next: "use the path of a .jsonl, .json, .csv, .tsv, .txt or .parquet file",
		});
	}
	return openAsBlob(path);
}

/** The pieces of a file to write: existing bytes, or bytes generated on demand. */
export type Content = Uint8Array | string | AsyncIterable<Uint8Array>;

/** Writes a file atomically: to a temporary file in the same folder, flushed, then renamed. @throws TabTuneError "storage". */
export async function writeWhole(path: string, content: Content): Promise<void> {
	const target = (await isSpecial(path)) ? path : join(dirname(path), `.${basename(path)}.${process.pid}.partial`);
	let handle: FileHandle | null = null;
	try {
		await mkdir(dirname(path), { recursive: true });
		handle = await open(target, "w");
		if (typeof content === "string" || content instanceof Uint8Array)
			await writeAll(handle, typeof content === "string" ? new TextEncoder().encode(content) : content);
		else for await (const piece of content) await writeAll(handle, piece);
		if (target !== path) await handle.sync();
		await handle.close();
		handle = null;
		if (target !== path) {
			await rename(target, path);
			await syncFolder(dirname(path));
		}
	} catch (cause) {
		await handle?.close().catch(() => undefined);
		if (target !== path) await rm(target, { force: true }).catch(() => undefined);
		throw storageError(path, cause);
	}
}

/** Flushes the names in a folder to disk, where the system can. */
export async function syncFolder(path: string): Promise<void> {
	const handle = await open(path, "r").catch(() => null);
	await handle?.sync().catch(() => undefined);
	await handle?.close();
}

async function writeAll(handle: FileHandle, bytes: Uint8Array): Promise<void> {
	let done = 0;
	while (done < bytes.length) {
		const { bytesWritten } = await handle.write(bytes, done, Math.min(bytes.length - done, 2 ** 26));
		if (bytesWritten === 0) throw Object.assign(new Error("nothing was written"), { code: "ENOSPC" });
		done += bytesWritten;
	}
}

async function isSpecial(path: string): Promise<boolean> {
	const info = await stat(path).catch(() => null);
	return info !== null && !info.isFile();
}

/** System calls on files and folders. */
const FILE_CALLS =
	/^(open|read|write|close|f?stat|lstat|f?statfs|rename|rm|rmdir|unlink|mkdir|f?sync|fdatasync|f?truncate|scandir|opendir|access|copyfile|symlink|link)$/;

/** Explains a failed write. Errors that do not come from the file system are returned unchanged. */
export function storageError(path: string, cause: unknown): unknown {
	if (cause instanceof TabTuneError) return cause;
	const { code = "", syscall } = cause as NodeJS.ErrnoException;
	const known: Record<string, [string, string]> = {
		ENOSPC: [
			"no space is left on the disk",
			"free some space or choose another --output-dir; what was written before is whole",
		],
		EDQUOT: ["the disk quota is used up", "free some space or choose another --output-dir"],
		EACCES: ["this place may not be written to", "choose a folder you own"],
		EPERM: ["this place may not be written to", "choose a folder you own"],
		EROFS: ["this disk is read-only", "choose another --output-dir"],
		ENOTDIR: ["a part of this path is a file, not a folder", "choose another path"],
		EEXIST: ["the path of the folder is a file", "choose another --output-dir"],
		ENAMETOOLONG: ["the name is too long for this file system", "choose a shorter path"],
		ELOOP: ["the path is a loop of symbolic links", "choose another path"],
		EIO: ["the disk reports an error", "check the disk, or choose another --output-dir"],
		EISDIR: ["this is a folder, a file is to be written", "choose another path"],
	};
	const other: [string, string] | undefined = FILE_CALLS.test(syscall ?? "")
		? [`the file system reports ${code}`, "check the disk and the path, or choose another one"]
		: undefined;
	const parts = known[code] ?? other;
	return parts === undefined ? cause : cliError("storage", { what: parts[0], where: path, next: parts[1] }, { cause });
}
