// Reads safetensors: a JSON header and contiguous tensors. Files are read by ranges, so that weights are loaded one at a time.
// Every rule of the format is checked before a tensor is used. safetensors-write.ts writes them.

import { type ErrorCode, TabTuneError } from "../../shared/errors.ts";
import { isObject, type JsonObject } from "../../shared/json.ts";
import { isTooDeep, MOST_LEVELS } from "../../shared/json-depth.ts";
import { lineAndColumn, locateJsonError } from "../../shared/json-scan.ts";
import { refuseLfsPointer } from "../../shared/lfs-pointer.ts";
import { filesMessage } from "../../shared/messages/index.ts";
import type { Message } from "../../shared/messages/message.ts";
import { DTYPE_BYTES } from "./dtype.ts";
import { firstNotFinite, notFiniteError } from "./finite.ts";
import type { ByteSource } from "./source.ts";

export interface TensorEntry {
	readonly dtype: string; // "F32", "BF16", …
	readonly shape: readonly number[];
	readonly offset: number; // bytes, from the start of the file
	readonly byteLength: number;
}

export interface TensorFile {
	readonly metadata: Readonly<Record<string, string>>;
	readonly tensors: ReadonlyMap<string, TensorEntry>;
	/** Raw little-endian bytes of one tensor. @throws TabTuneError for NaN or infinity, or when it is missing or the file has changed */
	readTensor(name: string): Promise<Uint8Array<ArrayBuffer>>;
	/** Part of a tensor's bytes, if the source supports it. offset, length: bytes within the tensor */
	readRange?(name: string, offset: number, length: number): Promise<Uint8Array<ArrayBuffer>>;
	/** The quantised blocks of a GGUF file, which `readTensor` dequantises. */
	readonly blocks?: BlockFile;
}

export interface BlockFile {
	/** The type of a tensor's blocks ("Q4_K"); undefined for plain floats. */
	typeOf(name: string): string | undefined;
	/** Rows `from` to `to`, ordered as `readTensor` returns them. */
	rows(name: string, from: number, to: number): Promise<Uint8Array<ArrayBuffer>>;
}

const MOST_HEADER_BYTES = 100_000_000;

type Fail = (what: Message, next?: Message) => TabTuneError;

/**
 * Opens a safetensors file and checks its whole header.
 * @param name the file's name in errors.
 * @param finite false to read NaN and infinity too
 * @throws TabTuneError `code` when the file is cut, its header is broken, or a tensor overlaps another, leaves a gap or has the
 * wrong size; the message names the tensor.
 */
export async function openSafetensors(
	source: ByteSource,
	name: string,
	code: ErrorCode = "model",
	{ finite = true }: { readonly finite?: boolean } = {},
): Promise<TensorFile> {
	const fail: Fail = (what, next = filesMessage("damaged.next")) => new TabTuneError(code, { what, where: name, next });
	const read = async (offset: number, length: number) => {
		const changed = filesMessage("fileChanged.next");
		const bytes = await source.read(offset, length).catch((cause: unknown) => {
			throw cause instanceof TabTuneError
				? cause
				: fail(filesMessage("fileUnreadable", { reason: String(cause) }), changed);
		});
		if (bytes.length !== length) throw fail(filesMessage("fileEnds", { end: offset + length }), changed);
		return bytes;
	};

	if (source.size < 10) throw fail(filesMessage("tooSmall", { bytes: source.size }));
	const head = await read(0, 8);
	const length = Number(new DataView(head.buffer, head.byteOffset).getBigUint64(0, true));
	if (length > MOST_HEADER_BYTES) {
		refuseLfsPointer(await read(0, Math.min(64, source.size)), name, code);
		throw fail(filesMessage("headerTooLong", { bytes: length }), filesMessage("headerTooLong.next"));
	}
	if (8 + length > source.size) {
		throw fail(filesMessage("headerTruncated", { needed: 8 + length, bytes: source.size }));
	}
	const header = parseHeader(await read(8, length), fail);
	const metadata = readMetadata(header.__metadata__, fail);
	const tensors = readEntries(header, 8 + length, fail);
	checkCoverage(tensors, 8 + length, source.size, fail);
	const entryOf = (tensor: string) => {
		const entry = tensors.get(tensor);
		if (entry === undefined) throw fail(filesMessage("noTensor", { tensor }), filesMessage("noTensor.next"));
		return entry;
	};
	const readFinite = async (tensor: string, offset: number, length: number) => {
		const { dtype, shape, offset: begin } = entryOf(tensor);
		const bytes = await read(begin + offset, length);
		const index = finite ? firstNotFinite(bytes, dtype) : -1;
		if (index >= 0) throw notFiniteError(code, tensor, shape, offset / DTYPE_BYTES[dtype] + index, name);
		return bytes;
	};
	return {
		metadata,
		tensors,
		async readTensor(tensor) {
			return readFinite(tensor, 0, entryOf(tensor).byteLength);
		},
		readRange: readFinite,
	};
}

function parseHeader(bytes: Uint8Array, fail: Fail): JsonObject {
	let text: string;
	try {
		text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
	} catch {
		throw fail(filesMessage("headerNotUtf8"));
	}
	if (!text.startsWith("{")) throw fail(filesMessage("headerNotObject"));
	if (isTooDeep(text)) throw fail(filesMessage("tooDeep", { most: MOST_LEVELS }));
	// JSON.parse keeps the last of two equal keys; other readers may keep the first.
	const problem = locateJsonError(text, { uniqueKeys: true });
	if (problem !== null)
		throw fail(filesMessage("headerNotTable", { problem: problem.what, place: lineAndColumn(text, problem.at) }));
	return JSON.parse(text) as JsonObject;
}

function readMetadata(value: unknown, fail: Fail): Record<string, string> {
	if (value === undefined || value === null) return {};
	if (!isObject(value) || Object.values(value).some((entry) => typeof entry !== "string")) {
		throw fail(filesMessage("badMetadata"));
	}
	return value as Record<string, string>;
}

function readEntries(header: JsonObject, dataStart: number, fail: Fail): Map<string, TensorEntry> {
	const tensors = new Map<string, TensorEntry>();
	for (const [tensor, entry] of Object.entries(header)) {
		if (tensor === "__metadata__") continue;
		if (!isObject(entry)) throw fail(filesMessage("notTensor", { tensor, value: JSON.stringify(entry) }));
		const { dtype, shape, data_offsets } = entry;
		if (typeof dtype !== "string" || !Object.hasOwn(DTYPE_BYTES, dtype)) {
			throw fail(filesMessage("unknownType", { tensor, type: JSON.stringify(dtype) }));
		}
		if (!isCounts(shape) || !isCounts(data_offsets) || data_offsets.length !== 2) {
			throw fail(filesMessage("badShape", { tensor }));
		}
		const [begin, end] = data_offsets;
		const size = byteSize(dtype, shape);
		if (end - begin !== size) {
			throw fail(
				filesMessage("sizeMismatch", {
					tensor,
					shape: shape.join(", "),
					type: dtype,
					needed: size,
					bytes: end - begin,
				}),
			);
		}
		tensors.set(tensor, { dtype, shape, offset: dataStart + begin, byteLength: size });
	}
	return tensors;
}

/** Checks that the tensors are contiguous from the end of the header to the end of the file. */
function checkCoverage(
	tensors: ReadonlyMap<string, TensorEntry>,
	dataStart: number,
	fileSize: number,
	fail: Fail,
): void {
	const spans = [...tensors].sort(([, a], [, b]) => a.offset - b.offset || a.byteLength - b.byteLength);
	let at = dataStart;
	for (const [name, { offset, byteLength }] of spans) {
		if (offset !== at)
			throw fail(offset < at ? filesMessage("overlap", { tensor: name }) : filesMessage("gap", { tensor: name }));
		at = offset + byteLength;
	}
	if (at > fileSize) throw fail(filesMessage("tensorsTruncated", { needed: at, bytes: fileSize }));
	if (at < fileSize) throw fail(filesMessage("trailingBytes", { bytes: fileSize - at }));
}

/** Size of a tensor in bytes; not an integer, or NaN, for an impossible tensor. */
export function byteSize(dtype: string, shape: readonly number[]): number {
	return shape.reduce((product, n) => product * n, DTYPE_BYTES[dtype]);
}

function isCounts(value: unknown): value is number[] {
	return Array.isArray(value) && value.every((n) => Number.isSafeInteger(n) && n >= 0);
}

/**
 * Joins several safetensors files by the `weight_map` of model.safetensors.index.json.
 * @param shards file name → file.
 * @param weightMap tensor → file name.
 * @returns the tensors that the shards have, as in transformers: the map decides where two have the same, and a tensor that is
 * only in the map is reported where it is used.
 */
export function joinShards(
	shards: ReadonlyMap<string, TensorFile>,
	weightMap: Readonly<Record<string, string>>,
	where: string,
): TensorFile {
	const fail = (what: Message) => new TabTuneError("model", { what, where, next: filesMessage("allFilesAgain.next") });
	const tensors = new Map<string, TensorEntry>();
	const shardOf = (name: string) => {
		const named = Object.hasOwn(weightMap, name) ? shards.get(weightMap[name]) : undefined;
		const shard = named?.tensors.has(name) ? named : [...shards.values()].find(({ tensors }) => tensors.has(name));
		if (shard === undefined) throw fail(filesMessage("noTensor", { tensor: name }));
		return shard;
	};
	const stored = new Set([...shards.values()].flatMap((shard) => [...shard.tensors.keys()]));
	for (const name of new Set([...Object.keys(weightMap), ...stored])) {
		const entry = stored.has(name) ? shardOf(name).tensors.get(name) : undefined;
		if (entry !== undefined) tensors.set(name, entry);
	}
	return {
		metadata: [...shards.values()][0]?.metadata ?? {},
		tensors,
		readTensor: async (name) => shardOf(name).readTensor(name),
		readRange: async (name, offset, length) => {
			const shard = shardOf(name);
			if (shard.readRange !== undefined) return shard.readRange(name, offset, length);
			return (await shard.readTensor(name)).slice(offset, offset + length);
		},
	};
}
