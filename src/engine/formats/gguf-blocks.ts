// GGUF's tensor types: the number of weights and bytes of a block, and its exact float32 values, by the `dequantize` functions of
// ggml-quants.c in llama.cpp. To add a type, add a line to GGUF_TYPES with a decoder of one block.
import { decodeToFloat32, halfValue } from "./dtype.ts";

export interface GgufType {
	readonly name: string;
	/** Number of weights in a block. */
	readonly elements: number;
	/** Number of bytes in a block. */
	readonly bytes: number;
	/** Decodes the block at byte `at` into `out` from index `to`; null for plain floats, which dtype.ts decodes. */
	readonly decode: ((from: Uint8Array, at: number, out: Float32Array, to: number) => void) | null;
}

const half = (from: Uint8Array, at: number): number => halfValue(from[at] | (from[at + 1] << 8));

const signed = (byte: number): number => (byte << 24) >> 24;

/** Returns the scale of a group, its minimum, and the code of that minimum. */
type Scale = (from: Uint8Array, at: number) => [number, number, number];

/** Decodes 32 codes of four bits, low nibbles first, with a fifth bit from the 32 bits at `high` if given. */
function nibbles(codes: number, high: number | null, scale: Scale) {
	return (from: Uint8Array, at: number, out: Float32Array, to: number) => {
		const [d, m, middle] = scale(from, at);
		for (let j = 0; j < 16; j++) {
			const pair = from[at + codes + j];
			const fifth = (e: number) => (high === null ? 0 : ((from[at + high + (e >> 3)] >> (e & 7)) & 1) << 4);
			out[to + j] = d * (((pair & 15) | fifth(j)) - middle) + m;
			out[to + j + 16] = d * (((pair >> 4) | fifth(j + 16)) - middle) + m;
		}
	};
}

/** Scale and minimum of sub-block j of eight, six bits each in twelve bytes. */
function scaleMin(from: Uint8Array, at: number, j: number): [number, number] {
	if (j < 4) return [from[at + j] & 63, from[at + j + 4] & 63];
	const low = from[at + j + 4];
	return [(low & 15) | ((from[at + j - 4] >> 6) << 4), (low >> 4) | ((from[at + j] >> 6) << 4)];
}

/** Q4_K and Q5_K: d, dmin, 12 bytes of scales, [32 bytes of fifth bits], 128 bytes of nibbles. */
function superBlock(codes: number, high: number | null) {
	return (from: Uint8Array, at: number, out: Float32Array, to: number) => {
		const [d, dmin] = [half(from, at), half(from, at + 2)];
		for (let j = 0; j < 8; j++) {
			const [scale, min] = scaleMin(from, at + 4, j);
			const shift = (j & 1) * 4;
			for (let l = 0; l < 32; l++) {
				const code = (from[at + codes + (j >> 1) * 32 + l] >> shift) & 15;
				const fifth = high === null ? 0 : ((from[at + high + l] >> j) & 1) << 4;
				out[to + 32 * j + l] = d * scale * (code | fifth) - dmin * min;
			}
		}
	};
}

/** ql[128], qh[64], 16 signed scales, d. */
function q6k(from: Uint8Array, at: number, out: Float32Array, to: number): void {
	const d = half(from, at + 208);
	for (let e = 0; e < 256; e++) {
		const [n, quarter, l] = [e >> 7, (e >> 5) & 3, e & 31];
		const low = (from[at + 64 * n + 32 * (quarter & 1) + l] >> (quarter >> 1 ? 4 : 0)) & 15;
		const high = (from[at + 128 + 32 * n + l] >> (2 * quarter)) & 3;
		out[to + e] = d * signed(from[at + 192 + (e >> 4)]) * ((low | (high << 4)) - 32);
	}
}

function q8(from: Uint8Array, at: number, out: Float32Array, to: number): void {
	const d = half(from, at);
	for (let j = 0; j < 32; j++) out[to + j] = d * signed(from[at + 2 + j]);
}

/** Q2_K: 16 bytes of scales and minima, four bits each, 64 bytes of codes of two bits, d, dmin. */
function q2k(from: Uint8Array, at: number, out: Float32Array, to: number): void {
	const [d, dmin] = [half(from, at + 80), half(from, at + 82)];
	for (let e = 0; e < 256; e++) {
		const scales = from[at + (e >> 4)];
		const code = twoBits(from, at + 16, e);
		out[to + e] = Math.fround(d * (scales & 15)) * code - Math.fround(dmin * (scales >> 4));
	}
}

/** Q3_K: 32 bytes of inverted third bits, 64 bytes of codes of two bits, 16 scales of six bits, d. */
function q3k(from: Uint8Array, at: number, out: Float32Array, to: number): void {
	const d = half(from, at + 108);
	for (let e = 0; e < 256; e++) {
		const j = e >> 4;
		const low = (from[at + 96 + (j & 7)] >> (j >> 3 ? 4 : 0)) & 15;
		const high = (from[at + 104 + (j & 3)] >> (2 * (j >> 2))) & 3;
		const third = (from[at + (e & 31)] >> (e >> 5)) & 1;
		out[to + e] = Math.fround(d * ((low | (high << 4)) - 32)) * (twoBits(from, at + 32, e) - (third ? 0 : 4));
	}
}

/** Code e of a super-block: each half has 32 bytes, and each quarter of it two bits of them. */
function twoBits(from: Uint8Array, codes: number, e: number): number {
	return (from[codes + 32 * (e >> 7) + (e & 31)] >> (2 * ((e >> 5) & 3))) & 3;
}

/** IQ4_NL and MXFP4: d, then 16 bytes of nibbles, low ones first, which are indices of a table. */
function tableNibbles(codes: number, scale: (from: Uint8Array, at: number) => number, table: readonly number[]) {
	return (from: Uint8Array, at: number, out: Float32Array, to: number) => {
		const d = scale(from, at);
		for (let j = 0; j < 16; j++) {
			const pair = from[at + codes + j];
			out[to + j] = d * table[pair & 15];
			out[to + j + 16] = d * table[pair >> 4];
		}
	};
}
const IQ4_TABLE = [-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113];
/** The values of e2m1, doubled. */
const MXFP4_TABLE = [0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12];

/** Half of the power of two that a byte of e8m0 states. */
const halfE8m0 = (from: Uint8Array, at: number): number => 2 ** (from[at] - 128);

/** IQ4_XS: d, two high bits of each scale, four low bits of each, 128 bytes of nibbles. */
function iq4xs(from: Uint8Array, at: number, out: Float32Array, to: number): void {
	const d = half(from, at);
	for (let j = 0; j < 8; j++) {
		const low = (from[at + 4 + (j >> 1)] >> (4 * (j & 1))) & 15;
		const high = (from[at + 2 + (j >> 2)] >> (2 * (j & 3))) & 3;
		const scale = Math.fround(d * ((low | (high << 4)) - 32));
		tableNibbles(8 + 16 * j, () => scale, IQ4_TABLE)(from, at, out, to + 32 * j);
	}
}

/** TQ1_0: 48 bytes of five and 4 bytes of four codes of three values, as fractions of 256, then d. */
function tq1(from: Uint8Array, at: number, out: Float32Array, to: number): void {
	const d = half(from, at + 52);
	let e = to;
	for (const [first, count, digits] of [
		[0, 32, 5],
		[32, 16, 5],
		[48, 4, 4],
	])
		for (let digit = 0; digit < digits; digit++)
			for (let i = 0; i < count; i++) {
				const shifted = (from[at + first + i] * 3 ** digit) & 255;
				out[e++] = d * (((shifted * 3) >> 8) - 1);
			}
}

/** TQ2_0: 64 bytes of codes of two bits, then d. */
function tq2(from: Uint8Array, at: number, out: Float32Array, to: number): void {
	const d = half(from, at + 64);
	for (let e = 0; e < 256; e++) out[to + e] = d * (twoBits(from, at, e) - 1);
}

function float64(from: Uint8Array, at: number, out: Float32Array, to: number): void {
	out[to] = new DataView(from.buffer, from.byteOffset + at, 8).getFloat64(0, true);
}

// Adding -0 changes nothing, the sign of a zero included.
const centred =
	(middle: number): Scale =>
	(from, at) => [half(from, at), -0, middle];
const withMinimum: Scale = (from, at) => [half(from, at), half(from, at + 2), 0];

/** Tensor types by their number in files (`ggml_type` in ggml.h). */
export const GGUF_TYPES: ReadonlyMap<number, GgufType> = new Map([
	[0, { name: "F32", elements: 1, bytes: 4, decode: null }],
	[1, { name: "F16", elements: 1, bytes: 2, decode: null }],
	[2, { name: "Q4_0", elements: 32, bytes: 18, decode: nibbles(2, null, centred(8)) }],
	[3, { name: "Q4_1", elements: 32, bytes: 20, decode: nibbles(4, null, withMinimum) }],
	[6, { name: "Q5_0", elements: 32, bytes: 22, decode: nibbles(6, 2, centred(16)) }],
	[7, { name: "Q5_1", elements: 32, bytes: 24, decode: nibbles(8, 4, withMinimum) }],
	[8, { name: "Q8_0", elements: 32, bytes: 34, decode: q8 }],
	[10, { name: "Q2_K", elements: 256, bytes: 84, decode: q2k }],
	[11, { name: "Q3_K", elements: 256, bytes: 110, decode: q3k }],
	[12, { name: "Q4_K", elements: 256, bytes: 144, decode: superBlock(16, null) }],
	[13, { name: "Q5_K", elements: 256, bytes: 176, decode: superBlock(48, 16) }],
	[14, { name: "Q6_K", elements: 256, bytes: 210, decode: q6k }],
	[20, { name: "IQ4_NL", elements: 32, bytes: 18, decode: tableNibbles(2, half, IQ4_TABLE) }],
	[23, { name: "IQ4_XS", elements: 256, bytes: 136, decode: iq4xs }],
	[28, { name: "F64", elements: 1, bytes: 8, decode: float64 }],
	[30, { name: "BF16", elements: 1, bytes: 2, decode: null }],
	[34, { name: "TQ1_0", elements: 256, bytes: 54, decode: tq1 }],
	[35, { name: "TQ2_0", elements: 256, bytes: 66, decode: tq2 }],
	[39, { name: "MXFP4", elements: 32, bytes: 17, decode: tableNibbles(1, halfE8m0, MXFP4_TABLE) }],
]);

/** Names of the types that are not read, for errors. Types without a name here and above were removed from llama.cpp. */
export const OTHER_TYPES: ReadonlyMap<number, string> = new Map([
	[9, "Q8_1"],
	[15, "Q8_K"],
	[16, "IQ2_XXS"],
	[17, "IQ2_XS"],
	[18, "IQ3_XXS"],
	[19, "IQ1_S"],
	[21, "IQ3_S"],
	[22, "IQ2_S"],
	[24, "I8"],
	[25, "I16"],
	[26, "I32"],
	[27, "I64"],
	[29, "IQ1_M"],
	[40, "NVFP4"],
	[41, "Q1_0"],
	[42, "Q2_0"],
]);

/** Decodes whole blocks to the float32 values of the gguf package's `dequantize`. */
export function decodeBlocks(type: GgufType, bytes: Uint8Array): Float32Array {
	if (type.decode === null) return decodeToFloat32(bytes, type.name);
	const blocks = bytes.length / type.bytes;
	const out = new Float32Array(blocks * type.elements);
	for (let b = 0; b < blocks; b++) type.decode(bytes, b * type.bytes, out, b * type.elements);
	return out;
}
