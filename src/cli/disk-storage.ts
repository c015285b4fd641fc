// A folder on disk as the storage of a run's files.
import { openAsBlob } from "node:fs";
import { readdir, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { RunStorage } from "../engine/persistence/run-storage.ts";
import { exists, storageError, syncFolder, writeWhole } from "./node-files.ts";

/** @param root need not exist: a write creates it */
export function diskStorage(root: string): RunStorage {
	const entries = (folder: string) => readdir(join(root, folder), { withFileTypes: true }).catch(() => []);
	const files = async (folder: string): Promise<string[]> => {
		const paths: string[] = [];
		for (const entry of await entries(folder))
			if (entry.isDirectory())
				paths.push(...(await files(join(folder, entry.name))).map((path) => `${entry.name}/${path}`));
			else paths.push(entry.name);
		return paths;
	};
	const explained = async <T>(path: string, work: () => Promise<T>): Promise<T> => {
		try {
			return await work();
		} catch (cause) {
			throw storageError(join(root, path), cause);
		}
	};
	return {
		files,
		folders: async (folder) => (await entries(folder)).filter((entry) => entry.isDirectory()).map(({ name }) => name),
		read: (path) => openAsBlob(join(root, path)).catch(() => null),
		write: async (path, content) => writeWhole(join(root, path), content instanceof Blob ? content.stream() : content),
		/** The folder is complete under a temporary name before it gets its own, and an older one is renamed, not emptied. */
		writeFolder: (folder, contents) =>
			explained(folder, async () => {
				const target = join(root, folder);
				const parent = dirname(target);
				const temporary = (kind: string) =>
					join(parent, `.${target.slice(parent.length + 1)}.${process.pid}${kind}.partial`);
				const [partial, old] = [temporary(""), temporary(".old")];
				try {
					for (const { path, bytes } of contents) await writeWhole(join(partial, path), bytes);
					await syncFolder(partial);
					if (await exists(target)) await rename(target, old);
					await rename(partial, target);
					await syncFolder(parent);
				} finally {
					await rm(partial, { recursive: true, force: true }).catch(() => undefined);
				}
				await rm(old, { recursive: true, force: true });
			}),
		/** Renames a folder to a free name, which is returned. */
		setAside: (folder) =>
			explained(folder, async () => {
				for (let n = 1; ; n++) {
					const free = `${folder}.earlier${n === 1 ? "" : `-${n}`}`;
					if (await exists(join(root, free))) continue;
					await rename(join(root, folder), join(root, free));
					return free;
				}
			}),
		remove: (path) => explained(path, () => rm(join(root, path), { recursive: true, force: true })),
	};
}
