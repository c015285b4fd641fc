// Bins against counts by hand, and repeats against rows that differ in one place.
import { describe, expect, test } from "vitest";
import { lengthHistogram, Repeats } from "./lengths.ts";

describe("lengthHistogram", () => {
	test("every row is in one bin, and the width of bins is a round number", () => {
		const lengths = Array.from({ length: 100 }, (_, i) => i + 1);
		const { width, counts, longest } = lengthHistogram(lengths, 128);
		expect([width, longest, counts.length]).toEqual([5, 100, 21]);
		expect(counts).toEqual([4, ...new Array(19).fill(5), 1]);
	});

	test("short rows have bins of one token; a row far over max_length is in the last bin", () => {
		expect(lengthHistogram([2, 2, 3], 64)).toEqual({ width: 1, counts: [0, 0, 2, 1], longest: 3, max_length: 64 });
		const far = lengthHistogram([10, 12, 100_000], 64);
		expect(far.longest).toBe(100_000);
		expect(far.width * far.counts.length).toBeLessThan(64 * 5);
		expect(far.counts.at(-1)).toBe(1);
		expect(far.counts.reduce((a, b) => a + b)).toBe(3);
	});

	test("the number of bins is limited", () => {
		for (const longest of [1, 23, 24, 25, 99, 100, 101, 513, 4096, 70_000]) {
			const { width, counts } = lengthHistogram([longest], 1 << 20);
			expect(counts.length).toBeLessThanOrEqual(24);
			expect(width * counts.length).toBeGreaterThan(longest);
		}
		expect(lengthHistogram([], 64).counts).toEqual([0, 0]);
	});
});

test("rows are duplicates if and only if ids and labels are equal", () => {
	const repeats = new Repeats();
	const rows: [number[], number[]][] = [
		[
			[1, 2, 3],
			[-100, 2, 3],
		],
		[
			[1, 2, 3],
			[-100, -100, 3],
		],
		[
			[1, 2, 3],
			[-100, 2, 3],
		],
		[
			[3, 2, 1],
			[-100, 2, 3],
		],
		[
			[1, 2],
			[1, 2],
		],
		[
			[1, 2, 3],
			[-100, 2, 3],
		],
		[
			[1, 2 + 65536, 3],
			[-100, 2, 3],
		],
		[
			[1, 2],
			[1, 2],
		],
	];
	rows.forEach(([ids, labels], place) => repeats.add(place, Int32Array.from(ids), Int32Array.from(labels)));
	expect(repeats.groups()).toEqual([
		[0, 2, 5],
		[4, 7],
	]);
});
