// NF4 with double quantisation (QLoRA, arXiv 2305.14314), as `quantize_4bit(quant_type="nf4", compress_statistics=True)` of
// bitsandbytes: blocks of 64 of the flattened matrix, nearest of 16 levels of w / absmax; the absmax less their mean, in
// blocks of 256, to the nearest of 256 levels of the dynamic 8-bit map (`create_dynamic_map`).
import { NF4_BLOCK, NF4_GROUP, NF4_GROUP_BYTES, NF4_HEAD, weightFormatBytes } from "./weight-format.ts";

/** Quantiles of the normal distribution (bitsandbytes' `get_4bit_type`). */
const NF4_LEVELS = Float32Array.of(
	-1.0,
	-0.6961928009986877,
	-0.5250730514526367,
	-0.39491748809814453,
	-0.28444138169288635,
	-0.18477343022823334,
	-0.09105003625154495,
	0.0,
	0.07958029955625534,
	0.16093020141124725,
	0.24611230194568634,
	0.33791524171829224,
	0.44070982933044434,
	0.5626170039176941,
	0.7229568362236023,
	1.0,
);
const LEVEL_BOUNDS = bounds(NF4_LEVELS);

/** 0, ±10^(e − 6) · (0.1 + 0.9 · (i + ½) / 2^e) for e = 0 … 6 and i = 0 … 2^e − 1, and 1; ascending. */
export const DYNAMIC_LEVELS = dynamicLevels();
const DYNAMIC_BOUNDS = bounds(DYNAMIC_LEVELS);

export class Nf4Quantiser {
	private readonly words: Uint32Array<ArrayBuffer>;
	private readonly codes: Uint8Array;
	private readonly absmax: Float32Array;
	private readonly block = new Float32Array(NF4_BLOCK);
	private at = 0;

	constructor(private readonly count: number) {
		this.words = new Uint32Array(weightFormatBytes("nf4", [count]) / 4);
		this.codes = new Uint8Array(this.words.buffer);
		this.absmax = new Float32Array(Math.ceil(count / NF4_BLOCK));
	}

	/** @param values the next ones of the flattened matrix */
	push(values: Float32Array): void {
		for (let from = 0; from < values.length; ) {
			const filled = this.at % NF4_BLOCK;
			const taken = Math.min(NF4_BLOCK - filled, values.length - from);
			this.block.set(values.subarray(from, from + taken), filled);
			from += taken;
			this.at += taken;
			if (filled + taken === NF4_BLOCK || this.at === this.count) this.quantise(filled + taken);
		}
	}

	finish(): Uint32Array<ArrayBuffer> {
		const { absmax, words, count } = this;
		// bitsandbytes pads the last byte with the code of zero.
		if (count % 2 === 1) this.put(count, nearest(LEVEL_BOUNDS, 0));
		const floats = new Float32Array(words.buffer);
		const offset = Math.fround(absmax.reduce((sum, value) => sum + value, 0) / absmax.length);
		for (let group = 0; group * 256 < absmax.length; group++) {
			const centred = absmax.slice(group * 256, (group + 1) * 256).map((value) => value - offset);
			const most = centred.reduce((high, value) => Math.max(high, Math.abs(value)), 0);
			const inverse = Math.fround(1 / Math.max(most, 1e-38));
			const head = group * NF4_GROUP_BYTES;
			floats[head / 4] = most;
			floats[head / 4 + 1] = offset;
			for (const [i, value] of centred.entries())
				this.codes[head + 8 + i] = nearest(DYNAMIC_BOUNDS, Math.fround(value * inverse));
		}
		return words;
	}

	/** Quantises the block that ends at `at`. */
	private quantise(length: number): void {
		let most = 0;
		for (let i = 0; i < length; i++) most = Math.max(most, Math.abs(this.block[i]));
		const first = this.at - length;
		this.absmax[first / NF4_BLOCK] = most;
		const inverse = Math.fround(1 / Math.max(most, 1e-38));
		for (let i = 0; i < length; i++) this.put(first + i, nearest(LEVEL_BOUNDS, Math.fround(this.block[i] * inverse)));
	}

	private put(element: number, code: number): void {
		const head = Math.floor(element / NF4_GROUP) * NF4_GROUP_BYTES + NF4_HEAD;
		this.codes[head + ((element % NF4_GROUP) >> 1)] |= element % 2 === 0 ? code << 4 : code; // the first code in the high nibble
	}
}

/** The values, flattened: level · (dynamic level · second absmax + offset). */
export function dequantiseNf4(words: Uint32Array, count: number): Float32Array {
	const bytes = new Uint8Array(words.buffer, words.byteOffset, words.length * 4);
	const floats = new Float32Array(words.buffer, words.byteOffset, words.length);
	const out = new Float32Array(count);
	for (let first = 0; first < count; first += NF4_BLOCK) {
		const head = Math.floor(first / NF4_GROUP) * NF4_GROUP_BYTES;
		const level = DYNAMIC_LEVELS[bytes[head + 8 + (first % NF4_GROUP) / NF4_BLOCK]];
		const absmax = Math.fround(Math.fround(level * floats[head / 4]) + floats[head / 4 + 1]);
		for (let i = first; i < Math.min(count, first + NF4_BLOCK); i++) {
			const pair = bytes[head + NF4_HEAD + ((i % NF4_GROUP) >> 1)];
			out[i] = NF4_LEVELS[i % 2 === 0 ? pair >> 4 : pair & 15] * absmax;
		}
	}
	return out;
}

/** Midpoints between neighbouring levels; the index of a value's level is the number of midpoints below it. */
function bounds(levels: Float32Array): Float32Array {
	return Float32Array.from({ length: levels.length - 1 }, (_, i) => Math.fround(levels[i] + levels[i + 1]) / 2);
}

function nearest(midpoints: Float32Array, value: number): number {
	let low = 0;
	let high = midpoints.length;
	while (low < high) {
		const middle = (low + high) >> 1;
		if (midpoints[middle] < value) low = middle + 1;
		else high = middle;
	}
	return low;
}

function dynamicLevels(): Float32Array {
	const positive: number[] = [];
	for (let e = 0; e < 7; e++)
		for (let i = 0; i < 2 ** e; i++) positive.push(10 ** (e - 6) * Math.fround(0.1 + (0.9 * (i + 0.5)) / 2 ** e));
	return Float32Array.from([...positive.map((value) => -value), 0, ...positive, 1]).sort();
}
