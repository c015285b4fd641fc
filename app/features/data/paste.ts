// Recognises pasted text: JSON lines, a JSON list, a table from a spreadsheet, or plain text. The engine reads the result
// like a file; tables are rewritten with regular quotes and rows of equal length.

import { type CsvRecord, csvRecords, isBlank } from "../../../src/shared/csv.ts";

export interface Paste {
	/** The text passed to the engine. */
	text: string;
	kind: "jsonl" | "json" | "table" | "text";
	/** The only line of a table, which cannot be a header. */
	single: readonly string[] | null;
	/** Lines (from 1) of a table with fewer than two cells, which are left out. */
	skippedLines: readonly number[];
}

export function readPaste(input: string): Paste | null {
	const text = input.replace(/^\uFEFF/, "").replace(/\r\n?/g, "\n");
	const trimmed = text.trim();
	if (trimmed === "") return null;
	const other = { single: null, skippedLines: [] };
	if (trimmed.startsWith("[")) {
		try {
			if (Array.isArray(JSON.parse(trimmed))) return { kind: "json", text: trimmed, ...other };
		} catch {
			// Plain text may also start with a bracket.
		}
	}
	// One object per line; the engine reports an invalid line.
	if (trimmed.startsWith("{")) return { kind: "jsonl", text: trimmed, ...other };
	return tableIn(text) ?? { kind: "text", text, ...other };
}

const filled = (fields: readonly string[]): readonly string[] => fields.filter((field) => field.trim() !== "");

/** Cells separated by tabs, if most lines have at least two; otherwise null. */
function tableIn(text: string): Paste | null {
	// Some spreadsheets quote cells with quotes in them, others do not.
	const records = csvRecords(text, "\t") ?? csvRecords(text, "\t", null) ?? [];
	const used = records.filter((record) => !isBlank(record));
	const full = used.filter(({ fields }) => filled(fields).length >= 2);
	if (full.length === 0 || full.length * 2 < used.length) return null;
	// The first line has the columns; cells to the right of them are left out.
	const width = full[0].fields.findLastIndex((name) => name.trim() !== "") + 1;
	// Lines that are left out stay as blank lines, so that messages count the lines of the pasted text.
	const lines = records.map((record) => (full.includes(record) ? written(record, width) : ""));
	return {
		kind: "table",
		text: lines.join("\n"),
		single: full.length === 1 ? full[0].fields.map((field) => field.trim()) : null,
		skippedLines: used.filter((record) => !full.includes(record)).map(({ line }) => line),
	};
}

function written({ fields }: CsvRecord, width: number): string {
	const cells = Array.from({ length: width }, (_, column) => fields[column] ?? "");
	return cells.map((cell) => (/["\t\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell)).join("\t");
}
