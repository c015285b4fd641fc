// Reads GGUF versions 2 and 3: typed metadata and a table of tensors (docs/gguf.md of ggml). Every count is checked against a
// limit and the file's length before it is used. models/gguf/folder.ts presents the file as a model folder.

import { TabTuneError } from "../../shared/errors.ts";
import { refuseLfsPointer } from "../../shared/lfs-pointer.ts";
import { ggufMessage } from "../../shared/messages/index.ts";
import type { Message } from "../../shared/messages/message.ts";
import { GGUF_TYPES, type GgufType, OTHER_TYPES } from "./gguf-blocks.ts";
import type { ByteSource } from "./source.ts";
import { TrackedMap } from "./tracked-reads.ts";

export type GgufValue = number | string | boolean | readonly GgufValue[];

export interface GgufTensor {
	/** Outermost dimension first, as in safetensors. */
	readonly shape: readonly number[];
	readonly type: GgufType;
	readonly offset: number; // bytes, from the start of the file
	readonly byteLength: number;
}

export interface GgufFile {
	/** Records which keys are read, for models/gguf/metadata-check.ts. */
	readonly metadata: TrackedMap<GgufValue>;
	/** The byte ranges of the type and value of each field, to copy them. */
	readonly fields: ReadonlyMap<string, { readonly offset: number; readonly byteLength: number }>;
	readonly tensors: ReadonlyMap<string, GgufTensor>;
}

/** Larger than any real file's: the largest vocabularies need 20 MB. */
const MOST_HEADER_BYTES = 256 * 2 ** 20;
const MOST_ENTRIES = 2 ** 20;
const FIRST_BYTES = 4 * 2 ** 20;

/** Thrown when a value extends past the bytes read so far. */
class Short extends Error {}

/** @throws TabTuneError "model" naming what is broken, "not-yet" for a tensor type that is not supported. */
export async function openGguf(source: ByteSource, name: string): Promise<GgufFile> {
	const most = Math.min(source.size, MOST_HEADER_BYTES);
	for (let size = Math.min(most, FIRST_BYTES); ; size = Math.min(most, size * 4)) {
		const bytes = await source.read(0, size);
		try {
			return parse(bytes, source.size, name);
		} catch (error) {
			if (!(error instanceof Short)) throw error;
			if (size >= most || bytes.length < size)
				throw damaged(
					source.size > most ? ggufMessage("headerTooLong", { most }) : ggufMessage("headerTruncated"),
					name,
				);
		}
	}
}

function damaged(what: Message, where: string, next = ggufMessage("damaged.next")): TabTuneError {
	return new TabTuneError("model", { what, where, next });
}

function parse(bytes: Uint8Array, fileSize: number, name: string): GgufFile {
	refuseLfsPointer(bytes, name, "model");
	const read = new Reader(bytes, name);
	if (bytes.length < 4 || String.fromCharCode(...bytes.subarray(0, 4)) !== "GGUF")
		throw damaged(ggufMessage("notGguf"), name, ggufMessage("notGguf.next"));
	read.skip(4);
	const version = read.u32();
	if (version === 0x0200_0000 || version === 0x0300_0000)
		throw damaged(ggufMessage("bigEndian"), name, ggufMessage("bigEndian.next"));
	if (version !== 2 && version !== 3)
		throw damaged(ggufMessage("badVersion", { version }), name, ggufMessage("badVersion.next"));
	const tensorCount = read.count("tensorCount");
	const fieldCount = read.count("fieldCount");
	const metadata = new TrackedMap<GgufValue>();
	const fields = new Map<string, { offset: number; byteLength: number }>();
	for (let i = 0; i < fieldCount; i++) {
		const key = read.text();
		if (fields.has(key)) throw damaged(ggufMessage("duplicateField", { key }), name);
		const offset = read.at;
		metadata.set(key, read.value(read.u32()));
		fields.set(key, { offset, byteLength: read.at - offset });
	}
	const infos = Array.from({ length: tensorCount }, () => readInfo(read, name));
	const alignment = metadata.get("general.alignment") ?? 32;
	if (typeof alignment !== "number" || alignment < 8 || alignment > 65_536 || alignment % 8 !== 0)
		throw damaged(ggufMessage("badAlignment", { alignment: String(alignment) }), name);
	const start = Math.ceil(read.at / alignment) * alignment;
	const tensors = new Map<string, GgufTensor>();
	for (const { tensor, shape, type, begin } of infos) {
		if (tensors.has(tensor)) throw damaged(ggufMessage("duplicateTensor", { tensor }), name);
		const byteLength = (shape.reduce((product, n) => product * n, 1) / type.elements) * type.bytes;
		const offset = start + begin;
		if (!Number.isSafeInteger(byteLength) || offset + byteLength > fileSize)
			throw damaged(ggufMessage("truncated", { tensor, needed: offset + byteLength, bytes: fileSize }), name);
		tensors.set(tensor, { shape, type, offset, byteLength });
	}
	return { metadata, fields, tensors };
}

function readInfo(read: Reader, name: string) {
	const tensor = read.text();
	const dimensions = read.u32();
	if (dimensions < 1 || dimensions > 4) throw damaged(ggufMessage("dimensions", { tensor, dimensions }), name);
	const shape = Array.from({ length: dimensions }, () => read.u64()).reverse();
	if (shape.some((n) => n === 0)) throw damaged(ggufMessage("emptyShape", { tensor, shape: shape.join(", ") }), name);
	const number = read.u32();
	const type = GGUF_TYPES.get(number);
	if (type === undefined)
		throw new TabTuneError("not-yet", {
			what: ggufMessage("tensorType", { tensor, type: OTHER_TYPES.get(number) ?? number }),
			where: name,
			next: ggufMessage("tensorType.next", { types: [...GGUF_TYPES.values()].map((known) => known.name).join(", ") }),
		});
	const width = shape[shape.length - 1];
	if (width % type.elements !== 0)
		throw damaged(ggufMessage("rowLength", { tensor, width, type: type.name, multiple: type.elements }), name);
	return { tensor, shape, type, begin: read.u64() };
}

/** Reads consecutive little-endian values. */
class Reader {
	at = 0;
	private readonly view: DataView;
	constructor(
		private readonly bytes: Uint8Array,
		private readonly name: string,
	) {
		this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
	}

	/** Skips bytes and returns their offset. */
	skip(length: number): number {
		const from = this.at;
		if (from + length > this.bytes.length) {
			if (length > MOST_HEADER_BYTES) throw damaged(ggufMessage("valueTooLong", { bytes: length }), this.name);
			throw new Short();
		}
		this.at += length;
		return from;
	}

	u32(): number {
		return this.view.getUint32(this.skip(4), true);
	}

	u64(): number {
		const value = this.view.getBigUint64(this.skip(8), true);
		if (value > BigInt(Number.MAX_SAFE_INTEGER))
			throw damaged(ggufMessage("sizeTooLarge", { size: String(value) }), this.name);
		return Number(value);
	}

	count(what: "tensorCount" | "fieldCount" | "listLength"): number {
		const count = this.u64();
		if (count > MOST_ENTRIES) throw damaged(ggufMessage(what, { count }), this.name);
		return count;
	}

	text(): string {
		const length = this.u64();
		const from = this.skip(length);
		// U+FEFF may be a token; it is not a byte-order mark here.
		return new TextDecoder("utf-8", { ignoreBOM: true }).decode(this.bytes.subarray(from, from + length));
	}

	/** A value of one of the types 0 to 12; the nesting of arrays is limited. */
	value(type: number, depth = 0): GgufValue {
		const { view } = this;
		switch (type) {
			case 0:
				return view.getUint8(this.skip(1));
			case 1:
				return view.getInt8(this.skip(1));
			case 2:
				return view.getUint16(this.skip(2), true);
			case 3:
				return view.getInt16(this.skip(2), true);
			case 4:
				return this.u32();
			case 5:
				return view.getInt32(this.skip(4), true);
			case 6:
				return view.getFloat32(this.skip(4), true);
			case 7:
				return view.getUint8(this.skip(1)) !== 0;
			case 8:
				return this.text();
			case 9: {
				const of = this.u32();
				const length = this.count("listLength");
				if (depth > 1) throw damaged(ggufMessage("nestedLists"), this.name);
				const list: GgufValue[] = [];
				for (let i = 0; i < length; i++) list.push(this.value(of, depth + 1));
				return list;
			}
			case 10:
				return Number(view.getBigUint64(this.skip(8), true));
			case 11:
				return Number(view.getBigInt64(this.skip(8), true));
			case 12:
				return view.getFloat64(this.skip(8), true);
			default:
				throw damaged(ggufMessage("fieldType", { type }), this.name);
		}
	}
}
