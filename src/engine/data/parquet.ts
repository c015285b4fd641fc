// Rows out of a Parquet file, a row group at a time, by hyparquet. Loaded when such a file comes: few do. What a row means
// is rows.ts's, as for every other format.
import { gunzipSync } from "fflate";
import { decompress as unzstd } from "fzstd";
import { type AsyncBuffer, type Compressors, parquetMetadataAsync, parquetReadObjects } from "hyparquet";
import { TabTuneError } from "../../shared/errors.ts";
import { dataMessage } from "../../shared/messages/data.en.ts";
import type { ByteChunks } from "./bytes.ts";

/**
 * What pyarrow, datasets, DuckDB and Spark write, but for Snappy, which the library has. Its own collection of codecs
 * starts WebAssembly, which the page's policy forbids.
 */
const compressors: Compressors = {
	GZIP: (packed) => gunzipSync(packed),
	ZSTD: (packed, length) => unzstd(packed, new Uint8Array(length)),
};

/** Rows read at once, within a row group: a group may hold a million of them. */
const ROWS_AT_ONCE = 4096;

/**
 * The rows as objects: lists and structs as JSON would have them, times as ISO strings, 64-bit integers as numbers.
 * @throws TabTuneError "data" where the file is cut, is none, or is packed with a codec that is not read (LZ4, Brotli, LZO)
 */
export async function* parquetObjects(blob: ByteChunks, name: string): AsyncGenerator<unknown> {
	const file = await randomAccess(blob);
	const read = async <T>(work: () => Promise<T>): Promise<T> => {
		try {
			return await work();
		} catch (cause) {
			throw parquetError(cause, name);
		}
	};
	const metadata = await read(() => parquetMetadataAsync(file));
	const total = Number(metadata.num_rows);
	for (let rowStart = 0; rowStart < total; rowStart += ROWS_AT_ONCE) {
		const rowEnd = Math.min(total, rowStart + ROWS_AT_ONCE);
		const rows = await read(() => parquetReadObjects({ file, metadata, compressors, rowStart, rowEnd }));
		for (const row of rows) yield plain(row);
	}
}

async function randomAccess(blob: ByteChunks): Promise<AsyncBuffer> {
	let whole = blob;
	if (!(whole instanceof Blob)) {
		const parts: BlobPart[] = [];
		for await (const chunk of whole) parts.push(chunk.slice());
		whole = new Blob(parts);
	}
	const { size } = whole;
	const source = whole;
	return { byteLength: size, slice: (start, end) => source.slice(start, end).arrayBuffer() };
}

/** A cell as JSON has it. A null is a key that is not there: in Parquet every row has every column. */
function plain(value: unknown): unknown {
	if (typeof value === "bigint") return Number(value);
	if (value instanceof Date) return value.toISOString();
	if (Array.isArray(value) || ArrayBuffer.isView(value)) return Array.from(value as ArrayLike<unknown>, plain);
	if (typeof value !== "object" || value === null) return value;
	return Object.fromEntries(
		Object.entries(value).flatMap(([key, cell]) =>
			cell === null || cell === undefined ? [] : [[key, plain(cell)] as const],
		),
	);
}

function parquetError(cause: unknown, name: string): TabTuneError {
	const message = cause instanceof Error ? cause.message : String(cause);
	const codec = /unsupported compression codec: (\w+)/.exec(message)?.[1];
	if (codec !== undefined)
		return new TabTuneError(
			"data",
			{
				what: dataMessage("parquetCodec", { codec }),
				where: name,
				next: dataMessage("parquetCodec.next"),
			},
			{ cause },
		);
	return new TabTuneError(
		"data",
		{
			what: dataMessage("parquet", { reason: message }),
			where: name,
			next: dataMessage("parquet.next"),
		},
		{ cause },
	);
}
