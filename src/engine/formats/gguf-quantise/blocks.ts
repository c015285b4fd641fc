// Quantises to GGUF's types with blocks of 32 weights as llama.cpp does (`quantize_row_q4_0_ref`, `_q5_0_ref`, `_q5_1_ref` and
// `_q8_0_ref` in ggml-quants.c). Every operation rounds to float32.
import { halfBits } from "../dtype.ts";

const f = Math.fround;
const BLOCK = 32;

/** The weight of the largest magnitude, with its sign. */
function largestOf(x: Float32Array, at: number): number {
	let largest = 0;
	for (let i = at; i < at + BLOCK; i++) if (Math.abs(x[i]) > Math.abs(largest)) largest = x[i];
	return largest;
}

/** Writes a float16; returns the reciprocal of `value`, 0 for 0. */
function writeScale(value: number, out: Uint8Array, to: number): number {
	const bits = halfBits(value);
	out[to] = bits;
	out[to + 1] = bits >> 8;
	return value === 0 ? 0 : f(1 / value);
}

// The reciprocal of the smallest scales is infinite; the conversion to an integer then gives 0, here with `| 0`.
const whole = (value: number): number => ((value | 0) << 24) >> 24;

/** x: 32 weights at `at`; writes 18 bytes. */
export function quantiseQ40(x: Float32Array, at: number, out: Uint8Array, to: number): void {
	const inverse = writeScale(f(largestOf(x, at) / -8), out, to);
	for (let i = 0; i < 16; i++) {
		const low = Math.min(15, whole(f(f(x[at + i] * inverse) + 8.5)));
		const high = Math.min(15, whole(f(f(x[at + 16 + i] * inverse) + 8.5)));
		out[to + 2 + i] = low | (high << 4);
	}
}

/** x: 32 weights at `at`; writes 22 bytes. */
export function quantiseQ50(x: Float32Array, at: number, out: Uint8Array, to: number): void {
	const inverse = writeScale(f(largestOf(x, at) / -16), out, to);
	let fifth = 0;
	for (let i = 0; i < 16; i++) {
		const low = Math.min(31, whole(f(f(x[at + i] * inverse) + 16.5)));
		const high = Math.min(31, whole(f(f(x[at + 16 + i] * inverse) + 16.5)));
		out[to + 6 + i] = (low & 15) | ((high & 15) << 4);
		fifth |= ((low >> 4) << i) | ((high >> 4) << (i + 16));
	}
	writeWord(fifth, out, to + 2);
}

/** x: 32 weights at `at`; writes 24 bytes. */
export function quantiseQ51(x: Float32Array, at: number, out: Uint8Array, to: number): void {
	let minimum = x[at];
	let maximum = minimum;
	for (let i = at + 1; i < at + BLOCK; i++) {
		if (x[i] < minimum) minimum = x[i];
		if (x[i] > maximum) maximum = x[i];
	}
	const inverse = writeScale(f(f(maximum - minimum) / 31), out, to);
	writeScale(minimum, out, to + 2);
	let fifth = 0;
	for (let i = 0; i < 16; i++) {
		const low = whole(f(f(f(x[at + i] - minimum) * inverse) + 0.5));
		const high = whole(f(f(f(x[at + 16 + i] - minimum) * inverse) + 0.5));
		out[to + 8 + i] = (low & 15) | ((high & 15) << 4);
		fifth |= (((low >> 4) & 1) << i) | (((high >> 4) & 1) << (i + 16));
	}
	writeWord(fifth, out, to + 4);
}

/** x: 32 weights at `at`; writes 34 bytes. */
export function quantiseQ80(x: Float32Array, at: number, out: Uint8Array, to: number): void {
	const inverse = writeScale(f(Math.abs(largestOf(x, at)) / 127), out, to);
	for (let i = 0; i < BLOCK; i++) {
		const scaled = f(x[at + i] * inverse);
		out[to + 2 + i] = Math.sign(scaled) * Math.floor(Math.abs(scaled) + 0.5); // ties away from zero
	}
}

function writeWord(value: number, out: Uint8Array, to: number): void {
	out[to] = value;
	out[to + 1] = value >> 8;
	out[to + 2] = value >> 16;
	out[to + 3] = value >> 24;
}
