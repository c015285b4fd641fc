import { expect, test } from "vitest";
import type { MethodRow, MethodsTable } from "../../../src/engine/api.ts";
import { PAGE_DEFAULTS } from "../../../src/shared/settings.ts";
import { readSeeds, runsOf, withRow } from "./store.ts";

test("seeds are distinct whole numbers", () => {
	expect(readSeeds("1, 2，3")).toEqual([1, 2, 3]);
	expect(readSeeds(" 42 ")).toEqual([42]);
	for (const bad of ["", "1,1", "1.5", "-1", "one", "4294967296"]) expect(readSeeds(bad), bad).toBeNull();
});

test("runs are grouped by method, in order", () => {
	expect(runsOf(["lora", "full"], [1, 2])).toEqual([
		{ method: "lora", seed: 1 },
		{ method: "lora", seed: 2 },
		{ method: "full", seed: 1 },
		{ method: "full", seed: 2 },
	]);
});

test("a row is appended once and then replaced in place", () => {
	const row = (method: string): MethodRow => ({
		method,
		learning_rate: 1,
		cost: null,
		runs: [],
		speed: null,
		error: null,
	});
	const empty: MethodsTable = {
		model: "demo",
		device: "",
		data: { train: "rows", eval: null, rows: 1 },
		settings: PAGE_DEFAULTS,
		rows: [],
	};
	const error = { code: "memory", what: "no room" };
	const one = withRow(empty, "lora", row("lora"), (found) => found);
	const two = withRow(one, "full", row("full"), (found) => ({ ...found, error }));
	expect(two.rows.map(({ method, error: e }) => [method, e])).toEqual([
		["lora", null],
		["full", error],
	]);
	const three = withRow(two, "lora", row("lora"), (found) => ({ ...found, learning_rate: 2 }));
	expect(three.rows.map(({ learning_rate }) => learning_rate)).toEqual([2, 1]);
	expect(empty.rows).toEqual([]);
});
