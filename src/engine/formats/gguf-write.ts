// GGUF version 3, written: fields and a table of tensors, then their bytes, each from a multiple of 32 on. Reading is gguf.ts.

export type GgufField =
	| { readonly key: string; readonly kind: "text"; readonly value: string }
	| { readonly key: string; readonly kind: "float32"; readonly value: number };

export interface GgufTensorToWrite {
	readonly name: string;
	/** Outermost first. */
	readonly shape: readonly number[];
	readonly values: Float32Array;
}

const ALIGNMENT = 32;
const aligned = (n: number) => Math.ceil(n / ALIGNMENT) * ALIGNMENT;

/** A whole file in memory, its tensors in float32. */
export function writeGguf(
	fields: readonly GgufField[],
	tensors: readonly GgufTensorToWrite[],
): Uint8Array<ArrayBuffer> {
	const pieces: Uint8Array[] = [new TextEncoder().encode("GGUF")];
	const words = (...values: number[]) => pieces.push(new Uint8Array(Uint32Array.from(values).buffer));
	const long = (value: number) => pieces.push(new Uint8Array(BigUint64Array.of(BigInt(value)).buffer));
	const text = (value: string) => {
		const bytes = new TextEncoder().encode(value);
		long(bytes.length);
		pieces.push(bytes);
	};
	words(3);
	long(tensors.length);
	long(fields.length);
	for (const field of fields) {
		text(field.key);
		words(field.kind === "text" ? 8 : 6);
		if (field.kind === "text") text(field.value);
		else pieces.push(new Uint8Array(Float32Array.of(field.value).buffer));
	}
	let begin = 0;
	for (const { name, shape, values } of tensors) {
		text(name);
		words(shape.length);
		for (const size of shape.toReversed()) long(size);
		words(0); // F32
		long(begin);
		begin += aligned(values.byteLength);
	}
	const header = pieces.reduce((total, { length }) => total + length, 0);
	const file = new Uint8Array(aligned(header) + begin);
	let at = 0;
	for (const piece of pieces) {
		file.set(piece, at);
		at += piece.length;
	}
	at = aligned(header);
	for (const { values } of tensors) {
		file.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), at);
		at += aligned(values.byteLength);
	}
	return file;
}
