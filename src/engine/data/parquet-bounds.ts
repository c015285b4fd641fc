// Limits of what a Parquet file may state and unpack to, so that a small file cannot fill the memory.
import type { FileMetaData } from "hyparquet";

/** What a small file may unpack to, and by how much a larger one may grow: more indicates a decompression bomb. */
const FREE_BYTES = 1 << 27;
const MOST_GROWTH = 200;
const FREE_ROWS = 1 << 20;
const MOST_ROWS_PER_BYTE = 8;

/** The buffer of an unpacked page. @throws Error for a page that grows too much */
export function pageOf(packed: Uint8Array, length: number): Uint8Array {
	if (length > FREE_BYTES && length > MOST_GROWTH * packed.length)
		throw new Error(`a page of ${packed.length} bytes unpacks to ${length}`);
	return new Uint8Array(length);
}

/** @throws Error for counts that the bytes of the file cannot have been written with in good faith */
export function checkSizes({ row_groups, num_rows }: FileMetaData, bytes: number): void {
	const groups = row_groups.map(({ num_rows: rows }) => Number(rows));
	if (groups.some((rows) => !(rows >= 0)) || groups.reduce((sum, rows) => sum + rows, 0) !== Number(num_rows))
		throw new Error("the row groups do not have the rows of the file");
	const values = row_groups.flatMap(({ columns }) => columns.map(({ meta_data }) => meta_data));
	const most = Math.max(Number(num_rows), ...values.map((column) => Number(column?.num_values ?? 0)));
	if (most > FREE_ROWS && most > MOST_ROWS_PER_BYTE * bytes) throw new Error(`${bytes} bytes state ${most} values`);
	const unpacked = values.reduce((sum, column) => sum + Number(column?.total_uncompressed_size ?? 0), 0);
	if (unpacked > FREE_BYTES && unpacked > MOST_GROWTH * bytes) throw new Error(`${bytes} bytes unpack to ${unpacked}`);
}
