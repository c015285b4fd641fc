import { expect, test } from "vitest";
import { decodeToFloat32, encodeF16 } from "../formats/dtype.ts";
import { toFloat16 } from "./float16.ts";

test("numbers are rounded as in files", () => {
	const numbers = Float32Array.from({ length: 4000 }, (_, i) => Math.sin(i) * 2 ** ((i % 44) - 27));
	const inFile = decodeToFloat32(encodeF16(numbers), "F16");
	for (const [i, x] of numbers.entries()) expect(toFloat16(x)).toBe(inFile[i]);
});

test("ties go to even, large numbers to the largest, NaN and infinities stay", () => {
	expect([2049, 2051, 2 ** -25, 3 * 2 ** -25].map(toFloat16)).toEqual([2048, 2052, 0, 2 ** -23]);
	expect([7e4, -1e30, Number.NaN, -Number.POSITIVE_INFINITY].map(toFloat16)).toEqual([
		65504,
		-65504,
		Number.NaN,
		-Number.POSITIVE_INFINITY,
	]);
});
