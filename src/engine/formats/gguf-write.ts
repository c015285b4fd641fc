// Writes GGUF version 3: fields, a table of tensors, then their bytes, each aligned to 32. A file with a model's weights is
// written piece by piece. gguf.ts reads GGUF. To add a kind of field, add a line to KINDS.
import { filesMessage } from "../../shared/messages/index.ts";
import { firstNotFiniteBlock, notFiniteError } from "./finite.ts";
import { GGUF_TYPES, type GgufType } from "./gguf-blocks.ts";

export type GgufField = { readonly key: string } & (
	| { readonly kind: "text"; readonly value: string }
	| { readonly kind: "float32" | "uint32"; readonly value: number }
	| { readonly kind: "bool"; readonly value: boolean }
	| { readonly kind: "texts"; readonly value: readonly string[] }
	| { readonly kind: "float32s" | "int32s"; readonly value: readonly number[] }
	/** The bytes of type and value, copied from another file. */
	| { readonly kind: "copied"; readonly value: Uint8Array }
);

export interface GgufTensorToWrite {
	readonly name: string;
	/** Outermost dimension first. */
	readonly shape: readonly number[];
	/** A name of gguf-blocks.ts. */
	readonly type: string;
	/** The tensor's bytes, read when it is written. */
	bytes(): Promise<Uint8Array> | Uint8Array;
}

/** The contents of a file and its length. */
export interface GgufPlan {
	readonly bytes: number;
	pieces(): AsyncGenerator<Uint8Array>;
}

/** The numbers of value types (`gguf_type` in gguf.h); the number of a list is followed by that of its values. */
const KINDS = { uint32: [4], float32: [6], bool: [7], text: [8], int32s: [9, 5], float32s: [9, 6], texts: [9, 8] };
const ALIGNMENT = 32;
const aligned = (n: number) => Math.ceil(n / ALIGNMENT) * ALIGNMENT;

const TYPES = new Map([...GGUF_TYPES].map(([number, type]) => [type.name, { ...type, number }]));
function typeOf({ name, shape, type }: GgufTensorToWrite): GgufType & { readonly number: number } {
	const found = TYPES.get(type);
	if (found === undefined || shape[shape.length - 1] % found.elements !== 0)
		throw new Error(`${name} [${shape.join(", ")}] cannot be written as ${type}`);
	return found;
}

function bytesOf(tensor: GgufTensorToWrite): number {
	const { elements, bytes } = typeOf(tensor);
	return (tensor.shape.reduce((product, n) => product * n, 1) / elements) * bytes;
}

class Pieces {
	readonly list: Uint8Array[] = [];
	words(...values: number[]): void {
		this.list.push(new Uint8Array(Uint32Array.from(values).buffer));
	}
	long(value: number): void {
		this.list.push(new Uint8Array(BigUint64Array.of(BigInt(value)).buffer));
	}
	text(value: string): void {
		const bytes = new TextEncoder().encode(value);
		this.long(bytes.length);
		this.list.push(bytes);
	}
	field(field: GgufField): void {
		if (field.kind === "copied") {
			this.list.push(field.value);
			return;
		}
		this.words(...KINDS[field.kind]);
		switch (field.kind) {
			case "text":
				this.text(field.value);
				return;
			case "uint32":
				this.words(field.value);
				return;
			case "float32":
				this.list.push(new Uint8Array(Float32Array.of(field.value).buffer));
				return;
			case "bool":
				this.list.push(Uint8Array.of(field.value ? 1 : 0));
				return;
			case "texts":
				this.long(field.value.length);
				for (const text of field.value) this.text(text);
				return;
			default: {
				this.long(field.value.length);
				const of = field.kind === "int32s" ? Int32Array : Float32Array;
				this.list.push(new Uint8Array(of.from(field.value).buffer));
			}
		}
	}
}

function joined(pieces: readonly Uint8Array[], size: number): Uint8Array<ArrayBuffer> {
	const whole = new Uint8Array(size);
	let at = 0;
	for (const piece of pieces) {
		whole.set(piece, at);
		at += piece.length;
	}
	return whole;
}

/** @throws TabTuneError "adapter" */
function requireFiniteTensor(tensor: GgufTensorToWrite, written: Uint8Array): void {
	const { elements, bytes } = typeOf(tensor);
	const index = firstNotFiniteBlock(written, tensor.type, elements, bytes);
	if (index < 0) return;
	const next = filesMessage("notFiniteWritten.next");
	throw notFiniteError("adapter", tensor.name, tensor.shape, index, undefined, next);
}

/** Plans a GGUF file whose bytes are generated one tensor at a time; NaN or infinity in one is a TabTuneError "adapter". */
export function planGguf(fields: readonly GgufField[], tensors: readonly GgufTensorToWrite[]): GgufPlan {
	const head = new Pieces();
	head.list.push(new TextEncoder().encode("GGUF"));
	head.words(3);
	head.long(tensors.length);
	head.long(fields.length);
	for (const field of fields) {
		head.text(field.key);
		head.field(field);
	}
	let begin = 0;
	for (const tensor of tensors) {
		head.text(tensor.name);
		head.words(tensor.shape.length);
		for (const size of tensor.shape.toReversed()) head.long(size);
		head.words(typeOf(tensor).number);
		head.long(begin);
		begin += aligned(bytesOf(tensor));
	}
	const header = aligned(head.list.reduce((total, { length }) => total + length, 0));
	return {
		bytes: header + begin,
		async *pieces() {
			yield joined(head.list, header);
			for (const tensor of tensors) {
				const [bytes, size] = [await tensor.bytes(), bytesOf(tensor)];
				if (bytes.length !== size) throw new Error(`${tensor.name} has ${bytes.length} bytes, not ${size}`);
				requireFiniteTensor(tensor, bytes);
				yield bytes;
				if (aligned(size) > size) yield new Uint8Array(aligned(size) - size);
			}
		},
	};
}

/** Writes a whole file to memory. */
export async function writeGguf(plan: GgufPlan): Promise<Uint8Array<ArrayBuffer>> {
	const pieces: Uint8Array[] = [];
	for await (const piece of plan.pieces()) pieces.push(piece);
	return joined(pieces, plan.bytes);
}
