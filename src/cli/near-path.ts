// What a path that does not exist may be meant for: the first part that is missing, and the entry that is spelt most like it.
import { readdir, stat } from "node:fs/promises";
import { dirname, join, normalize, sep } from "node:path";
import { closest, distance } from "fastest-levenshtein";

export interface MissingPath {
	/** The deepest folder of the path that exists; "." for the current one. */
	readonly folder: string;
	/** The nearest path that exists, if one is spelt alike. */
	readonly nearest: string | null;
}

/** Where a path that does not exist stops to exist. */
export async function missingPath(path: string): Promise<MissingPath> {
	const parts = normalize(path).split(sep);
	let folder = path.startsWith(sep) ? sep : ".";
	for (const part of parts.filter((name) => name !== "")) {
		const next = join(folder, part);
		const info = await stat(next).catch(() => null);
		if (info?.isDirectory() === true) {
			folder = next;
			continue;
		}
		const names = await readdir(folder).catch(() => []);
		const name = names.length === 0 ? null : closest(part, names);
		const isNear = name !== null && distance(part.toLowerCase(), name.toLowerCase()) <= Math.max(2, part.length / 3);
		return { folder, nearest: isNear ? join(folder, name) : null };
	}
	return { folder: dirname(folder), nearest: null };
}

/** Advice for a path that does not exist. */
export async function pathAdvice(path: string, otherwise: string): Promise<string> {
	const { folder, nearest } = await missingPath(path);
	if (nearest !== null) return `did you mean ${nearest}?`;
	return folder === "." || folder === sep ? otherwise : `${folder} has nothing by that name; ${otherwise}`;
}
