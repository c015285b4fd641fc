// Streams the rows of a data file of any format as JSON values; rows.ts interprets them.

import { type ColumnMapping, hasDataShape } from "../../shared/data-shapes.ts";
import { TabTuneError } from "../../shared/errors.ts";
import { isObject, type JsonObject } from "../../shared/json.ts";
import { isTooDeep, MOST_LEVELS } from "../../shared/json-depth.ts";
import { locateJsonError } from "../../shared/json-scan.ts";
import { dataMessage, filesMessage, intakeMessage } from "../../shared/messages/index.ts";
import type { Message, MessageText } from "../../shared/messages/message.ts";
import type { DataFormat, ReadOptions, RowRange, UnmappedRecord } from "../api.ts";
import { type ByteChunks, lines, textPieces, wholeText } from "./bytes.ts";
import { parseJson } from "./exact-json.ts";
import { excerpt, kindOf } from "./json.ts";
import { type Cells, mappedRows, objectCells } from "./mapped-rows.ts";

export interface DataFile extends Readonly<ReadOptions> {
	/** The file name, for error messages. */
	readonly name: string;
	readonly format: DataFormat;
	readonly blob: ByteChunks;
}

/** A row of the file, or the result of its mapping: an object, or a string (a text row). */
export interface RawRow {
	readonly value: unknown;
	/** From 0, blank lines not counted. */
	readonly index: number;
	/** Its line in the file, or its row in a JSON list or a Parquet file; from 1. */
	readonly number: number;
	/** Location for error messages: "train.jsonl, line 17". */
	readonly where: MessageText;
}

/** Receives the error of an invalid row with its line (in a JSON list: its row), from 1, so that reading continues. */
export type OnBadRow = (error: TabTuneError, number: number) => void;
type Unnumbered = Omit<RawRow, "index">;

/** Maximum size of a .json file, which is parsed as a whole; larger files must be JSONL. Strings have at most 2^29 characters. */
const LARGEST_JSON = 1 << 28;

/**
 * Reads the rows of a file; `textPieces` reads .txt files.
 * @param onBad receives invalid rows, which then have no index; without it the first one throws
 * @param onUnmapped receives records that yield no row
 * @throws TabTuneError "data" naming file, line and column
 */
export async function* rawRows(
	file: DataFile,
	onBad?: OnBadRow,
	onUnmapped: (record: UnmappedRecord) => void = () => undefined,
): AsyncGenerator<RawRow> {
	let index = 0;
	let bad = 0;
	const count: OnBadRow = (error, number) => {
		if (onBad === undefined) throw error;
		bad++;
		onBad(error, number);
	};
	const rows = file.mapping === undefined ? readerOf(file, count) : mapped(file, file.mapping, count, onUnmapped);
	for await (const row of rows) yield { ...row, index: index++ };
	if (bad > 0) return;
	if (index === 0)
		throw new TabTuneError("data", {
			what: dataMessage("noRows"),
			where: file.name,
			next: dataMessage("noRows.next"),
		});
}

function readerOf(file: DataFile, onBad: OnBadRow): AsyncGenerator<Unnumbered> {
	const all = formatReader(file, onBad);
	const rows = file.range === undefined ? all : rowsIn(all, file.range);
	return file.columns === undefined ? rows : renamedRows(rows, file.columns, file.name);
}

async function* rowsIn(rows: AsyncGenerator<Unnumbered>, { start, end }: RowRange): AsyncGenerator<Unnumbered> {
	let at = 0;
	for await (const row of rows) {
		if (at >= end) return;
		if (at++ >= start) yield row;
	}
}

async function* renamedRows(
	rows: AsyncGenerator<Unnumbered>,
	columns: Readonly<Record<string, string>>,
	file: string,
): AsyncGenerator<Unnumbered> {
	const { ColumnNames } = await import("./column-names.ts");
	const names = new ColumnNames(columns, file);
	for await (const row of rows) yield { ...row, value: names.rename(row.value, row.where) };
	names.checkFound();
}

function formatReader(file: DataFile, onBad: OnBadRow): AsyncGenerator<Unnumbered> {
	if (file.format === "jsonl") return jsonLines(file, onBad);
	if (file.format === "json") return jsonArray(file, onBad);
	if (file.format === "csv" || file.format === "tsv") return csv(file, onBad);
	if (file.format === "parquet") return parquet(file, onBad);
	throw new TabTuneError("data", {
		what: intakeMessage("noRows"),
		where: file.name,
		next: intakeMessage("noRows.next", { example: '{"text": "…"}' }),
	});
}

/** The unit that numbers of rows count. */
export const unitOf = ({ format }: Pick<DataFile, "format">): UnmappedRecord["unit"] =>
	format === "json" || format === "parquet" ? "row" : "line";

const placeIn = (file: string, unit: UnmappedRecord["unit"], number: number): Message =>
	unit === "row" ? dataMessage("atRow", { file, row: number }) : dataMessage("atLine", { file, line: number });

async function* mapped(
	file: DataFile,
	mapping: ColumnMapping,
	onBad: OnBadRow,
	onUnmapped: (record: UnmappedRecord) => void,
): AsyncGenerator<Unnumbered> {
	const unit = unitOf(file);
	const table = file.format === "csv" || file.format === "tsv";
	const records = table ? tableCells(file, mapping, onBad) : cellsOfObjects(file, mapping, onBad);
	for await (const { value, place } of mappedRows(records, unit, mapping, onUnmapped))
		yield { value, number: place, where: placeIn(file.name, unit, place) };
}

async function* tableCells(file: DataFile, { header }: ColumnMapping, onBad: OnBadRow): AsyncGenerator<Cells> {
	const [{ csvTable }, { isBlank }] = await Promise.all([import("./csv.ts"), import("../../shared/csv.ts")]);
	let first = true;
	for await (const record of csvTable(textPieces(file), file.name, { ...csvOptions(file), onBad })) {
		if (!(first && header) && !isBlank(record)) yield { cells: record.fields, place: record.line };
		first = false;
	}
}

async function* cellsOfObjects(file: DataFile, { columns }: ColumnMapping, onBad: OnBadRow): AsyncGenerator<Cells> {
	for await (const { value, number, where } of readerOf(file, onBad)) {
		if (isObject(value)) yield { cells: objectCells(value, columns), place: number };
		else onBad(noRow(value, where), number);
	}
}

async function* jsonLines(file: DataFile, onBad: OnBadRow): AsyncGenerator<Unnumbered> {
	const { name } = file;
	for await (const { line: read, number } of lines(file)) {
		// Files that were joined have a byte-order mark in the middle.
		const line = read.startsWith("\uFEFF") ? read.slice(1) : read;
		if (line.trim() === "") continue;
		const where = placeIn(name, "line", number);
		let value: unknown;
		try {
			value = parseJson(line);
		} catch (cause) {
			const next = nextFor(line, number);
			onBad(
				new TabTuneError(
					"data",
					{ what: tooDeep(line) ?? dataMessage("lineNotJson", { line: number, place: placeOf(line) }), where, next },
					{ cause },
				),
				number,
			);
			continue;
		}
		if (isRow(value)) yield { value, number, where };
		else onBad(noRow(value, where), number);
	}
}

const tooDeep = (text: string): Message | null =>
	isTooDeep(text) ? filesMessage("tooDeep", { most: MOST_LEVELS }) : null;

/** A comma after the last value of a line, an object or a list. */
const TRAILING_COMMA = /,\s*$|,\s*[}\]]/;

function nextFor(line: string, number: number): Message {
	if (number === 1 && /^\s*\[\s*$|^\s*\[\s*\{/.test(line)) return dataMessage("jsonList.next");
	if (/^\s*\{?\s*'/.test(line)) return dataMessage("jsonQuotes.next");
	if (TRAILING_COMMA.test(line)) return intakeMessage("trailingComma.next");
	return dataMessage("jsonLines.next");
}

async function* jsonArray(file: DataFile, onBad: OnBadRow): AsyncGenerator<Unnumbered> {
	const { name } = file;
	const text = await wholeText(file, LARGEST_JSON, dataMessage("useJsonl.next"));
	if (text.trim() === "") return;
	let value: unknown;
	try {
		value = parseJson(text);
	} catch (cause) {
		const next = /^\s*\{[^\n]*\}\s*\n\s*\{/.test(text)
			? dataMessage("isJsonl.next")
			: TRAILING_COMMA.test(text)
				? intakeMessage("trailingComma.next")
				: dataMessage("fileNotJson.next");
		throw new TabTuneError(
			"data",
			{ what: tooDeep(text) ?? dataMessage("fileNotJson", { place: placeOf(text) }), where: name, next },
			{ cause },
		);
	}
	const rows = listIn(value);
	if (rows === null) {
		const lists = isObject(value) ? Object.keys(value).filter((key) => Array.isArray(value[key])) : [];
		throw new TabTuneError("data", {
			what:
				lists.length > 1
					? intakeMessage("severalLists", { names: lists.join(", ") })
					: dataMessage("notRows", { kind: kindOf(value) }),
			where: name,
			next: lists.length > 1 ? intakeMessage("severalLists.next") : dataMessage("notRows.next"),
		});
	}
	for (const [i, row] of rows.entries()) {
		const where = placeIn(name, "row", i + 1);
		if (isRow(row)) yield { value: row, number: i + 1, where };
		else onBad(noRow(row, where), i + 1);
	}
}

/**
 * The rows of a list, of columns (pandas' to_json), of an answer of the Hub's datasets server, of the only list in an object, or
 * a single object as one row; null for other values.
 */
export function listIn(value: unknown): readonly unknown[] | null {
	if (Array.isArray(value)) return value;
	if (!isObject(value)) return null;
	if (hasDataShape(Object.keys(value))) return rowsOfColumns(value) ?? [value];
	const { rows } = value;
	if (Array.isArray(rows) && rows.length > 0 && rows.every((row) => isObject(row) && isObject(row.row)))
		return rows.map(({ row }) => row);
	const lists = Object.values(value).filter((part) => Array.isArray(part));
	return lists.length === 1 ? lists[0] : null;
}

/** The rows of an object of columns: {"prompt": ["…", "…"]} or {"prompt": {"0": "…", "1": "…"}}; null for other objects. */
function rowsOfColumns(value: JsonObject): JsonObject[] | null {
	const columns = Object.values(value);
	const [first] = columns;
	if (!isObject(first) && !Array.isArray(first)) return null;
	const keys = Object.keys(first);
	const isColumn = (column: unknown): boolean =>
		Array.isArray(column) === Array.isArray(first) &&
		typeof column === "object" &&
		column !== null &&
		Object.keys(column).join() === keys.join() &&
		// A list of turns or of token ids belongs to one row.
		(isObject(column) || (column as unknown[]).every((cell) => typeof cell === "string" || Array.isArray(cell)));
	if (keys.length === 0 || !keys.every((key) => /^\d+$/.test(key)) || !columns.every(isColumn)) return null;
	return keys.map((key) =>
		Object.fromEntries(Object.entries(value).map(([name, column]) => [name, (column as JsonObject)[key]])),
	);
}

async function* csv(file: DataFile, onBad: OnBadRow): AsyncGenerator<Unnumbered> {
	const { name } = file;
	const { csvRows } = await import("./csv.ts");
	for await (const { values, line } of csvRows(textPieces(file), name, { ...csvOptions(file), onBad }))
		yield { value: values, number: line, where: placeIn(name, "line", line) };
}

const csvOptions = ({ format, separator, quote }: DataFile) =>
	({ separator, quote, likely: format === "tsv" ? "\t" : "," }) as const;

async function* parquet({ blob, name }: DataFile, onBad: OnBadRow): AsyncGenerator<Unnumbered> {
	const { parquetObjects } = await import("./parquet.ts");
	let number = 0;
	for await (const value of parquetObjects(blob, name)) {
		const where = placeIn(name, "row", ++number);
		if (isRow(value)) yield { value, number, where };
		else onBad(noRow(value, where), number);
	}
}

function isRow(value: unknown): boolean {
	return typeof value === "string" || isObject(value);
}

function noRow(value: unknown, where: MessageText): TabTuneError {
	return new TabTuneError("data", {
		what: dataMessage("rowKind", { kind: kindOf(value) }),
		where,
		next: dataMessage("rowKind.next"),
	});
}

/** The location of the first error in `text`: ", at column 7: …excerpt…". */
function placeOf(text: string): Message {
	const error = locateJsonError(text);
	const position = error === null || error.incomplete ? text.length : error.at;
	const before = text.slice(0, position);
	const column = position - before.lastIndexOf("\n");
	const at = text.includes("\n")
		? dataMessage("lineColumn", { line: before.split("\n").length, column })
		: dataMessage("column", { column });
	return dataMessage("place", {
		what: position >= text.length ? dataMessage("endsEarly", { place: at }) : dataMessage("at", { place: at }),
		excerpt: excerpt(text.slice(Math.max(0, position - 20), position + 30)),
	});
}
