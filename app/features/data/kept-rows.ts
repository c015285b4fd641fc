// Stores the user's own rows in localStorage, so that a reload does not lose them: one set of up to 1 MB, which never
// leaves the device. Rows that cannot be stored cause a note, not an error.

import type { DataFormat, DataSource } from "../../../src/engine/api.ts";

const KEY = "tabtune.rows";
const MOST_BYTES = 1_000_000;
const FORMATS: readonly string[] = ["jsonl", "json", "csv", "tsv", "txt"] satisfies DataFormat[];

interface Kept {
	name: string;
	format: DataFormat;
	text: string;
	/** Id of the gallery set that was edited. */
	from: string | null;
}

function isKept(value: unknown): value is Kept {
	if (typeof value !== "object" || value === null) return false;
	const { name, format, text, from } = value as Partial<Record<keyof Kept, unknown>>;
	return (
		typeof name === "string" &&
		typeof format === "string" &&
		FORMATS.includes(format) &&
		typeof text === "string" &&
		(from === null || typeof from === "string")
	);
}

/** Null if nothing readable is stored. */
export function keptRows(): { source: DataSource; from: string | null } | null {
	try {
		const value: unknown = JSON.parse(localStorage.getItem(KEY) ?? "null");
		if (!isKept(value)) return null;
		return { source: { name: value.name, format: value.format, blob: new Blob([value.text]) }, from: value.from };
	} catch {
		return null;
	}
}

export async function keepRows(
	{ name, format, blob }: DataSource,
	from: string | null,
): Promise<"kept" | "too-large" | "refused"> {
	if (blob.size > MOST_BYTES) return "too-large";
	try {
		const kept: Kept = { name, format, text: await blob.text(), from };
		localStorage.setItem(KEY, JSON.stringify(kept));
		return "kept";
	} catch {
		return "refused";
	}
}

export function forgetRows(): void {
	try {
		localStorage.removeItem(KEY);
	} catch {
		// If storage is not available, there is nothing to delete.
	}
}
