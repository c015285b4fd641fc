// Detects the format of a data file, first by content, then by name: a .txt file may contain JSON Lines, a .csv file may
// use semicolons, and some files have no extension.
import type { Dialect } from "../../shared/csv.ts";
import { hasDataShape } from "../../shared/data-shapes.ts";
import { TabTuneError } from "../../shared/errors.ts";
import { refuseLfsPointer } from "../../shared/lfs-pointer.ts";
import { intakeMessage } from "../../shared/messages/index.ts";
import type { DataSource, TextEncoding } from "../api.ts";
import { LARGEST_TEXT, refuseHuge } from "./bytes.ts";
import { columnRoles } from "./columns.ts";
import { detectDialect, dialectOf } from "./csv.ts";
import { Windows1252Decoder } from "./windows-1252.ts";

/** The share of characters with a zero byte in UTF-16 without a mark: separators and line breaks at least. */
const LEAST_ZEROS = 0.05;
/** Number of bytes inspected at the start of the file; enough for a few dozen rows. */
const HEAD_BYTES = 1 << 16;

/**
 * Detects format and encoding, but not the columns.
 * @throws TabTuneError "data" for an archive, a spreadsheet, or bytes that are not text
 */
export async function detectData(blob: Blob, name: string): Promise<DataSource> {
	const head = new Uint8Array(await blob.slice(0, HEAD_BYTES).arrayBuffer());
	refuseLfsPointer(head, name, "data");
	if (startsWith(head, 0x50, 0x41, 0x52, 0x31) || /\.parquet$/i.test(name)) return { name, format: "parquet", blob };
	refuseHuge(blob, name, /\.txt$/i.test(name) ? LARGEST_TEXT : undefined);
	refuseOthers(head, name);
	let encoding = encodingOf(head) ?? "utf-8";
	if (encoding === "utf-8") {
		const { legacyEncoding } = await import("./legacy-encoding.ts");
		encoding = (await legacyEncoding(blob)) ?? "utf-8";
	}
	const text =
		encoding === "windows-1252"
			? new Windows1252Decoder().decode(head)
			: new TextDecoder(encoding).decode(head, { stream: true });
	const source = { name, blob, ...(encoding === "utf-8" ? {} : { encoding }) };
	return { ...source, ...detectFormat(name, text, blob.size <= head.length) };
}

/** Excel writes UTF-16 with a byte-order mark. Null for bytes that are not text. */
export function encodingOf(head: Uint8Array): TextEncoding | "utf-8" | null {
	if (startsWith(head, 0xff, 0xfe)) return "utf-16le";
	if (startsWith(head, 0xfe, 0xff)) return "utf-16be";
	if (head.includes(0)) return utf16WithoutMark(head);
	return "utf-8";
}

/** In UTF-16 the characters of ASCII have a zero byte, always in the same half. Null for bytes that are not text. */
function utf16WithoutMark(head: Uint8Array): TextEncoding | null {
	const zeros = [0, 1].map((half) =>
		head.reduce((count, byte, i) => count + (byte === 0 && i % 2 === half ? 1 : 0), 0),
	);
	if (Math.min(...zeros) > 0 || Math.max(...zeros) < LEAST_ZEROS * (head.length / 2)) return null;
	const encoding = zeros[0] > 0 ? "utf-16be" : "utf-16le";
	try {
		const text = new TextDecoder(encoding, { fatal: true }).decode(head, { stream: true });
		return /[^\P{C}\t\r\n]/u.test(text) ? null : encoding;
	} catch {
		return null;
	}
}

/** Documents whose text is between marks or packed: their files are not the text that a person sees. */
const DOCUMENT = /\.(docx|odt|pages|rtf|html?|xhtml|epub|pdf|pptx|odp|key)$/i;

const startsWith = (head: Uint8Array, ...bytes: number[]): boolean => bytes.every((byte, i) => head[i] === byte);

/** @throws TabTuneError "data" for known binary formats without rows, recognised by their first bytes */
function refuseOthers(head: Uint8Array, name: string): void {
	const refuse = (kind: "workbook" | "zip" | "gzip" | "binary" | "adapter" | "document"): never => {
		throw new TabTuneError("data", { what: intakeMessage(kind, { name }), next: intakeMessage(`${kind}.next`) });
	};
	if (/\.safetensors$/i.test(name) || /(^|[\\/])adapter_config\.json$/i.test(name)) refuse("adapter");
	const begins = (text: string) => startsWith(head, ...new TextEncoder().encode(text));
	if (DOCUMENT.test(name) || begins("{\\rtf") || begins("%PDF-")) refuse("document");
	if (startsWith(head, 0x50, 0x4b, 3, 4)) refuse(/\.(xlsx|xlsm|ods|numbers)$/i.test(name) ? "workbook" : "zip");
	if (startsWith(head, 0xd0, 0xcf, 0x11, 0xe0)) refuse("workbook");
	if (startsWith(head, 0x1f, 0x8b)) refuse("gzip");
	// For .jsonl and .json, the reader reports the line that is not text.
	if (startsWith(head, 0xff, 0xfe, 0, 0)) refuse("binary"); // UTF-32
	if (encodingOf(head) === null && !/\.(jsonl|ndjson|json)$/i.test(name)) refuse("binary");
}

/**
 * @param head the first characters of the file, or all of it
 * @param whole whether `head` is the whole file
 */
export function detectFormat(
	name: string,
	head: string,
	whole: boolean,
): Pick<DataSource, "format" | "separator" | "quote"> {
	const text = head.replace(/^\uFEFF/, "").replace(/\r\n?/g, "\n");
	const ending = /\.([a-z]+)$/i.exec(name)?.[1].toLowerCase() ?? "";
	const json = detectJson(text.trim(), whole, ending);
	if (json !== null) return { format: json };
	if (ending === "jsonl" || ending === "ndjson") return { format: "jsonl" };
	if (ending === "json") return { format: "json" };
	if (ending === "csv") return table(dialectOf(text, whole, ","));
	if (ending === "tsv" || ending === "tab") return table(dialectOf(text, whole, "\t"));
	const guess = detectDialect(text, whole);
	if (guess === null) return { format: "txt" };
	// Prose contains commas too: without the extension of a table, the header must look like one.
	const header = guess.header.map((cell) => cell.trim());
	const promised = guess.separator === "\t" || hasDataShape(header) || columnRoles(header) !== null;
	return promised ? table(guess) : { format: "txt" };
}

const table = ({ separator, quote }: Dialect) =>
	({ format: separator === "\t" ? "tsv" : "csv", separator, ...(quote === undefined ? {} : { quote }) }) as const;

function detectJson(text: string, whole: boolean, ending: string): "json" | "jsonl" | null {
	if (text.startsWith("[")) {
		if (whole) return parses(text) ? "json" : /^\[\s*[{"]/.test(text) ? "json" : null;
		return /^\[\s*(\{\s*"|")/.test(text) ? "json" : null;
	}
	if (!text.startsWith("{")) return null;
	const [first, second] = text.split("\n", 2);
	// A single object in a .json file may contain the list of rows.
	if (parses(first)) return second === undefined && ending === "json" ? "json" : "jsonl";
	// A file with an invalid first line among valid ones is JSON Lines; an object that spans lines is one JSON value.
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
