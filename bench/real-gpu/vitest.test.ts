import { expect, test } from "vitest";
import { describe, expect as packed, test as register, registered } from "./vitest.ts";

test("the packed vitest registers cases with their titles, and its expectations fail as vitest's do", async () => {
	const seen: unknown[] = [];
	describe.each([["a", 1]] as const)("group %s", (name: string, n: number) => {
		register.each([4, 5])("case %i", (one: number) => seen.push([name, n, one]));
		register("plain", () => packed([1, { a: 2 }]).toEqual([1, { a: 3 }]));
	});
	expect(registered.cases.map(({ name }) => name)).toEqual(["group a: case 4", "group a: case 5", "group a: plain"]);
	for (const { run } of registered.cases.slice(0, 2)) await run();
	expect(seen).toEqual([
		["a", 1, 4],
		["a", 1, 5],
	]);
	expect(registered.cases[2].run).toThrow("to deeply equal");
	expect(() => packed(Number.NaN).toBeLessThan(1)).toThrow();
	expect(() => packed(0.1 + 0.2).toBeCloseTo(0.3)).not.toThrow();
});
