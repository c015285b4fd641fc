// safetensors: a JSON header and contiguous tensors. Read by ranges, so that a weight goes from disk to GPU alone;
// every rule of the format is held, so that a bad file is refused before a byte of it is used.
import { type ErrorCode, TabTuneError } from "../errors.ts";
import { DTYPE_BYTES } from "./dtype.ts";
import { duplicateKey } from "./json.ts";
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
	/** Raw little-endian bytes of one tensor. */
	readTensor(name: string): Promise<Uint8Array>;
}

const MOST_HEADER_BYTES = 100_000_000;

/**
 * Opens a safetensors file and checks its whole header.
 * @param name shown in errors.
 * @throws TabTuneError when the file is cut, its header broken, or a tensor overlaps, leaves a hole or has the wrong size.
 */
export async function openSafetensors(source: ByteSource, name: string, code: ErrorCode = "model"): Promise<TensorFile> {
	const fail = (what: string, next = "download or export the file again: it is damaged") => new TabTuneError(code, { what, where: name, next });
	if (source.size < 10) throw fail(`the file has ${source.size} bytes, too few for a safetensors file`);
	const head = await source.read(0, 8);
	const length = Number(new DataView(head.buffer, head.byteOffset).getBigUint64(0, true));
	if (length > MOST_HEADER_BYTES) throw fail(`its header claims ${length} bytes: this is not a safetensors file`, "give a .safetensors file");
	if (8 + length > source.size) throw fail(`the file is cut: its header needs ${8 + length} bytes, the file has ${source.size}`);
	const entries = parseHeader(await source.read(8, length), fail);

	const metadata = (entries.__metadata__ ?? {}) as Record<string, string>;
	const tensors = new Map<string, TensorEntry>();
	const spans: { name: string; begin: number; end: number }[] = [];
	for (const [tensor, entry] of Object.entries(entries)) {
		if (tensor === "__metadata__") continue;
		const { dtype, shape, data_offsets } = entry as { dtype?: unknown; shape?: unknown; data_offsets?: unknown };
		const bytes = typeof dtype === "string" ? DTYPE_BYTES[dtype] : undefined;
		if (typeof dtype !== "string" || bytes === undefined) throw fail(`${tensor} has the unknown type ${JSON.stringify(dtype)}`);
		if (!isCounts(shape) || !isCounts(data_offsets) || data_offsets.length !== 2) throw fail(`${tensor} has no proper shape and offsets`);
		const [begin, end] = data_offsets;
		const size = shape.reduce((product, n) => product * n, bytes);
		if (end < begin || end - begin !== size) throw fail(`${tensor} is [${shape.join(", ")}] ${dtype}, ${size} bytes, its place has ${end - begin}`);
		tensors.set(tensor, { dtype, shape, offset: 8 + length + begin, byteLength: size });
		spans.push({ name: tensor, begin, end });
	}
	let at = 0;
	for (const span of spans.sort((a, b) => a.begin - b.begin || a.end - b.end)) {
		if (span.begin !== at) throw fail(span.begin < at ? `${span.name} overlaps the tensor before it` : `there is a hole before ${span.name}`);
		at = span.end;
	}
	if (8 + length + at !== source.size) {
		throw fail(8 + length + at > source.size ? `the file is cut: its tensors need ${8 + length + at} bytes, it has ${source.size}` : `${source.size - 8 - length - at} bytes stand behind the last tensor`);
	}
	return {
		metadata,
		tensors,
		async readTensor(tensor) {
			const entry = tensors.get(tensor);
			if (entry === undefined) throw fail(`there is no tensor ${tensor}`);
			return source.read(entry.offset, entry.byteLength);
		},
	};
}

function parseHeader(bytes: Uint8Array, fail: (what: string) => TabTuneError): Record<string, unknown> {
	let text: string;
	try {
		text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
	} catch {
		throw fail("its header is not UTF-8");
	}
	if (!text.startsWith("{")) throw fail("its header does not start with {");
	let value: unknown;
	try {
		value = JSON.parse(text);
	} catch {
		throw fail("its header is not JSON");
	}
	const twice = duplicateKey(text);
	if (twice !== null) throw fail(`its header names ${twice} twice`);
	if (typeof value !== "object" || value === null || Object.values(value).some((entry) => typeof entry !== "object" || entry === null)) throw fail("its header is not a table of tensors");
	return value as Record<string, unknown>;
}

function isCounts(value: unknown): value is number[] {
	return Array.isArray(value) && value.every((n) => Number.isSafeInteger(n) && n >= 0);
}

/** Several safetensors shards as one, by `model.safetensors.index.json`'s weight_map. */
export function joinShards(shards: readonly TensorFile[]): TensorFile {
	const owner = new Map<string, TensorFile>();
	for (const shard of shards) for (const name of shard.tensors.keys()) owner.set(name, shard);
	return {
		metadata: shards[0]?.metadata ?? {},
		tensors: new Map([...owner].map(([name, shard]) => [name, shard.tensors.get(name) as TensorEntry])),
		async readTensor(name) {
			const shard = owner.get(name);
			if (shard === undefined) throw new Error(`no shard holds ${name}`);
			return shard.readTensor(name);
		},
	};
}

export interface TensorToWrite {
	readonly name: string;
	readonly dtype: string;
	readonly shape: readonly number[];
}

/**
 * The header for tensors, and the order their bytes follow it in: as the safetensors library lays them out, widest
 * element type first, then by name, the header padded with spaces to 8 bytes.
 */
export function safetensorsHeader<T extends TensorToWrite>(tensors: readonly T[], metadata: Readonly<Record<string, string>>): { header: Uint8Array; order: T[] } {
	const order = [...tensors].sort((a, b) => DTYPE_BYTES[b.dtype] - DTYPE_BYTES[a.dtype] || (a.name < b.name ? -1 : 1));
	const table: Record<string, unknown> = Object.keys(metadata).length === 0 ? {} : { __metadata__: metadata };
	let at = 0;
	for (const { name, dtype, shape } of order) {
		const size = shape.reduce((product, n) => product * n, DTYPE_BYTES[dtype]);
		table[name] = { dtype, shape, data_offsets: [at, at + size] };
		at += size;
	}
	const json = new TextEncoder().encode(JSON.stringify(table));
	const padded = Math.ceil(json.length / 8) * 8;
	const header = new Uint8Array(8 + padded).fill(0x20);
	new DataView(header.buffer).setBigUint64(0, BigInt(padded), true);
	header.set(json, 8);
	return { header, order };
}

/** A whole safetensors file. */
export function writeSafetensors(tensors: readonly (TensorToWrite & { readonly bytes: Uint8Array })[], metadata: Readonly<Record<string, string>>): Uint8Array<ArrayBuffer> {
	const { header, order } = safetensorsHeader(tensors, metadata);
	const file = new Uint8Array(header.length + order.reduce((total, { bytes }) => total + bytes.length, 0));
	file.set(header);
	let at = header.length;
	for (const { bytes } of order) {
		file.set(bytes, at);
		at += bytes.length;
	}
	return file;
}
