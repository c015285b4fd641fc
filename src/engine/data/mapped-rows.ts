// Streams the rows of a table or of JSON objects through a column mapping.
import { type ColumnMapping, mapCells, pairRow } from "../../shared/data-shapes.ts";
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
		else yield { value: "text" in found ? found : pairRow(mapping.shape, found), place };
	}
}

/** The fields of an object as cells, in the order of `columns`: strings as they are, other values as JSON. */
export function objectCells(value: JsonObject, columns: readonly string[]): string[] {
	return columns.map((name) => {
		const cell = value[name];
		if (typeof cell === "string") return cell;
		return cell === undefined || cell === null ? "" : JSON.stringify(cell);
	});
}
