// Element types of safetensors, and exact conversion to and from float32. To add a type, add a line to DTYPE_BYTES in the
// library's order, and a case to decodeToFloat32 if it is a float type.

/**
 * Bytes per element, by safetensors' name, in the order in which the library writes tensors (`Dtype` in
 * safetensors/src/tensor.rs, reversed).
 */
export const DTYPE_BYTES: Readonly<Record<string, number>> = {
	U64: 8,
	I64: 8,
	F64: 8,
	C64: 8,
	F32: 4,
	U32: 4,
	I32: 4,
	BF16: 2,
	F16: 2,
	U16: 2,
	I16: 2,
	F8_E5M2FNUZ: 1,
	F8_E4M3FNUZ: 1,
	F8_E8M0: 1,
	F8_E4M3: 1,
	F8_E5M2: 1,
	I8: 1,
	U8: 1,
	F6_E3M2: 0.75,
	F6_E2M3: 0.75,
	F4: 0.5,
	BOOL: 1,
};

/** The types that `decodeToFloat32` reads. */
export const FLOAT_DTYPES: readonly string[] = ["F32", "F16", "BF16", "F64"];

/**
 * F32, F16, BF16 or F64 bytes (little-endian) as float32; exact for the first three, NaN stays NaN. The result may share
 * memory with `bytes`: do not write to it.
 */
export function decodeToFloat32(bytes: Uint8Array, dtype: string): Float32Array {
	const aligned = bytes.byteOffset % 8 === 0 ? bytes : bytes.slice();
	const { buffer, byteOffset, byteLength } = aligned;
	switch (dtype) {
		case "F32":
			return new Float32Array(buffer, byteOffset, byteLength / 4);
		case "F64":
			return new Float32Array(new Float64Array(buffer, byteOffset, byteLength / 8));
		case "BF16": {
			const halves = new Uint16Array(buffer, byteOffset, byteLength / 2);
			const words = new Uint32Array(halves.length);
			for (let i = 0; i < halves.length; i++) words[i] = halves[i] << 16;
			return new Float32Array(words.buffer);
		}
		case "F16": {
			const halves = new Uint16Array(buffer, byteOffset, byteLength / 2);
			halfTable ??= makeHalfTable();
			const words = new Uint32Array(halves.length);
			for (let i = 0; i < halves.length; i++) words[i] = halfTable[halves[i]];
			return new Float32Array(words.buffer);
		}
		default:
			throw new Error(`dtype ${dtype} holds no floats`);
	}
}

/** Float32 as BF16 bytes, rounded to nearest, ties to even; NaN stays NaN, too large values become infinite. */
export function encodeBf16(values: Float32Array): Uint8Array<ArrayBuffer> {
	const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
	const halves = new Uint16Array(values.length);
	for (let i = 0; i < bits.length; i++) {
		const word = bits[i];
		const notANumber = (word & 0x7fffffff) > 0x7f800000;
		// The quiet bit keeps a NaN whose payload is in the lower half from turning into infinity.
		halves[i] = notANumber ? (word >>> 16) | 0x40 : (word + 0x7fff + ((word >>> 16) & 1)) >>> 16;
	}
	return new Uint8Array(halves.buffer);
}

/** Float32 as F16 bytes, rounded to nearest, ties to even; NaN stays NaN, too large values become infinite. */
export function encodeF16(values: Float32Array): Uint8Array<ArrayBuffer> {
	const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
	const halves = new Uint16Array(values.length);
	for (let i = 0; i < bits.length; i++) halves[i] = halfOfBits(bits[i]);
	return new Uint8Array(halves.buffer);
}

function halfOfBits(bits: number): number {
	const sign = (bits >>> 16) & 0x8000;
	const size = bits & 0x7fffffff;
	if (size > 0x7f800000) return sign | 0x7e00;
	// Normal: rebias the exponent by 112, round away 13 bits; values past 65504 become infinity.
	if (size >= 0x38800000) return sign | Math.min((size - 0x38000000 + 0xfff + ((size >>> 13) & 1)) >>> 13, 0x7c00);
	if (size < 0x33000000) return sign;
	// Subnormal: the whole mantissa, shifted to units of 2^-24.
	const shift = 126 - (size >>> 23);
	const mantissa = (size & 0x7fffff) | 0x800000;
	const kept = mantissa >>> shift;
	const rest = mantissa & ((1 << shift) - 1);
	const half = 1 << (shift - 1);
	return sign | (kept + (rest > half || (rest === half && (kept & 1) === 1) ? 1 : 0));
}

const float = new Float32Array(1);
const word = new Uint32Array(float.buffer);

/** The bits of the float16 nearest to a number that is a float32. */
export function halfBits(value: number): number {
	float[0] = value;
	return halfOfBits(word[0]);
}

/** The value of every float16, indexed by its bits. */
let halfValues: Float32Array | null = null;

/** The value of a float16 with these bits. */
export function halfValue(bits: number): number {
	halfValues ??= decodeToFloat32(new Uint8Array(Uint16Array.from({ length: 65_536 }, (_, i) => i).buffer), "F16");
	return halfValues[bits];
}

/** Copies the bytes of float32 values. */
export function encodeFloat32(values: Float32Array): Uint8Array<ArrayBuffer> {
	return new Uint8Array(values.slice().buffer);
}

/** The float32 bits of every half-precision number. A table is ten times as fast as computing the 10^8 values of a model. */
let halfTable: Uint32Array | null = null;

function makeHalfTable(): Uint32Array {
	return Uint32Array.from({ length: 65_536 }, (_, half) => {
		const sign = (half & 0x8000) << 16;
		const exponent = (half >> 10) & 0x1f;
		const fraction = half & 0x3ff;
		if (exponent === 31) return sign | 0x7f800000 | (fraction << 13);
		if (exponent !== 0) return sign | ((exponent + 112) << 23) | (fraction << 13);
		if (fraction === 0) return sign;
		// Subnormal: shift the leading one out of the fraction; float32 holds it as a normal number.
		const shift = Math.clz32(fraction) - 21;
		return sign | ((113 - shift) << 23) | (((fraction << shift) & 0x3ff) << 13);
	});
}
