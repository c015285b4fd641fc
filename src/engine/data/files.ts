// A data file to raw rows, streamed, whatever its format; what a row means is rows.ts's. To add a format: a reader here
// and a name in DataFormat (api.ts).
import type { DataFormat } from "../api.ts";
import { TabTuneError } from "../errors.ts";
import { type ByteChunks, lines, textPieces, wholeText } from "./bytes.ts";
import { csvRows } from "./csv.ts";
import { excerpt, kindOf } from "./json.ts";
import { jsonErrorAt } from "./json-error.ts";

export interface DataFile {
	/** As the person knows it; stands in errors. */
	readonly name: string;
	readonly format: DataFormat;
	readonly blob: ByteChunks;
}

/** A row as the file has it: an object, or a string (a text row). */
export interface RawRow {
	readonly value: unknown;
	/** From 0, blank lines not counted. */
	readonly index: number;
	/** "train.jsonl, line 17": for errors. */
	readonly where: string;
}

/** A .json file is parsed in one piece: beyond this it must be JSONL. Strings end at 2^29 characters. */
const LARGEST_JSON = 1 << 28;

/** The format a file name tells. @throws TabTuneError "data" for other endings, "not-yet" for Parquet. */
export function formatOf(name: string): DataFormat {
	const ending = name.toLowerCase().match(/\.([a-z]+)$/)?.[1] ?? "";
	if (ending === "jsonl" || ending === "json" || ending === "csv" || ending === "txt") return ending;
	if (ending === "ndjson") return "jsonl";
	if (ending === "parquet")
		throw new TabTuneError("not-yet", {
			what: "Parquet files cannot be read yet",
			where: name,
			next: "convert it: datasets.Dataset.from_parquet(…).to_json(…) writes JSONL",
		});
	throw new TabTuneError("data", {
		what: ending === "" ? "the file name has no ending" : `.${ending} is not a kind of data file`,
		where: name,
		next: "use .jsonl, .json, .csv or .txt",
	});
}

/** The rows of a .jsonl, .json or .csv file; a .txt file is read by `textPieces`. @throws TabTuneError "data" naming file, line and column. */
export async function* rawRows(file: DataFile): AsyncGenerator<RawRow> {
	let index = 0;
	for await (const row of readerOf(file)) yield { ...row, index: index++ };
	if (index === 0)
		throw new TabTuneError("data", {
			what: "the file holds no rows",
			where: file.name,
			next: "choose a file with at least one row",
		});
}

function readerOf(file: DataFile): AsyncGenerator<Omit<RawRow, "index">> {
	if (file.format === "jsonl") return jsonLines(file);
	if (file.format === "json") return jsonArray(file);
	if (file.format === "csv") return csv(file);
	throw new Error(`${file.format} has no rows`);
}

async function* jsonLines({ blob, name }: DataFile): AsyncGenerator<Omit<RawRow, "index">> {
	for await (const { line, number } of lines(blob, name)) {
		if (line.trim() === "") continue;
		const where = `${name}, line ${number}`;
		let value: unknown;
		try {
			value = JSON.parse(line);
		} catch (cause) {
			throw new TabTuneError(
				"data",
				{ what: `line ${number} is not JSON${placeOf(line)}`, where, next: nextFor(line, number) },
				{ cause },
			);
		}
		yield { value: rowValue(value, where), where };
	}
}

function nextFor(line: string, number: number): string {
	if (number === 1 && /^\s*\[\s*$|^\s*\[\s*\{/.test(line)) return "this looks like a JSON list: name the file .json";
	if (/^\s*\{?\s*'/.test(line)) return "JSON strings stand in double quotes: write the file with json.dumps";
	return "write one JSON object on each line";
}

async function* jsonArray({ blob, name }: DataFile): AsyncGenerator<Omit<RawRow, "index">> {
	const text = await wholeText(
		blob,
		name,
		LARGEST_JSON,
		"convert it to JSONL (one object on each line), which is read piece by piece",
	);
	if (text.trim() === "") return;
	let value: unknown;
	try {
		value = JSON.parse(text);
	} catch (cause) {
		const next = /^\s*\{[^\n]*\}\s*\n\s*\{/.test(text)
			? "this looks like JSONL (one object on each line): name the file .jsonl"
			: "mend the JSON at that place";
		throw new TabTuneError("data", { what: `the file is not JSON${placeOf(text)}`, where: name, next }, { cause });
	}
	if (!Array.isArray(value)) {
		throw new TabTuneError("data", {
			what: `the file holds ${kindOf(value)}, not a list of rows`,
			where: name,
			next: "put the rows into one list: [{…}, {…}]",
		});
	}
	for (const [i, row] of value.entries()) {
		const where = `${name}, row ${i + 1}`;
		yield { value: rowValue(row, where), where };
	}
}

async function* csv({ blob, name }: DataFile): AsyncGenerator<Omit<RawRow, "index">> {
	for await (const { values, line } of csvRows(textPieces(blob, name), name))
		yield { value: values, where: `${name}, line ${line}` };
}

function rowValue(value: unknown, where: string): unknown {
	if (typeof value === "string" || (typeof value === "object" && value !== null && !Array.isArray(value))) return value;
	throw new TabTuneError("data", {
		what: `the row is ${kindOf(value)}, not an object`,
		where,
		next: 'write rows as objects: {"text": …} or {"messages": […]}',
	});
}

/** ", at column 7: …excerpt…": the place where `text` stops being JSON. */
function placeOf(text: string): string {
	const position = jsonErrorAt(text) ?? text.length;
	const before = text.slice(0, position);
	const column = position - before.lastIndexOf("\n");
	const at = text.includes("\n") ? `line ${before.split("\n").length}, column ${column}` : `column ${column}`;
	return `, ${position >= text.length ? `it ends too early (${at})` : `at ${at}`}: ${excerpt(text.slice(Math.max(0, position - 20), position + 30))}`;
}
