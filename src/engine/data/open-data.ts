// Opens a data file: detects its format and columns, and whether the user has to confirm the columns. The page, the command
// line and the package use this module, so that they accept the same files.
import { type DataColumns, hasDataShape } from "../../shared/data-shapes.ts";
import { TabTuneError } from "../../shared/errors.ts";
import { isObject } from "../../shared/json.ts";
import { intakeMessage } from "../../shared/messages/index.ts";
import type { DataSource, OpenedData } from "../api.ts";
import { textPieces } from "./bytes.ts";
import { guessMapping } from "./columns.ts";
import { csvTable } from "./csv.ts";
import { detectData } from "./detect-format.ts";
import { rawRows } from "./files.ts";
import { objectCells } from "./mapped-rows.ts";

/** Number of rows searched for a known shape, and for column names. */
const SEARCHED_ROWS = 100;
/** Number of records that are shown and that the guess is based on. */
const SAMPLE_RECORDS = 20;

/**
 * Opens a file without reading its rows: invalid rows are reported only when the file is read.
 * @param chat whether the model has a chat template, so that prompts and answers become messages
 * @param given names of columns, which are then used as they are, and the separator of a table
 * @throws TabTuneError "data" for an archive, a spreadsheet, or bytes that are not text
 */
export async function openData(
	blob: Blob,
	name: string,
	chat: boolean,
	given: Pick<DataSource, "columns" | "separator"> = {},
): Promise<OpenedData> {
	const source = withSeparator(
		{ ...(await detectData(blob, name)), ...(given.columns && { columns: given.columns }) },
		given,
	);
	if (given.columns !== undefined && source.format === "txt")
		throw new TabTuneError("data", {
			what: intakeMessage("noRows"),
			where: name,
			next: intakeMessage("noRows.next", { example: '{"prompt": "…", "completion": "…"}' }),
		});
	if (given.columns !== undefined) return { source, columns: null, certain: true };
	const columns = await columnsOf(source);
	if (columns === null) return { source, columns: null, certain: true };
	const { mapping, certain } = guessMapping(columns, chat ? "chat" : "plain");
	return { source: { ...source, mapping }, columns, certain };
}

/** The source read with the separator that was given. @throws TabTuneError "data" for a file that is not a table */
function withSeparator(source: DataSource, { separator }: Pick<DataSource, "separator">): DataSource {
	if (separator === undefined) return source;
	if (["json", "jsonl", "parquet"].includes(source.format))
		throw new TabTuneError("data", {
			what: intakeMessage("notTable", { format: source.format }),
			where: source.name,
			next: intakeMessage("notTable.next"),
		});
	return { ...source, format: separator === "\t" ? "tsv" : "csv", separator };
}

/** The columns of a file whose rows have no known shape; null for other files and for invalid ones. */
async function columnsOf(source: DataSource): Promise<DataColumns | null> {
	if (source.format === "txt") return null;
	try {
		return source.format === "csv" || source.format === "tsv"
			? await tableColumns(source)
			: await objectColumns(source);
	} catch (error) {
		if (error instanceof TabTuneError) return null;
		throw error;
	}
}

async function tableColumns(source: DataSource): Promise<DataColumns | null> {
	const { separator, quote, name } = source;
	let names: readonly string[] | null = null;
	const records: DataColumns["records"][number][] = [];
	for await (const { fields, line } of csvTable(textPieces(source), name, { separator, quote })) {
		if (names === null) names = fields;
		else records.push({ place: line, cells: fields });
		if (records.length >= SAMPLE_RECORDS) break;
	}
	if (names === null || hasDataShape(names.map((column) => column.trim()))) return null;
	return { unit: "line", names, named: false, records };
}

async function objectColumns(source: DataSource): Promise<DataColumns | null> {
	const rows: { place: number; value: Record<string, unknown> }[] = [];
	const names = new Set<string>();
	for await (const { value, number } of rawRows(source)) {
		if (!isObject(value)) return null;
		// A column that is null in a row is one that the row does not have.
		const present = Object.keys(value).filter((name) => value[name] !== null);
		if (hasDataShape(present)) return null;
		for (const name of present) names.add(name);
		rows.push({ place: number, value });
		if (rows.length >= SEARCHED_ROWS) break;
	}
	if (names.size === 0) return null;
	const columns = [...names];
	const records = rows
		.slice(0, SAMPLE_RECORDS)
		.map(({ place, value }) => ({ place, cells: objectCells(value, columns) }));
	return { unit: source.format === "jsonl" ? "line" : "row", names: columns, named: true, records };
}
