// Where downloaded models are kept: the command has a folder (src/cli/model-shelf.ts), the page the origin private file system
// (private-shelf.ts). A file grows in place; the record beside it says which files are whole and checked.
import type { KeptModel } from "../api.ts";
import type { RemoteModel } from "./remote.ts";

export interface Shelf {
	/** Records of all that is kept, whole or in part. */
	list(): Promise<KeptModel[]>;
	save(model: KeptModel): Promise<void>;
	/** For reading back and writing behind what is there. @throws TabTuneError "busy" while another has it open */
	open(key: string, path: string): Promise<ShelfFile>;
	/** Bytes of a file that lie there. */
	size(key: string, path: string): Promise<number>;
	/** A model with all its files, or only the part of it that has not been checked. */
	remove(key: string): Promise<void>;
}

export interface ShelfFile {
	readonly size: number;
	read(offset: number, length: number): Promise<Uint8Array>;
	/** @throws TabTuneError "storage" when there is no space */
	append(bytes: Uint8Array): Promise<void>;
	empty(): Promise<void>;
	/** What was written is on the disk then. */
	close(): Promise<void>;
}

export const isWhole = ({ files }: KeptModel): boolean => files.every(({ checked }) => checked);

/** The kept model of that name, whole, for when nobody can be asked; a commit may be named by its first letters. */
export function keptAs(
	list: readonly KeptModel[],
	name: string,
	revision: string | null,
	gguf: string | null,
): KeptModel | null {
	const is = (model: KeptModel) =>
		(model.name === name || model.source === name) &&
		(revision === null || model.revision === revision || model.commit?.startsWith(revision) === true) &&
		(gguf === null || model.gguf === gguf) &&
		isWhole(model);
	return list.filter(is).toSorted((a, b) => b.since - a.since)[0] ?? null;
}

/** The record of a model that is asked for; what an earlier one says of the same files stays. */
export function recordOf(model: RemoteModel, before: KeptModel | undefined, now: number): KeptModel {
	const { key, name, revision, commit, source, license, gguf } = model;
	const files = model.files.map(({ path, size }) => ({
		path,
		size,
		checked: before?.files.some((file) => file.path === path && file.size === size && file.checked) ?? false,
	}));
	return { key, name, revision, commit, source, license, gguf, files, since: now };
}

/** A record as it was read, or null for what is none. */
export function readRecord(text: string): KeptModel | null {
	try {
		const value = JSON.parse(text) as KeptModel;
		return typeof value.key === "string" && typeof value.name === "string" && Array.isArray(value.files) ? value : null;
	} catch {
		return null;
	}
}
