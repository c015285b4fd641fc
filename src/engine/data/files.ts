// A data file to raw rows, streamed, whatever its format; what a row means is rows.ts's. To add a format: a reader here
// and a name in DataFormat (api.ts).

import { TabTuneError } from "../../shared/errors.ts";
import type { DataFormat } from "../api.ts";
import { type ByteChunks, lines, textPieces, wholeText } from "./bytes.ts";
import { csvRows } from "./csv.ts";
import { excerpt, isObject, kindOf } from "./json.ts";
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
	/** Its line in the file, of a .json list its row; from 1. */
	readonly number: number;
	/** "train.jsonl, line 17": for errors. */
	readonly where: string;
}

/** Takes a row that cannot be read, and its line (of a .json list: its row), from 1; the reading goes on. */
export type OnBadRow = (error: TabTuneError, number: number) => void;
type Unnumbered = Omit<RawRow, "index">;

/** A .json file is parsed in one piece: beyond this it must be JSONL. Strings end at 2^29 characters. */
const LARGEST_JSON = 1 << 28;

/** The format a file name tells. @throws TabTuneError "data" for other endings. */
export function formatOf(name: string): DataFormat {
	const ending = name.toLowerCase().match(/\.([a-z]+)$/)?.[1] ?? "";
	const known: readonly string[] = ["jsonl", "json", "csv", "tsv", "txt", "parquet"] satisfies DataFormat[];
	if (known.includes(ending)) return ending as DataFormat;
	if (ending === "ndjson") return "jsonl";
	throw new TabTuneError("data", {
		what: ending === "" ? "the file name has no ending" : `.${ending} is not a kind of data file`,
		where: name,
		next: "use .jsonl, .json, .csv, .tsv, .txt or .parquet",
	});
}

/**
 * The rows of a .jsonl, .json, .csv, .tsv or .parquet file; a .txt file is read by `textPieces`.
 * @param onBad takes rows that are wrong on their own, which then have no index; without it the first is thrown
 * @throws TabTuneError "data" naming file, line and column
 */
export async function* rawRows(file: DataFile, onBad?: OnBadRow): AsyncGenerator<RawRow> {
	let index = 0;
	let bad = 0;
	const count: OnBadRow = (error, number) => {
		if (onBad === undefined) throw error;
		bad++;
		onBad(error, number);
	};
	for await (const row of readerOf(file, count)) yield { ...row, index: index++ };
	if (bad > 0) return;
	if (index === 0)
		throw new TabTuneError("data", {
			what: "the file holds no rows",
			where: file.name,
			next: "choose a file with at least one row",
		});
}

function readerOf(file: DataFile, onBad: OnBadRow): AsyncGenerator<Unnumbered> {
	if (file.format === "jsonl") return jsonLines(file, onBad);
	if (file.format === "json") return jsonArray(file, onBad);
	if (file.format === "csv" || file.format === "tsv") return csv(file, onBad);
	if (file.format === "parquet") return parquet(file, onBad);
	throw new Error(`${file.format} has no rows`);
}

async function* jsonLines({ blob, name }: DataFile, onBad: OnBadRow): AsyncGenerator<Unnumbered> {
	for await (const { line, number } of lines(blob, name)) {
		if (line.trim() === "") continue;
		const where = `${name}, line ${number}`;
		let value: unknown;
		try {
			value = JSON.parse(line);
		} catch (cause) {
			const next = nextFor(line, number);
			onBad(
				new TabTuneError("data", { what: `line ${number} is not JSON${placeOf(line)}`, where, next }, { cause }),
				number,
			);
			continue;
		}
		if (isRow(value)) yield { value, number, where };
		else onBad(noRow(value, where), number);
	}
}

function nextFor(line: string, number: number): string {
	if (number === 1 && /^\s*\[\s*$|^\s*\[\s*\{/.test(line)) return "this looks like a JSON list: name the file .json";
	if (/^\s*\{?\s*'/.test(line)) return "JSON strings stand in double quotes: write the file with json.dumps";
	return "write one JSON object on each line";
}

async function* jsonArray({ blob, name }: DataFile, onBad: OnBadRow): AsyncGenerator<Unnumbered> {
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
		if (isRow(row)) yield { value: row, number: i + 1, where };
		else onBad(noRow(row, where), i + 1);
	}
}

async function* csv({ blob, name, format }: DataFile, onBad: OnBadRow): AsyncGenerator<Unnumbered> {
	const likely = format === "tsv" ? "\t" : ",";
	for await (const { values, line } of csvRows(textPieces(blob, name), name, { likely, onBad }))
		yield { value: values, number: line, where: `${name}, line ${line}` };
}

async function* parquet({ blob, name }: DataFile, onBad: OnBadRow): AsyncGenerator<Unnumbered> {
	const { parquetObjects } = await import("./parquet.ts");
	let number = 0;
	for await (const value of parquetObjects(blob, name)) {
		const where = `${name}, row ${++number}`;
		if (isRow(value)) yield { value, number, where };
		else onBad(noRow(value, where), number);
	}
}

function isRow(value: unknown): boolean {
	return typeof value === "string" || isObject(value);
}

function noRow(value: unknown, where: string): TabTuneError {
	return new TabTuneError("data", {
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
