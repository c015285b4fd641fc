// Element types of safetensors, and exact conversion to and from float32.

/** Bytes of one element, by safetensors' name. */
export const DTYPE_BYTES: Readonly<Record<string, number>> = {
	F64: 8, F32: 4, F16: 2, BF16: 2, I64: 8, I32: 4, I16: 2, I8: 1, U64: 8, U32: 4, U16: 2, U8: 1, BOOL: 1, F8_E4M3: 1, F8_E5M2: 1,
};

/** F32, F16, BF16 or F64 bytes as float32; exact for the first three. */
export function decodeToFloat32(bytes: Uint8Array, dtype: string): Float32Array {
	const aligned = bytes.byteOffset % 8 === 0 ? bytes : bytes.slice();
	const { buffer, byteOffset, byteLength } = aligned;
	switch (dtype) {
		case "F32":
			return new Float32Array(buffer, byteOffset, byteLength / 4);
		case "F64":
			return Float32Array.from(new Float64Array(buffer, byteOffset, byteLength / 8));
		case "BF16": {
			const halves = new Uint16Array(buffer, byteOffset, byteLength / 2);
			const words = new Uint32Array(halves.length);
			for (let i = 0; i < halves.length; i++) words[i] = halves[i] << 16;
			return new Float32Array(words.buffer);
		}
		case "F16": {
			const halves = new Uint16Array(buffer, byteOffset, byteLength / 2);
			return Float32Array.from(halves, halfToFloat);
		}
		default:
			throw new Error(`dtype ${dtype} holds no floats`);
	}
}

/** Float32 as BF16 bytes: nearest, ties to even; NaN stays NaN. */
export function encodeBf16(values: Float32Array): Uint8Array {
	const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
	const halves = new Uint16Array(values.length);
	for (let i = 0; i < bits.length; i++) {
		const word = bits[i];
		halves[i] = (word & 0x7fffffff) > 0x7f800000 ? (word >>> 16) | 0x40 : (word + 0x7fff + ((word >>> 16) & 1)) >>> 16;
	}
	return new Uint8Array(halves.buffer);
}

export function encodeFloat32(values: Float32Array): Uint8Array {
	return new Uint8Array(values.slice().buffer);
}

function halfToFloat(half: number): number {
	const sign = half & 0x8000 ? -1 : 1;
	const exponent = (half >> 10) & 0x1f;
	const fraction = half & 0x3ff;
	if (exponent === 0) return sign * fraction * 2 ** -24;
	if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
	return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}
