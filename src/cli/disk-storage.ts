// A folder on disk as the storage of a run's files.
import { openAsBlob } from "node:fs";
import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { RunStorage } from "../engine/persistence/run-storage.ts";
import { storageError, writeWhole } from "./node-files.ts";

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
	return {
		files,
		folders: async (folder) => (await entries(folder)).filter((entry) => entry.isDirectory()).map(({ name }) => name),
		read: (path) => openAsBlob(join(root, path)).catch(() => null),
		write: async (path, content) => writeWhole(join(root, path), content instanceof Blob ? content.stream() : content),
		async remove(path) {
			try {
				await rm(join(root, path), { recursive: true, force: true });
			} catch (cause) {
				throw storageError(join(root, path), cause);
			}
		},
	};
}
