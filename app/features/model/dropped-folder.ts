// The files of a dropped folder with their relative paths, in the same form as from a folder picker.
import type { NamedFile } from "../../../src/engine/api.ts";

export async function droppedFiles(folder: FileSystemDirectoryEntry): Promise<NamedFile[]> {
	const files: NamedFile[] = [];
	for (const entry of await entriesOf(folder)) {
		if (entry.isDirectory) {
			const inner = await droppedFiles(entry as FileSystemDirectoryEntry);
			files.push(...inner.map(({ path, blob }) => ({ path: `${entry.name}/${path}`, blob })));
		} else {
			const blob = await new Promise<File>((resolve, reject) => (entry as FileSystemFileEntry).file(resolve, reject));
			files.push({ path: entry.name, blob });
		}
	}
	return files;
}

/** readEntries returns up to a hundred entries per call and an empty list at the end. */
async function entriesOf(folder: FileSystemDirectoryEntry): Promise<FileSystemEntry[]> {
	const reader = folder.createReader();
	const all: FileSystemEntry[] = [];
	for (;;) {
		const some = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
		if (some.length === 0) return all;
		all.push(...some);
	}
}
