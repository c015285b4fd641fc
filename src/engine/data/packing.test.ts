import { expect, test } from "vitest";
import { packRows } from "./packing.ts";

test("rows are packed longest first, each into the fullest bin with enough space", () => {
	// 7, 6, 4, 3, 3, 2, 1 in bins of 10: TRL's bfd fills 7+3, 6+4, 3+2+1.
	expect(packRows([3, 7, 4, 2, 6, 1, 3], 10)).toEqual([
		[1, 0],
		[4, 2],
		[6, 3, 5],
	]);
});

test("a row of exactly max_length fills its bin, and no bin is over-full", () => {
	const lengths = Array.from({ length: 300 }, (_, i) => 1 + ((i * 37) % 64));
	const bins = packRows(lengths, 64);
	expect(bins.flat().sort((a, b) => a - b)).toEqual(lengths.map((_, i) => i));
	const sums = bins.map((bin) => bin.reduce((total, i) => total + lengths[i], 0));
	expect(Math.max(...sums)).toBeLessThanOrEqual(64);
	expect(bins.length).toBeLessThanOrEqual(Math.ceil(lengths.reduce((a, b) => a + b) / 64) + 1);
});

test("no rows make no bins", () => {
	expect(packRows([], 8)).toEqual([]);
});
