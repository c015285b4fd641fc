// Reads rows from a Parquet file by row group, with hyparquet. Imported on demand, because few files are Parquet.
import { gunzipSync } from "fflate";
import { decompress as unzstd } from "fzstd";
import {
	type AsyncBuffer,
	type Compressors,
	type FileMetaData,
	parquetMetadataAsync,
	parquetReadObjects,
} from "hyparquet";
import { TabTuneError } from "../../shared/errors.ts";
import { dataMessage } from "../../shared/messages/index.ts";
import type { ByteChunks } from "./bytes.ts";
import { checkSizes, pageOf } from "./parquet-bounds.ts";

/**
 * The codecs of pyarrow, datasets, DuckDB and Spark, except Snappy, which hyparquet includes. The library's own codec package
 * needs WebAssembly, which the page's Content Security Policy forbids.
 */
const compressors: Compressors = {
	GZIP: (packed, length) => gunzipSync(packed, { out: pageOf(packed, length) }),
	ZSTD: (packed, length) => unzstd(packed, pageOf(packed, length)),
};

/**
 * Uncompressed bytes per read. hyparquet decodes a row group from its start for every read, so that reading a group in many
 * parts takes quadratic time; only the parts of larger groups are read one by one.
 */
const BYTES_AT_ONCE = 1 << 28;

/** The number of rows that the file states. @throws TabTuneError "data" if it is not Parquet */
export async function parquetRows(blob: Blob, name: string): Promise<number> {
	try {
		const file = await randomAccess(blob);
		const metadata = await parquetMetadataAsync(file);
		checkSizes(metadata, file.byteLength);
		return Number(metadata.num_rows);
	} catch (cause) {
		throw parquetError(cause, name);
	}
}

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
	const metadata = await read(async () => {
		const found = await parquetMetadataAsync(file);
		checkSizes(found, file.byteLength);
		return found;
	});
	for (const [rowStart, rowEnd] of readRanges(metadata)) {
		const key = rowStart === 0 && blob instanceof Blob ? blob : {};
		const known = openings.get(key);
		const rows = known ?? (await read(() => parquetReadObjects({ file, metadata, compressors, rowStart, rowEnd })));
		openings.set(key, rows);
		for (const row of rows)
			yield Object.fromEntries(Object.entries(row).map(([name, cell]) => [name, plain(cell ?? null)]));
		openings.delete(key);
	}
}

/**
 * The first rows of files that were opened and not read to their end: the columns of a file are detected in its first rows, and a
 * row group is then not decoded a second time.
 */
const openings = new WeakMap<object, Record<string, unknown>[]>();

/** The rows of each read: a row group, or an equal part of one that is larger than BYTES_AT_ONCE. */
function* readRanges({ row_groups }: FileMetaData): Generator<[start: number, end: number]> {
	let start = 0;
	for (const { num_rows, total_byte_size } of row_groups) {
		const end = start + Number(num_rows);
		const parts = Math.max(1, Math.ceil(Number(total_byte_size) / BYTES_AT_ONCE));
		const rows = Math.max(1, Math.ceil(Number(num_rows) / parts));
		for (; start < end; start += rows) yield [start, Math.min(end, start + rows)];
		start = end;
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
	return {
		byteLength: size,
		slice(start, end = size) {
			// Node ends the process where a position is not an integer.
			const inside =
				Number.isSafeInteger(start) && Number.isSafeInteger(end) && start >= 0 && start <= end && end <= size;
			const bytes = inside
				? source.slice(start, end).arrayBuffer()
				: Promise.reject(new Error(`bytes ${start} to ${end} are outside the file`));
			// hyparquet requests all ranges before it waits for the first.
			bytes.catch(() => undefined);
			return bytes;
		},
	};
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
