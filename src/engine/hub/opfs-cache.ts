// The page's model cache, in the origin private file system. A worker writes the files in place, so that a reload or a closed
// tab does not lose downloaded bytes. Other origins cannot read it.

import { TabTuneError } from "../../shared/errors.ts";
import { hubMessage } from "../../shared/messages/index.ts";
import type { KeptModel, NamedFile } from "../api.ts";
import { type CacheFile, type ModelCache, readRecord } from "./model-cache.ts";
import { changedFiles, discardFiles } from "./stored-digests.ts";

/** The part of lib.webworker that lib.dom lacks. */
interface SyncAccess {
	getSize(): number;
	read(into: Uint8Array, options: { at: number }): number;
	write(bytes: Uint8Array, options: { at: number }): number;
	truncate(size: number): void;
	flush(): void;
	close(): void;
}
type WorkerFileHandle = FileSystemFileHandle & { createSyncAccessHandle(): Promise<SyncAccess> };

const FOLDER = "models";
const RECORD = "record.json";

interface KeptFiles {
	readonly files: NamedFile[];
	readonly license: string | null;
}

/** @throws TabTuneError "storage" if the browser does not allow storage */
export async function opfsCache(): Promise<ModelCache & { model(key: string): Promise<KeptFiles> }> {
	const top = await navigator.storage
		.getDirectory()
		.then((root) => root.getDirectoryHandle(FOLDER, { create: true }))
		.catch((cause: unknown) => {
			throw new TabTuneError(
				"storage",
				{
					what: hubMessage("noStorage"),
					where: hubMessage("siteStorage"),
					next: hubMessage("noStorage.next"),
				},
				{ cause },
			);
		});
	const handle = async (key: string, path: string, create: boolean): Promise<FileSystemFileHandle> => {
		const parts = path.split("/");
		let folder = await top.getDirectoryHandle(key, { create });
		for (const part of parts.slice(0, -1)) folder = await folder.getDirectoryHandle(part, { create });
		return folder.getFileHandle(parts[parts.length - 1], { create });
	};
	const fileAt = (key: string, path: string): Promise<File | null> =>
		handle(key, path, false)
			.then((file) => file.getFile())
			.catch(orNull);
	const save = async (model: KeptModel) => {
		// Replaces the old record only when the new one is complete, so that closing the tab is safe.
		let stream: FileSystemWritableFileStream | null = null;
		try {
			stream = await (await handle(model.key, RECORD, true)).createWritable();
			await stream.write(JSON.stringify(model));
			await stream.close();
		} catch (cause) {
			await stream?.abort().catch(() => undefined);
			throw full(cause, model.name);
		}
	};
	const open = async (key: string, path: string) => {
		const file = handle(key, path, true) as Promise<WorkerFileHandle>;
		const access = await file
			.then((opened) => opened.createSyncAccessHandle())
			.catch((cause: unknown) => {
				if (!(cause instanceof DOMException && cause.name === "NoModificationAllowedError")) throw full(cause, path);
				throw new TabTuneError("busy", {
					what: hubMessage("downloadedElsewhere"),
					where: path,
					next: hubMessage("downloadedElsewhere.next"),
				});
			});
		return placeOf(access, path);
	};
	/** A changed file counts as not downloaded from then on. @throws TabTuneError "model" naming it */
	const refuseChanged = async (record: KeptModel) => {
		const changed = await changedFiles(record, { blob: fileAt });
		if (changed.length === 0) return;
		await discardFiles(record, changed, { open, save });
		throw new TabTuneError("model", {
			what: hubMessage("changedOnDevice", { path: changed.join(", ") }),
			where: record.name,
			next: hubMessage("changedOnDevice.next"),
		});
	};
	return {
		async list() {
			const records: KeptModel[] = [];
			for await (const key of top.keys()) {
				const record = readRecord((await (await fileAt(key, RECORD))?.text()) ?? "");
				if (record !== null) records.push(record);
			}
			return records;
		},
		save,
		blob: fileAt,
		size: async (key, path) => (await fileAt(key, path))?.size ?? 0,
		open,
		remove: async (key) => top.removeEntry(key, { recursive: true }).catch(orNull) as Promise<void>,
		async model(key) {
			const record = readRecord((await (await fileAt(key, RECORD))?.text()) ?? "");
			const files = (record?.files ?? []).map(async ({ path, size, checked }) => {
				const blob = checked ? await fileAt(key, path) : null;
				return blob?.size === size ? [{ path, blob }] : [];
			});
			const found = (await Promise.all(files)).flat();
			if (record !== null && found.length === record.files.length) {
				await refuseChanged(record);
				return { files: found, license: record.license };
			}
			throw new TabTuneError("model", {
				what: hubMessage("incomplete"),
				where: record?.name ?? key,
				next: hubMessage("incomplete.next"),
			});
		},
	};
}

function placeOf(access: SyncAccess, path: string): CacheFile {
	let size = access.getSize();
	return {
		get size() {
			return size;
		},
		async read(offset, length) {
			const bytes = new Uint8Array(length);
			return bytes.subarray(0, access.read(bytes, { at: offset }));
		},
		async append(bytes) {
			let written: number;
			try {
				written = access.write(bytes, { at: size });
			} catch (cause) {
				throw full(cause, path);
			}
			// Chromium reports success when the site's data is cleared while the file is open, and writes less on a full disk.
			if (written !== bytes.length) throw full(new DOMException("cut", "QuotaExceededError"), path);
			size += written;
		},
		async empty() {
			try {
				access.truncate(0);
			} catch (cause) {
				throw full(cause, path);
			}
			size = 0;
		},
		async close() {
			try {
				access.flush();
			} catch (cause) {
				throw full(cause, path);
			} finally {
				access.close();
			}
		},
	};
}

function orNull(cause: unknown): null {
	if (cause instanceof DOMException && cause.name === "NotFoundError") return null;
	throw cause;
}

function full(cause: unknown, where: string): unknown {
	if (!(cause instanceof DOMException) || !["QuotaExceededError", "InvalidStateError"].includes(cause.name))
		return cause;
	return new TabTuneError(
		"storage",
		{
			what: hubMessage("diskFull"),
			where,
			next: hubMessage("diskFull.next"),
		},
		{ cause },
	);
}
