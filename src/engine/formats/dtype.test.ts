import { describe, expect, it } from "vitest";
import { decodeToFloat32, encodeBf16, encodeF16, encodeFloat32 } from "./dtype.ts";
import { randomInts } from "./test-tools.ts";

function bytesOf(values: Uint16Array | Float32Array | Float64Array): Uint8Array {
	return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}

describe("decodeToFloat32", () => {
	it("gives every half-precision number its IEEE 754 value", () => {
		const halves = Uint16Array.from({ length: 65_536 }, (_, half) => half);
		const found = decodeToFloat32(bytesOf(halves), "F16");
		const differing = halves.filter((half) => {
			const exponent = (half >> 10) & 31;
			const fraction = half & 1023;
			const normal = (1 + fraction / 1024) * 2 ** (exponent - 15);
			const special = fraction === 0 ? Number.POSITIVE_INFINITY : Number.NaN;
			const size = exponent === 31 ? special : exponent === 0 ? fraction * 2 ** -24 : normal;
			return !Object.is(found[half], half & 0x8000 ? -size : size);
		});
		expect([...differing]).toEqual([]);
	});

	it("widens bf16 by zeros, keeps f32 bits and rounds f64", () => {
		const halves = Uint16Array.of(0x3f80, 0xbf80, 0x8000, 0x7f80, 0x0001);
		expect([...decodeToFloat32(bytesOf(halves), "BF16")]).toEqual([1, -1, -0, Number.POSITIVE_INFINITY, 2 ** -133]);
		expect([...decodeToFloat32(bytesOf(Float32Array.of(0.1, -3)), "F32")]).toEqual([Math.fround(0.1), -3]);
		expect([...decodeToFloat32(bytesOf(Float64Array.of(0.1)), "F64")]).toEqual([Math.fround(0.1)]);
	});

	it("reads bytes at any offset", () => {
		const shifted = new Uint8Array(9).subarray(1);
		shifted.set(bytesOf(Float32Array.of(1.5, -2)));
		expect([...decodeToFloat32(shifted, "F32")]).toEqual([1.5, -2]);
	});

	it("refuses types that are not floats", () => {
		expect(() => decodeToFloat32(new Uint8Array(8), "I64")).toThrow("I64");
	});
});

describe("encodeBf16", () => {
	const encodeBits = (...words: number[]) => [
		...new Uint16Array(encodeBf16(new Float32Array(Uint32Array.from(words).buffer)).buffer),
	];

	it("rounds to nearest, ties to even", () => {
		expect(encodeBits(0x3f808000, 0x3f818000, 0x3f808001, 0x3f807fff, 0xbf818000)).toEqual([
			0x3f80, 0x3f82, 0x3f81, 0x3f80, 0xbf82,
		]);
	});

	it("keeps NaN and infinities, and carries into the exponent", () => {
		expect(encodeBits(0x7f800001, 0xff800001, 0x7fffffff, 0x7f800000, 0xff800000)).toEqual([
			0x7fc0, 0xffc0, 0x7fff, 0x7f80, 0xff80,
		]);
		expect(encodeBits(0x7f7fffff, 0x3fffffff, 0x80000000)).toEqual([0x7f80, 0x4000, 0x8000]);
	});

	it("is the nearest of the two neighbours for random numbers", () => {
		const random = randomInts(1);
		const words = Uint32Array.from({ length: 20_000 }, () => random(2 ** 32)).filter(
			(word) => (word & 0x7f800000) < 0x7f000000,
		);
		const values = new Float32Array(words.buffer, 0, words.length);
		const found = decodeToFloat32(encodeBf16(values), "BF16");
		const below = decodeToFloat32(bytesOf(Uint16Array.from(words, (word) => word >>> 16)), "BF16");
		const above = decodeToFloat32(bytesOf(Uint16Array.from(words, (word) => (word >>> 16) + 1)), "BF16");
		const error = (rounded: Float32Array, i: number) => Math.abs(rounded[i] - values[i]);
		const wrong = values.filter((_, i) => error(found, i) !== Math.min(error(below, i), error(above, i)));
		expect([...wrong]).toEqual([]);
	});
});

describe("encodeF16", () => {
	it("returns every half-precision number unchanged; NaN stays NaN", () => {
		const halves = Uint16Array.from({ length: 65_536 }, (_, half) => half);
		const found = new Uint16Array(encodeF16(decodeToFloat32(bytesOf(halves), "F16")).buffer);
		const isNaN16 = (half: number) => (half & 0x7fff) > 0x7c00;
		expect([...halves.filter((half) => (isNaN16(half) ? !isNaN16(found[half]) : found[half] !== half))]).toEqual([]);
	});

	it("rounds to nearest, ties to even, at every magnitude", () => {
		const halves = Uint16Array.from({ length: 0x7bff }, (_, half) => half);
		const values = decodeToFloat32(bytesOf(halves), "F16");
		const between = values.slice(0, -1).map((value, i) => (value + values[i + 1]) / 2); // exact in float32
		const above = between.map((value, i) => value + (values[i + 1] - value) / 8);
		const bits = (numbers: Float32Array) => new Uint16Array(encodeF16(numbers).buffer);
		expect(bits(between)).toEqual(halves.slice(0, -1).map((half) => half + (half & 1)));
		expect(bits(above)).toEqual(halves.slice(1));
		expect([...bits(Float32Array.of(65519, 65520, -1e30, 1e-9, -1e-9))]).toEqual([0x7bff, 0x7c00, 0xfc00, 0, 0x8000]);
	});
});

it("encodeFloat32 copies only the bytes of its view", () => {
	const values = Float32Array.of(0, 1, 2, 3).subarray(1, 3);
	const bytes = encodeFloat32(values);
	expect(bytes.length).toBe(8);
	expect([...decodeToFloat32(bytes, "F32")]).toEqual([1, 2]);
	bytes.fill(0);
	expect([...values]).toEqual([1, 2]);
});
