// What someone pasted, told apart: JSON lines, a JSON list, two columns from a spreadsheet, or plain text.
// The engine reads the result like any file; only spreadsheet rows are rewritten, as prompt and completion.
// To add a form: recognise it in `readPaste` before plain text, and give it a test.

import type { DataFormat } from "../../src/engine/api.ts";

export interface Paste {
	format: DataFormat;
	/** The text handed to the engine. */
	text: string;
	kind: "jsonl" | "json" | "table" | "text";
	/** Rows found here; null where the engine does the counting. */
	rows: number | null;
	/** Lines (from 1) of a table that lack a second cell and were left out. */
	skippedLines: number[];
	/** Columns beyond the second were ignored. */
	extraColumns: boolean;
}

/** First cells that mark a header line and not an example. */
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

export function readPaste(input: string): Paste | null {
	const text = input.replace(/^\uFEFF/, "").replace(/\r\n?/g, "\n");
	const trimmed = text.trim();
	if (trimmed === "") return null;
	const plain = { skippedLines: [], extraColumns: false };
	if (trimmed.startsWith("[")) {
		try {
			const rows: unknown = JSON.parse(trimmed);
			if (Array.isArray(rows)) return { format: "json", text: trimmed, kind: "json", rows: rows.length, ...plain };
		} catch {
			// Plain text may start with a bracket too.
		}
	}
	// One object a line; a broken line is the engine's to name.
	if (trimmed.startsWith("{")) return { format: "jsonl", text: trimmed, kind: "jsonl", rows: null, ...plain };
	return readTable(text) ?? { format: "txt", text, kind: "text", rows: null, ...plain };
}

/** Tab-separated cells with at least two columns in most lines, else null. */
function readTable(text: string): Paste | null {
	const records = parseTsv(text).filter((r) => r.cells.some((c) => c.trim() !== ""));
	const full = records.filter((r) => r.cells.length >= 2 && r.cells[0].trim() !== "" && r.cells[1].trim() !== "");
	if (full.length === 0 || full.length * 2 < records.length) return null;
	const first = full[0];
	const hasHeader = full.length > 1 && HEADERS.has(first.cells[0].trim().toLowerCase());
	const rows = hasHeader ? full.slice(1) : full;
	return {
		format: "jsonl",
		text: rows.map((r) => JSON.stringify({ prompt: r.cells[0].trim(), completion: r.cells[1].trim() })).join("\n"),
		kind: "table",
		rows: rows.length,
		skippedLines: records.filter((r) => !full.includes(r)).map((r) => r.line),
		extraColumns: rows.some((r) => r.cells.slice(2).some((c) => c.trim() !== "")),
	};
}

interface TsvRecord {
	line: number;
	cells: string[];
}

/** Spreadsheets quote a cell that holds a tab, a line end or a quote, and double the quotes in it. */
function parseTsv(text: string): TsvRecord[] {
	const records: TsvRecord[] = [];
	let i = 0;
	let line = 1;
	while (i < text.length) {
		const record: TsvRecord = { line, cells: [] };
		for (;;) {
			const closed = text[i] === '"' ? closingQuote(text, i) : -1;
			let cell: string;
			if (closed > 0) {
				cell = text.slice(i + 1, closed).replaceAll('""', '"');
				i = closed + 1;
			} else {
				let end = i;
				while (end < text.length && text[end] !== "\t" && text[end] !== "\n") end++;
				cell = text.slice(i, end);
				i = end;
			}
			line += cell.split("\n").length - 1;
			record.cells.push(cell);
			if (text[i] !== "\t") break;
			i++;
		}
		records.push(record);
		i++; // the line end
		line++;
	}
	return records;
}

/** Index of the quote that closes the cell opened at `open`, or -1 when the quote is only text ("yes" he said). */
function closingQuote(text: string, open: number): number {
	for (let i = open + 1; i < text.length; i++) {
		if (text[i] !== '"') continue;
		if (text[i + 1] === '"') {
			i++;
			continue;
		}
		const next = text[i + 1];
		return next === undefined || next === "\t" || next === "\n" ? i : -1;
	}
	return -1;
}
