// Stores the person's own rows on this device, so that they survive a reload: one set, under a megabyte, in localStorage.

import type { DataFormat, DataSource } from "../../../src/engine/api.ts";
import { isPlainText, rowLines } from "./row-lines.ts";

const KEY = "tabtune.rows";
const MOST_BYTES = 1_000_000;
const FORMATS: readonly string[] = ["jsonl", "json", "csv", "tsv", "txt"] satisfies DataFormat[];

interface Kept {
	name: string;
	format: DataFormat;
	text: string;
	/** The gallery set that the rows were copied from. */
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

/** The stored rows; null when there are none, or none that can be read. */
export function keptRows(): { source: DataSource; from: string | null } | null {
	try {
		const value: unknown = JSON.parse(localStorage.getItem(KEY) ?? "null");
		if (!isKept(value)) return null;
		return { source: { name: value.name, format: value.format, blob: new Blob([value.text]) }, from: value.from };
	} catch {
		return null;
	}
}

/** @returns whether they are stored, and if not, why */
export async function keepRows(source: DataSource, from: string | null): Promise<"kept" | "too-large" | "refused"> {
	const { name, format, blob } = source;
	if (blob.size > MOST_BYTES) return "too-large";
	try {
		const plain = isPlainText(source);
		const text = await (plain ? blob.text() : rowLines(source));
		if (text.length > MOST_BYTES) return "too-large";
		const kept: Kept = { name, format: plain ? format : "jsonl", text, from };
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
		// Nothing is stored where storage is not allowed.
	}
}
