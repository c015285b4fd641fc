// Quantises to GGUF's Q8_0 and Q4_0 and dequantises, as ggml-quants.c of llama.cpp does (`quantize_row_q8_0_ref`, `quantize_row_q4_0_ref`):
// blocks of 32 weights with a float16 scale. q8_0: scale = absmax / 127; q4_0: scale = the weight of the largest magnitude / -8.
import { GGUF_BLOCK, type GgufQuantisedFormat, weightFormatBytes } from "./weight-format.ts";

export class GgufQuantiser {
	private readonly words: Uint32Array<ArrayBuffer>;
	private block = 0;

	constructor(
		private readonly storage: GgufQuantisedFormat,
		rows: number,
		width: number,
	) {
		this.words = new Uint32Array(weightFormatBytes(storage, [rows, width]) / 4);
	}

	/** @param values whole rows, whose width is a multiple of 32 */
	push(values: Float32Array): void {
		const bytes = new Uint8Array(this.words.buffer);
		const view = new DataView(this.words.buffer);
		for (let from = 0; from < values.length; from += GGUF_BLOCK, this.block++) {
			const block = values.subarray(from, from + GGUF_BLOCK);
			let most = 0; // with its sign
			for (const value of block) if (Math.abs(value) > Math.abs(most)) most = value;
			const scale = Math.fround(this.storage === "q8_0" ? Math.abs(most) / 127 : most / -8);
			const inverse = scale === 0 ? 0 : Math.fround(1 / scale);
			const at = this.block * (this.storage === "q8_0" ? 34 : 18);
			view.setUint16(at, halfBits(scale), true);
			for (let i = 0; i < GGUF_BLOCK; i++) {
				const scaled = Math.fround(block[i] * inverse);
				if (this.storage === "q8_0") bytes[at + 2 + i] = Math.sign(scaled) * Math.floor(Math.abs(scaled) + 0.5);
				else bytes[at + 2 + (i % 16)] |= Math.min(15, Math.fround(scaled + 8.5) | 0) << (i < 16 ? 0 : 4);
			}
		}
	}

	finish(): Uint32Array<ArrayBuffer> {
		return this.words;
	}
}

/** Returns the flattened values. */
export function dequantiseGguf(storage: GgufQuantisedFormat, words: Uint32Array, count: number): Float32Array {
	const bytes = new Uint8Array(words.buffer, words.byteOffset, words.length * 4);
	const codes = new Int8Array(words.buffer, words.byteOffset, words.length * 4);
	const out = new Float32Array(count);
	const size = storage === "q8_0" ? 34 : 18;
	for (let i = 0; i < count; i++) {
		const at = Math.floor(i / GGUF_BLOCK) * size;
		const scale = halfValue(bytes[at] | (bytes[at + 1] << 8));
		const e = i % GGUF_BLOCK;
		if (storage === "q8_0") out[i] = scale * codes[at + 2 + e];
		else out[i] = scale * (((bytes[at + 2 + (e % 16)] >> (e < 16 ? 0 : 4)) & 15) - 8);
	}
	return out;
}

const scratch = new DataView(new ArrayBuffer(4));

/** The float16 bits of a number, rounded to nearest, ties to even. */
function halfBits(value: number): number {
	scratch.setFloat32(0, value);
	const sign = (scratch.getUint32(0) >>> 16) & 0x8000;
	const size = Math.abs(value);
	if (size >= 65520) return sign | 0x7c00;
	// A unit of the last place: of normal numbers by their exponent, of subnormal ones 2^-24.
	const exponent = Math.max(-14, Math.floor(Math.log2(size || 2 ** -24)));
	const units = roundEven(size / 2 ** (exponent - 10));
	return sign | (exponent === -14 ? units : ((exponent + 14) << 10) + units);
}

function halfValue(bits: number): number {
	const exponent = (bits >> 10) & 31;
	const size = exponent === 0 ? (bits & 1023) * 2 ** -24 : (1024 + (bits & 1023)) * 2 ** (exponent - 25);
	return bits & 0x8000 ? -size : size;
}

function roundEven(value: number): number {
	const down = Math.floor(value);
	const rest = value - down;
	return rest === 0.5 ? down + (down % 2) : rest < 0.5 ? down : down + 1;
}
