// The command line's cache in the user's cache directory: models, one folder each, with a record next to the files.
// TABTUNE_CACHE overrides the location.
import { openAsBlob } from "node:fs";
import { type FileHandle, mkdir, open, readdir, readFile, rm, stat, statfs, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { type CacheFile, type ModelCache, readRecord } from "../engine/hub/index.ts";
import { formatBytes } from "../shared/format-bytes.ts";
import { cliError } from "./cli-error.ts";
import { writeWhole } from "./node-files.ts";

const RECORD = "record.json";

/** The folder of downloaded models. */
export const cacheFolder = (env: NodeJS.ProcessEnv = process.env): string => join(cacheRoot(env), "models");
/** The folder of downloaded data sets. */
export const dataSetFolder = (env: NodeJS.ProcessEnv = process.env): string => join(cacheRoot(env), "datasets");
/** The folder of the kernel choices that were measured on this machine's devices. */
export const tuningFolder = (env: NodeJS.ProcessEnv = process.env): string => join(cacheRoot(env), "tuning");

function cacheRoot({ TABTUNE_CACHE, XDG_CACHE_HOME, LOCALAPPDATA }: NodeJS.ProcessEnv): string {
	if (TABTUNE_CACHE) return TABTUNE_CACHE;
	const caches =
		process.platform === "win32"
			? (LOCALAPPDATA ?? join(homedir(), "AppData", "Local"))
			: process.platform === "darwin"
				? join(homedir(), "Library", "Caches")
				: XDG_CACHE_HOME || join(homedir(), ".cache");
	return join(caches, "tabtune");
}

export function diskCache(root: string): ModelCache {
	const record = (key: string) => join(root, key, RECORD);
	return {
		async list() {
			const keys = await readdir(root).catch(() => []);
			const texts = await Promise.all(keys.map((key) => readFile(record(key), "utf8").catch(() => "")));
			return texts.map(readRecord).filter((model) => model !== null);
		},
		save: (model) => writeWhole(record(model.key), `${JSON.stringify(model, null, 2)}\n`),
		size: async (key, path) => (await stat(join(root, key, path)).catch(() => null))?.size ?? 0,
		blob: (key, path) => openAsBlob(join(root, key, path)).catch(() => null),
		async open(key, path) {
			const place = join(root, key, path);
			await mkdir(dirname(place), { recursive: true });
			const unlock = await lock(`${place}.lock`);
			try {
				return await fileOf(place, unlock);
			} catch (cause) {
				await unlock();
				throw full(cause, place);
			}
		},
		remove: (key) => rm(join(root, key), { recursive: true, force: true }),
	};
}

/** @throws TabTuneError "storage" if the disk has less space than the rest of the download needs */
export async function checkSpace(root: string, needed: number, what = "the model"): Promise<void> {
	await mkdir(root, { recursive: true });
	const { bavail, bsize } = await statfs(root);
	if (bavail * bsize >= needed) return;
	throw cliError("storage", {
		what: `${what} needs ${formatBytes(needed)}, but only ${formatBytes(bavail * bsize)} is free`,
		where: root,
		next: "free some space, or set TABTUNE_CACHE to a folder on another disk",
	});
}

async function fileOf(place: string, unlock: () => Promise<void>): Promise<CacheFile> {
	const handle = await open(place, (await stat(place).catch(() => null)) === null ? "w+" : "r+");
	let { size } = await handle.stat();
	return {
		get size() {
			return size;
		},
		async read(offset, length) {
			const bytes = new Uint8Array(length);
			const { bytesRead } = await handle.read(bytes, 0, length, offset);
			return bytes.subarray(0, bytesRead);
		},
		async append(bytes) {
			await writeAt(handle, bytes, size).catch((cause: unknown) => {
				throw full(cause, place);
			});
			size += bytes.length;
		},
		async empty() {
			await handle.truncate(0);
			size = 0;
		},
		async close() {
			await handle.sync().catch(() => undefined);
			await handle.close();
			await unlock();
		},
	};
}

async function writeAt(handle: FileHandle, bytes: Uint8Array, at: number): Promise<void> {
	for (let done = 0; done < bytes.length; ) {
		const { bytesWritten } = await handle.write(bytes, done, bytes.length - done, at + done);
		if (bytesWritten === 0) throw Object.assign(new Error("nothing was written"), { code: "ENOSPC" });
		done += bytesWritten;
	}
}

/** Allows one process per file. The lock contains its process id; the lock of a process that has ended is ignored. */
async function lock(path: string): Promise<() => Promise<void>> {
	const holder = Number(await readFile(path, "utf8").catch(() => "0"));
	if (holder > 0 && holder !== process.pid && isRunning(holder))
		throw cliError("busy", {
			what: `process ${holder} is downloading this file`,
			where: path,
			next: "wait for it; if no such download is running, delete this lock file",
		});
	await writeFile(path, String(process.pid));
	return () => rm(path, { force: true });
}

function isRunning(pid: number): boolean {
	try {
		process.kill(pid, 0);
		return true;
	} catch (cause) {
		return (cause as NodeJS.ErrnoException).code === "EPERM";
	}
}

function full(cause: unknown, place: string): unknown {
	if (!["ENOSPC", "EDQUOT"].includes((cause as NodeJS.ErrnoException).code ?? "")) return cause;
	return cliError(
		"storage",
		{
			what: "there is no space left for the model",
			where: place,
			next: "free some space, or set TABTUNE_CACHE to a folder on another disk; the downloaded part is kept",
		},
		{ cause },
	);
}
