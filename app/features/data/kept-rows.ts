// A person's own rows kept on this device, so that a reload does not lose them: one set, under a megabyte, in
// localStorage. Nothing of it ever leaves the device. What cannot be kept is said, never an error.

import type { DataFormat, DataSource } from "../../../src/engine/api.ts";

const KEY = "tabtune.rows";
const MOST_BYTES = 1_000_000;
const FORMATS: readonly string[] = ["jsonl", "json", "csv", "tsv", "txt"] satisfies DataFormat[];

interface Kept {
	name: string;
	format: DataFormat;
	text: string;
	/** The gallery set they began as. */
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

/** Null when there is nothing, or nothing that can be read. */
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
		// A device that stores nothing has nothing to forget.
	}
}
