// Recognises pasted text: JSON lines, a JSON list, two columns from a spreadsheet, or plain text. The engine reads the
// result like any file; only spreadsheet rows are rewritten, as question and answer.

import type { DataFormat } from "../../../src/engine/api.ts";
import { csvRecords, isBlank } from "../../../src/shared/csv.ts";

export interface Paste {
	format: DataFormat;
	/** The text passed to the engine. */
	text: string;
	kind: "jsonl" | "json" | "table" | "text";
	/** Number of rows found here; null if only the engine counts them. */
	rows: number | null;
	/** Lines (from 1) of a table without a second cell, which were skipped. */
	skippedLines: number[];
	/** Columns after the second were ignored. */
	extraColumns: boolean;
}

/** First cells that identify a header line. */
const HEADERS = new Set([
	"prompt",
	"question",
	"input",
	"instruction",
	"q",
	"user",
	"问题",
	"问",
	"提问",
	"输入",
	"指令",
	"用户",
]);

/** @param asRow formats a question and its answer for the engine */
export function readPaste(
	input: string,
	asRow: (prompt: string, answer: string) => object = (prompt, completion) => ({ prompt, completion }),
): Paste | null {
	const text = input.replace(/^\uFEFF/, "").replace(/\r\n?/g, "\n");
	const trimmed = text.trim();
	if (trimmed === "") return null;
	const plain = { skippedLines: [], extraColumns: false };
	if (trimmed.startsWith("[")) {
		try {
			const rows: unknown = JSON.parse(trimmed);
			if (Array.isArray(rows)) return { format: "json", text: trimmed, kind: "json", rows: rows.length, ...plain };
		} catch {
			// Plain text may also start with a bracket.
		}
	}
	// One object per line; the engine reports an invalid line.
	if (trimmed.startsWith("{")) return { format: "jsonl", text: trimmed, kind: "jsonl", rows: null, ...plain };
	return readTable(text, asRow) ?? { format: "txt", text, kind: "text", rows: null, ...plain };
}

/** Cells separated by tabs, if most lines have at least two; otherwise null. */
function readTable(text: string, asRow: (prompt: string, answer: string) => object): Paste | null {
	// Some spreadsheets quote cells with quotes in them, others do not.
	const records = (csvRecords(text, "\t") ?? csvRecords(text, "\t", null) ?? []).filter((r) => !isBlank(r));
	const full = records.filter(({ fields }) => fields.length >= 2 && fields[0].trim() !== "" && fields[1].trim() !== "");
	if (full.length === 0 || full.length * 2 < records.length) return null;
	const first = full[0];
	const hasHeader = full.length > 1 && HEADERS.has(first.fields[0].trim().toLowerCase());
	const rows = hasHeader ? full.slice(1) : full;
	return {
		format: "jsonl",
		text: rows.map((r) => JSON.stringify(asRow(r.fields[0].trim(), r.fields[1].trim()))).join("\n"),
		kind: "table",
		rows: rows.length,
		skippedLines: records.filter((r) => !full.includes(r)).map((r) => r.line),
		extraColumns: rows.some((r) => r.fields.slice(2).some((c) => c.trim() !== "")),
	};
}
