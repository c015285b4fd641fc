// Files in the origin private file system: adapters, checkpoints and data of runs. A write replaces the whole file or nothing.
// Other origins cannot read them.

import { TabTuneError } from "../../shared/errors.ts";
import { storageMessage } from "../../shared/messages/storage.en.ts";

export class PrivateFiles {
	private constructor(private readonly root: FileSystemDirectoryHandle) {}

	/**
	 * The folder of that name, made when it is missing.
	 * @throws TabTuneError "storage" where the browser keeps nothing (private windows, site settings)
	 */
	static async open(name: string): Promise<PrivateFiles> {
		try {
			const top = await navigator.storage.getDirectory();
			return new PrivateFiles(await top.getDirectoryHandle(name, { create: true }));
		} catch (cause) {
			throw refused(cause);
		}
	}

	/** Replaces the file when all of it has been written: a closed tab leaves the old one. */
	async write(path: readonly string[], content: Blob | Uint8Array): Promise<void> {
		const [folder, name] = await this.place(path, true);
		let stream: FileSystemWritableFileStream | null = null;
		try {
			stream = await (await folder.getFileHandle(name, { create: true })).createWritable();
			await stream.write(content instanceof Blob ? content : (content as Uint8Array<ArrayBuffer>));
			await stream.close();
		} catch (cause) {
			await stream?.abort().catch(() => undefined);
			throw full(cause, path);
		}
	}

	/** Null where there is no such file, or an empty one: what a write that was cut off leaves behind. */
	async read(path: readonly string[]): Promise<File | null> {
		try {
			const [folder, name] = await this.place(path, false);
			const file = await (await folder.getFileHandle(name)).getFile();
			return file.size === 0 ? null : file;
		} catch (cause) {
			if (cause instanceof DOMException && cause.name === "NotFoundError") return null;
			throw refused(cause);
		}
	}

	/** Removes a file or a folder with all in it; one that is not there is no failure. */
	async remove(path: readonly string[]): Promise<void> {
		try {
			const [folder, name] = await this.place(path, false);
			await folder.removeEntry(name, { recursive: true });
		} catch (cause) {
			if (!(cause instanceof DOMException && cause.name === "NotFoundError")) throw refused(cause);
		}
	}

	private async place(path: readonly string[], create: boolean): Promise<[FileSystemDirectoryHandle, string]> {
		let folder = this.root;
		for (const part of path.slice(0, -1)) folder = await folder.getDirectoryHandle(part, { create });
		return [folder, path[path.length - 1]];
	}
}

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

function full(cause: unknown, path: readonly string[]): TabTuneError {
	if (!(cause instanceof DOMException && cause.name === "QuotaExceededError")) return refused(cause);
	return new TabTuneError(
		"storage",
		{
			what: storageMessage("noSpace"),
			where: path.join("/"),
			next: storageMessage("noSpace.next"),
		},
		{ cause },
	);
}
