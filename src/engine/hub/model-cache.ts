// The model cache interface. The command line stores files in a folder (src/cli/disk-cache.ts), the page in the origin private file
// system (opfs-cache.ts). Files grow in place; a record lists which files are complete and verified.
import type { KeptModel } from "../api.ts";
import type { RemoteModel } from "./remote.ts";

export interface ModelCache {
	/** Records of all models, complete or partial. */
	list(): Promise<KeptModel[]>;
	save(model: KeptModel): Promise<void>;
	/** Opens a file to read it and append to it. @throws TabTuneError "busy" while another process or tab has it open */
	open(key: string, path: string): Promise<CacheFile>;
	/** Bytes of the file stored so far; 0 when there is none. */
	size(key: string, path: string): Promise<number>;
	/** A stored file, for reading only; null when there is none. */
	blob(key: string, path: string): Promise<Blob | null>;
	/** Removes a model with all its files. */
	remove(key: string): Promise<void>;
}

export interface CacheFile {
	readonly size: number;
	read(offset: number, length: number): Promise<Uint8Array>;
	/** @throws TabTuneError "storage" when there is no space */
	append(bytes: Uint8Array): Promise<void>;
	empty(): Promise<void>;
	/** Flushes to disk and closes. */
	close(): Promise<void>;
}

export const isComplete = ({ files }: KeptModel): boolean => files.every(({ checked }) => checked);

/** The newest complete cached model of that name, for offline use; a commit may be abbreviated. */
export function findCached(
	list: readonly KeptModel[],
	name: string,
	revision: string | null,
	gguf: string | null,
): KeptModel | null {
	const is = (model: KeptModel) =>
		(model.name === name || model.source === name) &&
		(revision === null || model.revision === revision || model.commit?.startsWith(revision) === true) &&
		(gguf === null || model.gguf === gguf) &&
		isComplete(model);
	return list.filter(is).toSorted((a, b) => b.since - a.since)[0] ?? null;
}

/** The record of a model to download; verified files of an earlier record stay verified. */
export function recordOf(model: RemoteModel, before: KeptModel | undefined, now: number): KeptModel {
	const { key, name, revision, commit, source, license, gguf } = model;
	const files = model.files.map(({ path, size }) => {
		const stored = before?.files.find((file) => file.path === path && file.size === size && file.checked);
		return stored ?? { path, size, checked: false };
	});
	return { key, name, revision, commit, source, license, gguf, files, since: now };
}

/** Parses a record; null when it is not one. */
export function readRecord(text: string): KeptModel | null {
	try {
		const value = JSON.parse(text) as KeptModel;
		return typeof value.key === "string" && typeof value.name === "string" && Array.isArray(value.files) ? value : null;
	} catch {
		return null;
	}
}
