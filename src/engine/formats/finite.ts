// Finds NaN and infinity in the bytes of tensors, so that they are refused wherever a tensor is read or written. Words are tested
// by their exponent bits, eight at a time: 270 MB take about 50 ms.
import { type ErrorCode, TabTuneError } from "../../shared/errors.ts";
import { filesMessage } from "../../shared/messages/index.ts";
import type { MessageText } from "../../shared/messages/message.ts";
import { decodeToFloat32 } from "./dtype.ts";

/** A number is NaN or infinite if all its exponent bits are set, and then adding `one` carries into bit `carry`. */
const EXPONENTS: Readonly<Record<string, { readonly mask: number; readonly one: number; readonly carry: number }>> = {
	F32: { mask: 0x7f800000, one: 0x00800000, carry: 1 << 31 },
	BF16: { mask: 0x7f807f80, one: 0x00800080, carry: 0x80008000 | 0 },
	F16: { mask: 0x7c007c00, one: 0x04000400, carry: 0x80008000 | 0 },
};
const MOST_FLOAT32 = 3.4028235677973366e38; // rounds to infinity from here on

/**
 * Index of the first element that is NaN or infinite, also once it is a float32; -1 if there is none. Integers are finite.
 * @param bytes little-endian elements of `dtype`, as safetensors names it
 */
export function firstNotFinite(bytes: Uint8Array, dtype: string): number {
	if (dtype === "F64") {
		const values = new Float64Array(bytes.slice().buffer);
		return values.findIndex((value) => !(Math.abs(value) < MOST_FLOAT32));
	}
	const test = EXPONENTS[dtype];
	if (test === undefined || !mayBeNotFinite(bytes, test)) return -1;
	return decodeToFloat32(bytes, dtype).findIndex((value) => !Number.isFinite(value));
}

function mayBeNotFinite(bytes: Uint8Array, { mask, one, carry }: (typeof EXPONENTS)[string]): boolean {
	const aligned = bytes.byteOffset % 4 === 0 ? bytes : bytes.slice();
	const w = new Int32Array(aligned.buffer, aligned.byteOffset, aligned.length >> 2);
	let a = 0;
	let b = 0;
	let i = 0;
	for (; i + 8 <= w.length; i += 8) {
		a |= ((w[i] & mask) + one) | ((w[i + 1] & mask) + one) | ((w[i + 2] & mask) + one) | ((w[i + 3] & mask) + one);
		b |= ((w[i + 4] & mask) + one) | ((w[i + 5] & mask) + one) | ((w[i + 6] & mask) + one) | ((w[i + 7] & mask) + one);
	}
	for (; i < w.length; i++) a |= (w[i] & mask) + one;
	if (aligned.length % 4 !== 0) a |= ((((aligned.at(-1) ?? 0) << 8) | (aligned.at(-2) ?? 0)) & mask) + one;
	return ((a | b) & carry) !== 0;
}

/** Where the float16 scales of a block are, in bytes, for GGUF's block types. */
const SCALES: Readonly<Record<string, readonly number[]>> = {
	Q4_0: [0],
	Q4_1: [0, 2],
	Q5_0: [0],
	Q5_1: [0, 2],
	Q8_0: [0],
	Q2_K: [80, 82],
	Q3_K: [108],
	Q4_K: [0, 2],
	Q5_K: [0, 2],
	Q6_K: [208],
	IQ4_NL: [0],
	IQ4_XS: [0],
	TQ1_0: [52],
	TQ2_0: [64],
};

/**
 * Index of the first weight of a GGUF tensor that is NaN or infinite; -1 if there is none, or if the blocks have no float16 scales.
 * @param elements, size weights and bytes of a block
 */
export function firstNotFiniteBlock(bytes: Uint8Array, type: string, elements: number, size: number): number {
	if (elements === 1) return firstNotFinite(bytes, type);
	if (type === "MXFP4") return firstNotFiniteMxfp4(bytes, elements, size);
	for (const offset of SCALES[type] ?? [])
		for (let at = offset + 1; at < bytes.length; at += size)
			if ((bytes[at] & 0x7c) === 0x7c) return Math.floor(at / size) * elements;
	return -1;
}

/** The magnitudes of e2m1 codes, doubled; the scale of a byte e is 2^(e − 128), so that those from 2^(256 − e) on are infinite. */
const MAGNITUDES = [0, 1, 2, 3, 4, 6, 8, 12];

function firstNotFiniteMxfp4(bytes: Uint8Array, elements: number, size: number): number {
	for (let at = 0; at < bytes.length; at += size) {
		if (bytes[at] < 253) continue; // 12 · 2^124 is a float32
		for (let e = 0; e < elements; e++) {
			const pair = bytes[at + 1 + (e % 16)];
			const code = e < 16 ? pair & 15 : pair >> 4;
			if (MAGNITUDES[code & 7] >= 2 ** (256 - bytes[at])) return (at / size) * elements + e;
		}
	}
	return -1;
}

/** The error for a tensor with an element that is not finite. */
export function notFiniteError(
	code: ErrorCode,
	tensor: string,
	shape: readonly number[],
	index: number,
	where: MessageText | undefined,
	next = filesMessage("notFinite.next"),
): TabTuneError {
	const place: number[] = [];
	let rest = index;
	for (const size of shape.toReversed()) {
		place.unshift(rest % size);
		rest = Math.floor(rest / size);
	}
	const what = filesMessage("notFinite", { tensor, place: place.join(", ") });
	return new TabTuneError(code, where === undefined ? { what, next } : { what, where, next });
}

/** @throws TabTuneError "adapter" for a tensor that is to be written with an element that is not finite */
export function requireFinite(tensor: string, shape: readonly number[], bytes: Uint8Array, dtype: string): void {
	const index = firstNotFinite(bytes, dtype);
	if (index >= 0)
		throw notFiniteError("adapter", tensor, shape, index, undefined, filesMessage("notFiniteWritten.next"));
}
