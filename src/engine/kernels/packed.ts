// Quantising a matrix row by row, and reading it back: one packer a storage. Pure; loaded when a quantised base is asked for.
import { GgufPacker, unpackGguf } from "./packed-gguf.ts";
import { Int8Packer, unpackInt8 } from "./packed-int8.ts";
import { Nf4Packer, unpackNf4 } from "./packed-nf4.ts";
import type { PackedStorage } from "./storage.ts";

/** Takes a matrix in pieces of whole rows, so that it need not stand in memory as floats. */
export interface Packer {
	push(values: Float32Array): void;
	/** The words as they lie in GPU memory. */
	finish(): Uint32Array<ArrayBuffer>;
}

/** @param width columns of the [rows, width] matrix */
export function packer(storage: PackedStorage, rows: number, width: number): Packer {
	if (storage === "int8") return new Int8Packer(rows, width);
	return storage === "nf4" ? new Nf4Packer(rows * width) : new GgufPacker(storage, rows, width);
}

/** The exact float32 values that kernels decode. Returns [rows, width], row by row. */
export function unpack(storage: PackedStorage, words: Uint32Array, rows: number, width: number): Float32Array {
	if (storage === "int8") return unpackInt8(words, rows, width);
	return storage === "nf4" ? unpackNf4(words, rows * width) : unpackGguf(storage, words, rows * width);
}

/** A whole matrix at once. values: [rows, width] */
export function pack(storage: PackedStorage, values: Float32Array, rows: number, width: number) {
	const whole = packer(storage, rows, width);
	whole.push(values);
	return whole.finish();
}
