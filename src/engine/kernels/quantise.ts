// Quantises a matrix row by row and dequantises it; each weight format has its own quantiser. Loaded only when a quantised
// base is requested.
import { dequantiseGguf, GgufQuantiser } from "./quantise-gguf.ts";
import { dequantiseInt8, Int8Quantiser } from "./quantise-int8.ts";
import { dequantiseNf4, Nf4Quantiser } from "./quantise-nf4.ts";
import type { QuantisedFormat } from "./weight-format.ts";

/** Quantises a matrix in pieces of whole rows, so that the matrix is never in memory as floats. */
export interface Quantiser {
	push(values: Float32Array): void;
	/** Returns the words that GPU memory stores. */
	finish(): Uint32Array<ArrayBuffer>;
}

/** @param width columns of the [rows, width] matrix */
export function quantiser(storage: QuantisedFormat, rows: number, width: number): Quantiser {
	if (storage === "int8") return new Int8Quantiser(rows, width);
	return storage === "nf4" ? new Nf4Quantiser(rows * width) : new GgufQuantiser(storage, rows, width);
}

/** The exact float32 values that kernels decode. Returns [rows, width], row by row. */
export function dequantise(storage: QuantisedFormat, words: Uint32Array, rows: number, width: number): Float32Array {
	if (storage === "int8") return dequantiseInt8(words, rows, width);
	return storage === "nf4" ? dequantiseNf4(words, rows * width) : dequantiseGguf(storage, words, rows * width);
}

/** Quantises a whole matrix. values: [rows, width] */
export function quantise(storage: QuantisedFormat, values: Float32Array, rows: number, width: number) {
	const whole = quantiser(storage, rows, width);
	whole.push(values);
	return whole.finish();
}
