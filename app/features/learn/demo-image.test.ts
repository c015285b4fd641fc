// The statements of the Learn page about its pictures are true.
import { describe, expect, test } from "vitest";
import { approximation, decompose, drawn, errorLeft, PICTURE_NAMES, SIZE, thinNumbers } from "./demo-image.ts";

const norm = (values: ArrayLike<number>) =>
	Math.sqrt(Array.from(values).reduce((sum, value) => sum + value * value, 0));

describe.each(PICTURE_NAMES)("%s", (name) => {
	test("the stated error is the distance of the picture shown, at every rank", async () => {
		const values = drawn(name);
		const parts = await decompose(values);
		for (const r of [0, 1, 2, 5, 17, SIZE]) {
			const shown = approximation(parts, r);
			const distance = norm(values.map((value, i) => value - shown[i])) / norm(values);
			expect(errorLeft(parts, r)).toBeCloseTo(distance, 9);
		}
		expect(errorLeft(parts, SIZE)).toBe(0);
	});

	test("every pixel is a grey value", () => {
		const values = drawn(name);
		expect(values.every((value) => value >= 0 && value <= 1)).toBe(true);
		expect(new Set(values).size).toBeGreaterThan(50);
	});
});

test("stripes have rank 2 exactly, the moon has rank 12 approximately, noise has full rank", async () => {
	const left = async (name: (typeof PICTURE_NAMES)[number], r: number) => errorLeft(await decompose(drawn(name)), r);
	expect(await left("stripes", 1)).toBeGreaterThan(0.1);
	expect(await left("stripes", 2)).toBeLessThan(1e-12);
	expect(await left("moon", 12)).toBeLessThan(0.1);
	expect(await left("noise", 12)).toBeGreaterThan(0.25);
});

test("rank r needs r (m + n) numbers: at half the side nothing is saved", () => {
	expect(thinNumbers(1)).toBe(96);
	expect(thinNumbers(SIZE / 2)).toBe(SIZE * SIZE);
});
