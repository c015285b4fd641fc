// Files in the origin private file system: adapters, checkpoints and data of runs. A write replaces the whole file or nothing.
// Other origins cannot read them.

import { TabTuneError } from "../../shared/errors.ts";
import { storageMessage } from "../../shared/messages/index.ts";
import { noSpace } from "./no-space.ts";
import type { RunStorage } from "./run-storage.ts";

export class PrivateFiles implements RunStorage {
	private constructor(
		private readonly name: string,
		private root: FileSystemDirectoryHandle,
	) {}

	/**
	 * Opens a folder, creating it if it is missing.
	 * @throws TabTuneError "storage" if the browser stores nothing (private windows, site settings)
	 */
	static async open(name: string): Promise<PrivateFiles> {
		try {
			return new PrivateFiles(name, await rootFolder(name));
		} catch (cause) {
			throw refused(cause);
		}
	}

	async files(folder: string): Promise<string[]> {
		const handle = await this.folder(folder, false);
		return handle === null ? [] : pathsIn(handle);
	}

	async folders(folder: string): Promise<string[]> {
		const names: string[] = [];
		for await (const entry of (await this.folder(folder, false))?.values() ?? [])
			if (entry.kind === "directory") names.push(entry.name);
		return names;
	}

	/** Replaces the file once all of it is written; if the tab closes before, the old file remains. */
	async write(path: string, content: Blob | Uint8Array): Promise<void> {
		let stream: FileSystemWritableFileStream | null = null;
		try {
			const folder = await this.folder(folderOf(path), true);
			stream = await (await folder.getFileHandle(nameOf(path), { create: true })).createWritable();
			await stream.write(content instanceof Blob ? content : (content as Uint8Array<ArrayBuffer>));
			await stream.close();
		} catch (cause) {
			await stream?.abort().catch(() => undefined);
			throw full(cause, path);
		}
	}

	async writeFolder(
		folder: string,
		files: readonly { readonly path: string; readonly bytes: Uint8Array }[],
	): Promise<void> {
		await this.remove(`${folder}/${files.at(-1)?.path}`);
		for (const { path, bytes } of files) await this.write(`${folder}/${path}`, bytes);
	}

	/** Null for a missing file, and for an empty one, which is the result of an interrupted write. */
	async read(path: string): Promise<File | null> {
		try {
			const folder = await this.folder(folderOf(path), false);
			const file = await (await folder?.getFileHandle(nameOf(path)))?.getFile();
			return file === undefined || file.size === 0 ? null : file;
		} catch (cause) {
			if (isMissing(cause)) return null;
			throw refused(cause);
		}
	}

	async remove(path: string): Promise<void> {
		try {
			await (await this.folder(folderOf(path), false))?.removeEntry(nameOf(path), { recursive: true });
		} catch (cause) {
			if (!isMissing(cause)) throw refused(cause);
		}
	}

	/** Null if the folder is missing and `create` is false. */
	private folder(path: string, create: true): Promise<FileSystemDirectoryHandle>;
	private folder(path: string, create: boolean): Promise<FileSystemDirectoryHandle | null>;
	private async folder(path: string, create: boolean): Promise<FileSystemDirectoryHandle | null> {
		try {
			return await this.walk(path, create);
		} catch (cause) {
			if (!isMissing(cause)) throw cause;
			if (!create) return null;
		}
		// The site's data was cleared, and this folder with it.
		this.root = await rootFolder(this.name);
		return this.walk(path, create);
	}

	private async walk(path: string, create: boolean): Promise<FileSystemDirectoryHandle> {
		let folder = this.root;
		for (const part of path.split("/").filter((name) => name !== ""))
			folder = await folder.getDirectoryHandle(part, { create });
		return folder;
	}
}

async function rootFolder(name: string): Promise<FileSystemDirectoryHandle> {
	const top = await navigator.storage.getDirectory();
	return top.getDirectoryHandle(name, { create: true });
}

async function pathsIn(folder: FileSystemDirectoryHandle): Promise<string[]> {
	const paths: string[] = [];
	for await (const entry of folder.values())
		if (entry.kind === "file") paths.push(entry.name);
		else paths.push(...(await pathsIn(entry)).map((path) => `${entry.name}/${path}`));
	return paths;
}

const folderOf = (path: string): string => path.slice(0, Math.max(0, path.lastIndexOf("/")));
const nameOf = (path: string): string => path.slice(path.lastIndexOf("/") + 1);
/** InvalidStateError: a handle from before the site's data was cleared. */
const isMissing = (cause: unknown): boolean =>
	cause instanceof DOMException && (cause.name === "NotFoundError" || cause.name === "InvalidStateError");

function refused(cause: unknown): TabTuneError {
	return new TabTuneError(
		"storage",
		{
			what: storageMessage("noFiles"),
			where: storageMessage("siteStorage"),
			next: storageMessage("noFiles.next"),
		},
		{ cause },
	);
}

function full(cause: unknown, path: string): TabTuneError {
	if (!(cause instanceof DOMException && cause.name === "QuotaExceededError")) return refused(cause);
	return noSpace(path, cause);
}
