import { expect, test } from "vitest";
import { roundTicks } from "./ticks.ts";

const texts = (low: number, high: number) => {
	const { values, decimals } = roundTicks(low, high);
	return values.map((value) => value.toFixed(decimals)).join(" ");
};

test("ticks are round and enclose the values", () => {
	expect(texts(3.9, 4.03)).toBe("3.90 3.95 4.00 4.05");
	expect(texts(3.83, 7.11)).toBe("3 4 5 6 7 8");
	expect(texts(0.2, 1)).toBe("0.2 0.4 0.6 0.8 1.0");
	expect(texts(120, 480)).toBe("100 200 300 400 500");
});

test("equal values still have an axis", () => {
	const { low, high, values } = roundTicks(4, 4);
	expect(low).toBeLessThanOrEqual(4);
	expect(high).toBeGreaterThan(low);
	expect(values.length).toBeGreaterThan(1);
});
