// Streams the rows of a table or of JSON objects through a column mapping.
import { type ColumnMapping, type MappedCells, mapCells, pairRow } from "../../shared/data-shapes.ts";
import type { JsonObject } from "../../shared/json.ts";
import type { UnmappedRecord } from "../api.ts";

export interface Cells {
	readonly cells: readonly string[];
	/** The line or row of the file, from 1. */
	readonly place: number;
}

/**
 * Maps records to rows.
 * @param onUnmapped receives each record with a missing part
 */
export async function* mappedRows(
	records: AsyncIterable<Cells>,
	unit: UnmappedRecord["unit"],
	mapping: ColumnMapping,
	onUnmapped: (record: UnmappedRecord) => void,
): AsyncGenerator<{ value: object; place: number }> {
	for await (const { cells, place } of records) {
		const found = mapCells(cells, mapping);
		if ("fault" in found) onUnmapped({ unit, number: place, fault: found.fault });
		else {
			const row = rowOf(found, mapping);
			yield { value: { ...row, ...unmapped(cells, mapping), ...row }, place };
		}
	}
}

const rowOf = (found: Exclude<MappedCells, { fault: unknown }>, { shape }: ColumnMapping): object =>
	"text" in found ? found : pairRow(shape, found);

/** The columns that the mapping leaves out, by their names: a rating or a weight among them still has its meaning. */
function unmapped(cells: readonly string[], mapping: ColumnMapping): Record<string, string> {
	if (!mapping.header) return {};
	const { kind, prompt, answer, system, text, columns } = mapping;
	const used = kind === "text" ? [text] : [prompt, answer, system];
	return Object.fromEntries(
		columns.flatMap((name, i) =>
			used.includes(i) || (cells[i] ?? "").trim() === "" ? [] : [[name.trim(), cells[i]] as const],
		),
	);
}

/** The fields of an object as cells, in the order of `columns`: strings as they are, other values as JSON. */
export function objectCells(value: JsonObject, columns: readonly string[]): string[] {
	return columns.map((name) => {
		const cell = value[name];
		if (typeof cell === "string") return cell;
		return cell === undefined || cell === null ? "" : JSON.stringify(cell);
	});
}
