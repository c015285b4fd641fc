// Reads rows from a Parquet file by row group, with hyparquet. Imported on demand, because few files are Parquet.
import { gunzipSync } from "fflate";
import { decompress as unzstd } from "fzstd";
import { type AsyncBuffer, type Compressors, parquetMetadataAsync, parquetReadObjects } from "hyparquet";
import { TabTuneError } from "../../shared/errors.ts";
import { dataMessage } from "../../shared/messages/data.en.ts";
import type { ByteChunks } from "./bytes.ts";

/**
 * The codecs of pyarrow, datasets, DuckDB and Spark, except Snappy, which hyparquet includes. The library's own codec package
 * needs WebAssembly, which the page's Content Security Policy forbids.
 */
const compressors: Compressors = {
	GZIP: (packed) => gunzipSync(packed),
	ZSTD: (packed, length) => unzstd(packed, new Uint8Array(length)),
};

/** Rows per read within a row group, which may have a million rows. */
const ROWS_AT_ONCE = 4096;

/**
 * Yields the rows as objects: lists and structs as in JSON, times as ISO strings, 64-bit integers as numbers.
 * @throws TabTuneError "data" if the file is truncated, is not Parquet, or uses an unsupported codec (LZ4, Brotli, LZO)
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
		for (const row of rows)
			yield Object.fromEntries(Object.entries(row).map(([name, cell]) => [name, plain(cell ?? null)]));
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

/** A cell as a JSON value. In a struct, null becomes a missing key, because in Parquet every struct has every field. */
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
