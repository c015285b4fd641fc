// All rows of a file as JSON lines, for the page's editor and for rows that the page stores. Unlike reading for training
// this is lenient: lines that are not JSON and rows of the wrong length are kept, so that they can be corrected.
import { csvRecords, type Dialect, isBlank } from "../../shared/csv.ts";
import { textPieces } from "./bytes.ts";
import { dialectOf } from "./csv.ts";
import { type DataFile, listIn, rawRows } from "./files.ts";

/** @returns one JSON value per line; invalid lines of the file are unchanged */
export async function editableRows(file: DataFile): Promise<string> {
	if (file.mapping !== undefined || file.format === "parquet") {
		const rows: string[] = [];
		for await (const { value } of rawRows(file)) rows.push(JSON.stringify(value));
		return rows.join("\n");
	}
	let text = "";
	for await (const piece of textPieces(file)) text += piece;
	const plain = text.replace(/\r\n?/g, "\n");
	if (file.format === "jsonl") return nonBlank(plain.split("\n")).join("\n");
	if (file.format === "json") return jsonRows(plain);
	if (file.format === "txt")
		return nonBlank(plain.split(/\n[ \t]*\n+/))
			.map((part) => JSON.stringify({ text: part.trim() }))
			.join("\n");
	const { separator, quote, format } = file;
	return tableRows(
		plain,
		separator === undefined ? dialectOf(plain, true, format === "tsv" ? "\t" : ",") : { separator, quote },
	);
}

const nonBlank = (parts: readonly string[]): string[] => parts.filter((part) => part.trim() !== "");

function jsonRows(text: string): string {
	try {
		const rows = listIn(JSON.parse(text));
		if (rows !== null) return rows.map((row) => JSON.stringify(row)).join("\n");
	} catch {
		// The whole text then becomes one row, which the user can correct.
	}
	return text.replace(/\s*\n\s*/g, " ").trim();
}

function tableRows(text: string, { separator, quote }: Dialect): string {
	const [header, ...records] = (csvRecords(text, separator, quote) ?? csvRecords(text, separator, null) ?? []).filter(
		(record) => !isBlank(record),
	);
	return records
		.map(({ fields }) =>
			JSON.stringify(
				Object.fromEntries(fields.map((field, i) => [header.fields[i]?.trim() || `column ${i + 1}`, field])),
			),
		)
		.join("\n");
}
