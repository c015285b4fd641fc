// int8 with one scale per row, as `int8_vectorwise_quant` of bitsandbytes: code = round(127 · w / absmax), w' = code · absmax / 127.
// A row of zeros has scale 0.
import { INT8_HEAD, int8RowBytes } from "./weight-format.ts";

export class Int8Quantiser {
	private readonly words: Uint32Array<ArrayBuffer>;
	private row = 0;

	constructor(
		rows: number,
		private readonly width: number,
	) {
		this.words = new Uint32Array((rows * int8RowBytes(width)) / 4);
	}

	/** @param values whole rows, one after another */
	push(values: Float32Array): void {
		const { width, words } = this;
		const stride = int8RowBytes(width);
		const scales = new Float32Array(words.buffer);
		const codes = new Int8Array(words.buffer);
		for (let from = 0; from < values.length; from += width, this.row++) {
			let absmax = 0;
			for (let i = from; i < from + width; i++) absmax = Math.max(absmax, Math.abs(values[i]));
			scales[(this.row * stride) / 4] = absmax / 127;
			// torch divides a number by a tensor by multiplying with the reciprocal.
			const factor = absmax === 0 ? 0 : Math.fround(127 * Math.fround(1 / absmax));
			const at = this.row * stride + INT8_HEAD - from;
			for (let i = from; i < from + width; i++) codes[at + i] = roundEven(Math.fround(values[i] * factor));
		}
	}

	finish(): Uint32Array<ArrayBuffer> {
		return this.words;
	}
}

/** [rows, width], row by row */
export function dequantiseInt8(words: Uint32Array, rows: number, width: number): Float32Array {
	const stride = int8RowBytes(width);
	const scales = new Float32Array(words.buffer, words.byteOffset, words.length);
	const codes = new Int8Array(words.buffer, words.byteOffset, words.length * 4);
	const out = new Float32Array(rows * width);
	for (let row = 0; row < rows; row++) {
		const scale = scales[(row * stride) / 4];
		for (let i = 0; i < width; i++) out[row * width + i] = scale * codes[row * stride + INT8_HEAD + i];
	}
	return out;
}

/** Rounds to nearest, ties to even, as torch.round. */
function roundEven(value: number): number {
	const down = Math.floor(value);
	const rest = value - down;
	return rest === 0.5 ? down + (down & 1) : rest < 0.5 ? down : down + 1;
}
