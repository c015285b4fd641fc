// What a file holds, by its content first and its name second: endings lie (a .txt that is JSON lines, a .csv with
// semicolons) or are missing. To add a form: recognise it in `detect` before plain text, and give it a test.

import { columnRoles, knownToEngine } from "./mapping.ts";
import { guessSeparator, plainLines, type Separator } from "./table.ts";

/** Bytes that decide, enough for some tens of rows. */
export const HEAD_BYTES = 1 << 16;

export type Detected =
	| { kind: "jsonl" }
	| { kind: "json" }
	| { kind: "table"; separator: Separator }
	| { kind: "text" }
	| { kind: "refused"; what: "zip" | "workbook" | "gzip" | "binary" };

export type Encoding = "utf-8" | "utf-16le" | "utf-16be" | "gb18030";

/**
 * Excel's "Unicode text" is UTF-16 and says so in front; its CSV in a Chinese Windows is GB 18030 and says nothing. Null
 * for what is no text at all.
 */
export function encodingOf(head: Uint8Array): Encoding | null {
	if (head[0] === 0xff && head[1] === 0xfe) return "utf-16le";
	if (head[0] === 0xfe && head[1] === 0xff) return "utf-16be";
	if (head.includes(0)) return null;
	return !isUtf8(head) && looksChinese(head) ? "gb18030" : "utf-8";
}

function isUtf8(head: Uint8Array): boolean {
	try {
		// The last character may be cut.
		new TextDecoder("utf-8", { fatal: true }).decode(head, { stream: true });
		return true;
	} catch {
		return false;
	}
}

/** High bytes come in pairs there; in Latin letters with accents (Windows-1252) they stand alone. */
function looksChinese(head: Uint8Array): boolean {
	let pairs = 0;
	let alone = 0;
	for (let i = 0; i + 1 < head.length; i++) {
		if (head[i] < 0x81) continue;
		if (head[i + 1] >= 0x81) pairs++;
		else alone++;
		i++;
	}
	return pairs > 4 * alone;
}

/** Whether these are the first bytes of a Parquet file ("PAR1"): the engine reads those. */
export function isParquet(head: Uint8Array): boolean {
	return [0x50, 0x41, 0x52, 0x31].every((byte, i) => head[i] === byte);
}

/** Files that are known by their first bytes and are not read here. */
export function refusal(head: Uint8Array, name: string): Extract<Detected, { kind: "refused" }> | null {
	const starts = (...bytes: number[]) => bytes.every((byte, i) => head[i] === byte);
	const refused = (what: Extract<Detected, { kind: "refused" }>["what"]) => ({ kind: "refused", what }) as const;
	if (starts(0x50, 0x4b, 3, 4)) return refused(/\.(xlsx|xlsm|ods|numbers)$/i.test(name) ? "workbook" : "zip");
	if (starts(0xd0, 0xcf, 0x11, 0xe0)) return refused("workbook");
	if (starts(0x1f, 0x8b)) return refused("gzip");
	return encodingOf(head) === null ? refused("binary") : null;
}

/**
 * @param head the first characters of the file, or all of it
 * @param whole whether it is all of it
 */
export function detect(name: string, head: string, whole: boolean): Detected {
	const text = plainLines(head);
	const trimmed = text.trim();
	const ending = /\.([a-z]+)$/i.exec(name)?.[1].toLowerCase() ?? "";
	const json = detectJson(trimmed, whole, ending);
	if (json !== null) return { kind: json };
	if (ending === "jsonl" || ending === "ndjson") return { kind: "jsonl" };
	if (ending === "json") return { kind: "json" };
	const guess = guessSeparator(text, whole);
	if (ending === "csv" || ending === "tsv" || ending === "tab")
		return { kind: "table", separator: guess?.separator ?? (ending === "csv" ? "," : "\t") };
	if (guess === null) return { kind: "text" };
	// Prose has commas too: without an ending that promises a table, its header has to.
	const header = guess.header.map((cell) => cell.trim());
	const promised = guess.separator === "\t" || knownToEngine(header) || columnRoles(header) !== null;
	return promised ? { kind: "table", separator: guess.separator } : { kind: "text" };
}

function detectJson(text: string, whole: boolean, ending: string): "json" | "jsonl" | null {
	if (text.startsWith("[")) {
		if (whole) return parses(text) ? "json" : /^\[\s*[{"]/.test(text) ? "json" : null;
		return /^\[\s*(\{\s*"|")/.test(text) ? "json" : null;
	}
	if (!text.startsWith("{")) return null;
	const [first, second] = text.split("\n", 2);
	// One object in a .json may hold the list of rows.
	if (parses(first)) return second === undefined && ending === "json" ? "json" : "jsonl";
	// A broken first line among good ones is still a file of lines; an object spread over lines is one piece of JSON.
	if (second !== undefined && parses(second) && second.trim().startsWith("{")) return "jsonl";
	if (/^\{\s*\n?\s*"/.test(text) && (second === undefined || !second.trim().startsWith("{"))) {
		return whole && !parses(text) && first.trim() !== "{" ? "jsonl" : "json";
	}
	return /^\{\s*['"]/.test(text) ? "jsonl" : null;
}

function parses(text: string): boolean {
	try {
		JSON.parse(text);
		return true;
	} catch {
		return false;
	}
}
