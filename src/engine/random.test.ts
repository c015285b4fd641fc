import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { kaimingUniform, normal, Purpose, randomU32, shuffledIndices, uniform01 } from "./random.ts";

/** Pearson's statistic of counts against an even spread; its expectation is cells - 1, its deviation sqrt(2 (cells - 1)). */
function chiSquare(counts: ArrayLike<number>, total: number): number {
	const expected = total / counts.length;
	return Array.from(counts).reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
}
const within = (statistic: number, cells: number) => Math.abs(statistic - (cells - 1)) / Math.sqrt(2 * (cells - 1));

describe("randomU32", () => {
	test.each(["seed", "purpose", "step", "element"])(
		"counting up in %s alone fills 256 cells evenly, by the high and the low bits",
		(name) => {
			const high = new Uint32Array(256);
			const low = new Uint32Array(256);
			const total = 1 << 17;
			for (let i = 0; i < total; i++) {
				const key = [42, 1, 1, 0];
				key[["seed", "purpose", "step", "element"].indexOf(name)] = i;
				const u = randomU32(key[0], key[1], key[2], key[3]);
				high[u >>> 24]++;
				low[u & 255]++;
			}
			expect(within(chiSquare(high, total), 256)).toBeLessThan(5);
			expect(within(chiSquare(low, total), 256)).toBeLessThan(5);
		},
	);

	test("a changed bit of any argument changes each bit of the result half the time", () => {
		const rounds = 4000;
		let worst = 0;
		for (let argument = 0; argument < 4; argument++) {
			for (let bit = 0; bit < 32; bit++) {
				const flips = new Uint32Array(32);
				for (let i = 0; i < rounds; i++) {
					const key = [42 + (i >> 8), 3, 1 + (i >> 6), i * 7];
					const before = randomU32(key[0], key[1], key[2], key[3]);
					key[argument] ^= 1 << bit;
					const changed = before ^ randomU32(key[0], key[1], key[2], key[3]);
					for (let b = 0; b < 32; b++) flips[b] += (changed >>> b) & 1;
				}
				for (const count of flips) worst = Math.max(worst, Math.abs(count / rounds - 0.5));
			}
		}
		expect(worst).toBeLessThan(0.05); // 4,096 draws of deviation 0.008
	});

	test("neighbouring elements, and the same element of neighbouring steps, are not correlated", () => {
		const n = 100_000;
		const correlation = (pair: (i: number) => [number, number]) => {
			let sum = 0;
			for (let i = 0; i < n; i++) {
				const [a, b] = pair(i);
				sum += (uniform01(a) - 0.5) * (uniform01(b) - 0.5) * 12;
			}
			return Math.abs(sum / n);
		};
		expect(correlation((i) => [randomU32(1, 3, 5, i), randomU32(1, 3, 5, i + 1)])).toBeLessThan(0.02);
		expect(correlation((i) => [randomU32(1, 3, 5, i), randomU32(1, 3, 6, i)])).toBeLessThan(0.02);
		expect(correlation((i) => [randomU32(1, 3, 5, i), randomU32(2, 3, 5, i)])).toBeLessThan(0.02);
	});

	test("has fixed values, because stored runs and the shader must draw the same", () => {
		const drawn = [
			[0, 0, 0, 0],
			[42, Purpose.dropout, 7, 123456],
			[0xffffffff, 5, 0x80000000, 0xfffffffe],
		].map(([seed, purpose, step, element]) => randomU32(seed, purpose, step, element));
		expect(drawn).toMatchInlineSnapshot(`
			[
			  2590504073,
			  67153716,
			  699501436,
			]
		`);
	});

	test("the shader has the same constants and shifts in the same order", () => {
		const numbers = (text: string) => text.match(/0x[0-9a-f]{8}|>+ \d+/g)?.map((s) => s.replace(/^>+/, ">"));
		const wgsl = readFileSync("src/shaders/util/random.wgsl", "utf8")
			.replace(/\/\/.*/g, "")
			.replace(/(\d)u\b/g, "$1");
		const script = readFileSync("src/engine/random.ts", "utf8").replace(/\/\/.*/g, "");
		expect(numbers(wgsl)?.slice(0, 6)).toEqual(numbers(script)?.slice(0, 6));
		expect(numbers(wgsl)).toHaveLength(7);
	});
});

test("uniform01 is below 1 and exact in float32", () => {
	expect(uniform01(0xffffffff)).toBe(1 - 2 ** -24);
	expect(uniform01(0)).toBe(0);
	for (let i = 0; i < 1000; i++) {
		const u = uniform01(randomU32(9, 9, 9, i));
		expect(Math.fround(u)).toBe(u);
	}
});

describe("shuffledIndices", () => {
	test("returns a permutation that depends on seed and epoch", () => {
		const order = shuffledIndices(1000, 42, 0);
		expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length: 1000 }, (_, i) => i));
		expect(shuffledIndices(1000, 42, 0)).toEqual(order);
		expect(shuffledIndices(1000, 42, 1)).not.toEqual(order);
		expect(shuffledIndices(1000, 43, 0)).not.toEqual(order);
		expect(shuffledIndices(0, 42, 0)).toHaveLength(0);
	});

	test("puts every row in every position equally often", () => {
		const counts = new Uint32Array(25);
		for (let seed = 0; seed < 5000; seed++)
			shuffledIndices(5, seed, 0).forEach((row, place) => counts[row * 5 + place]++);
		expect(within(chiSquare(counts, 25_000), 25)).toBeLessThan(5);
	});
});

test("kaimingUniform fills [-1/sqrt(fanIn), 1/sqrt(fanIn)) with deviation bound / sqrt 3", () => {
	const values = kaimingUniform(20_000, 64, 42, Purpose.init, 3);
	const bound = 1 / 8;
	expect(Math.max(...values)).toBeLessThan(bound);
	expect(Math.max(...values)).toBeGreaterThan(bound * 0.999);
	expect(Math.min(...values)).toBeGreaterThanOrEqual(-bound);
	expect(Math.sqrt(values.reduce((sum, v) => sum + v * v, 0) / values.length)).toBeCloseTo(bound / Math.sqrt(3), 3);
	expect(values.reduce((sum, v) => sum + v, 0) / values.length).toBeCloseTo(0, 2);
	expect(kaimingUniform(4, 64, 42, Purpose.init, 4)).not.toEqual(values.slice(0, 4));
});

test("normal has its mean, deviation and tails", () => {
	const values = normal(50_000, 0.5, 42, Purpose.init);
	expect(values.every(Number.isFinite)).toBe(true);
	expect(values.reduce((sum, v) => sum + v, 0) / values.length).toBeCloseTo(0, 1);
	expect(Math.sqrt(values.reduce((sum, v) => sum + v * v, 0) / values.length)).toBeCloseTo(0.5, 2);
	expect(values.filter((v) => Math.abs(v) > 1).length / values.length).toBeCloseTo(0.0455, 2);
});
