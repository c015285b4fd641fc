import { expect, test } from "vitest";
import { DEFAULT_SETTINGS } from "../../shared/settings.ts";
import type { MethodRow, MethodsTable } from "../api.ts";
import { overSeeds, spread, tableText } from "./methods-table.ts";

const run = (seed: number, evalLoss: number) => ({
	seed,
	firstEvalLoss: 5,
	evalLoss,
	loss: 1,
	steps: 10,
	elapsed: 2,
	stepMilliseconds: 200,
	tokensPerSecond: 640,
	peakBytes: 3 * 2 ** 20,
	sample: null,
	id: null,
});
const done: MethodRow = {
	method: "lora",
	learning_rate: 5e-3,
	cost: {
		trainableParameters: 1000,
		share: 0.25,
		fileBytes: 4500,
		gradientBytes: 4000,
		optimizerBytes: 8000,
		plannedPeakBytes: 2 ** 21,
	},
	runs: [run(1, 2), run(2, 3), run(3, 4)],
	speed: { base: 10, unmerged: 12, merged: 10, switchMilliseconds: 1.25 },
	error: null,
};
const refused: MethodRow = {
	method: "full",
	learning_rate: 5e-4,
	cost: null,
	runs: [],
	speed: null,
	error: { code: "memory", what: "it wants 2, the device has 1" },
};
const table: MethodsTable = {
	model: "demo",
	device: "a device",
	data: { train: "rows.jsonl", eval: null, rows: 20 },
	settings: DEFAULT_SETTINGS,
	rows: [done, refused],
};

test("the spread is the sample deviation, null for one value or none", () => {
	expect(spread([2, 3, 4])).toEqual({ mean: 3, deviation: 1, n: 3 });
	expect(spread([7])).toEqual({ mean: 7, deviation: null, n: 1 });
	expect(spread([])).toBeNull();
	expect(overSeeds(done).evalLoss).toEqual({ mean: 3, deviation: 1, n: 3 });
});

test("CSV has unformatted numbers and empty cells for unknown values", () => {
	const [head, lora, full] = tableText(table, "csv").trim().split("\n");
	const cell = (line: string, name: string) => line.split(",")[head.split(",").indexOf(name)];
	expect(cell(lora, "eval_loss")).toBe("3");
	expect(cell(lora, "eval_loss_deviation")).toBe("1");
	expect(Number(cell(lora, "latency_unmerged"))).toBeCloseTo(0.2, 12);
	expect(cell(lora, "gradient_and_optimizer_bytes")).toBe("12000");
	expect(cell(full, "eval_loss")).toBe("");
});

test("Markdown shows the spread, and why a method was not trained", () => {
	const text = tableText(table, "markdown");
	expect(text).toContain("3.000 ± 1.000");
	expect(text).toContain("not trained: it wants 2, the device has 1");
	expect(text.trim().split("\n")).toHaveLength(4);
});

test("JSON contains the whole table", () => {
	expect(JSON.parse(tableText(table, "json"))).toEqual(table);
});
