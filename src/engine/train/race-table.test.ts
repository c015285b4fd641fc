import { expect, test } from "vitest";
import { DEFAULT_SETTINGS } from "../../shared/settings.ts";
import type { RaceHeat, RaceSlot, RaceTable } from "../api.ts";
import { raceText, withHeat } from "./race-table.ts";

const slot = (rank: number, seed: number, eval_loss: number, over: Partial<RaceSlot> = {}): RaceSlot => ({
	rank,
	seed,
	lora_alpha: 32,
	learning_rate: 1e-3,
	trainableParameters: 100 * rank,
	adapterBytes: 400 * rank + 80,
	state: "finished",
	steps: 2,
	losses: [5, 4],
	evaluations: [
		{ step: 0, eval_loss: 5 },
		{ step: 2, eval_loss },
	],
	elapsed: 1.5,
	sample: null,
	error: null,
	id: null,
	...over,
});
const heat = (seed: number, state: RaceHeat["state"] = "finished"): RaceHeat => ({
	seed,
	state,
	steps: 2,
	elapsed: 1.5,
	stepMilliseconds: 700,
	tokensPerSecond: 900,
	peakBytes: 2 ** 20,
});
const empty: RaceTable = {
	model: "demo",
	device: "one",
	data: { train: "a,b.jsonl", eval: null, rows: 3 },
	settings: DEFAULT_SETTINGS,
	heats: [],
	slots: [],
	byRank: [],
	advice: null,
};

test("every heat adds to the table: ranks averaged over their seeds, and the smallest rank within the noise", () => {
	const one = withHeat(empty, heat(1), [slot(1, 1, 3), slot(4, 1, 2)]);
	expect(one.byRank.map(({ evalLoss }) => evalLoss)).toEqual([
		{ mean: 3, deviation: null },
		{ mean: 2, deviation: null },
	]);
	expect(one.advice?.verdict).toBe("no-noise-estimate");
	const two = withHeat(one, heat(2), [slot(1, 2, 2.2), slot(4, 2, 2.4)]);
	expect(two.byRank[0]).toMatchObject({ rank: 1, seeds: 2, trainableParameters: 100 });
	expect(two.byRank[0].evalLoss?.deviation).toBeCloseTo(0.8 / Math.SQRT2, 12);
	expect(two.advice).toMatchObject({ verdict: "no-noise-estimate", recommended: null, best: 4 });
	const three = withHeat(two, heat(3), [slot(1, 3, 2.5), slot(4, 3, 2.2)]);
	expect(three.advice).toMatchObject({ verdict: "within-noise", recommended: 1, best: 4 });
});

test("a stopped heat counts only if no other finished; a retired slot excludes its rank", () => {
	const stopped = withHeat(empty, heat(1, "stopped"), [slot(1, 1, 9, { state: "stopped" })]);
	expect(stopped.byRank[0].evalLoss?.mean).toBe(9);
	const whole = withHeat(stopped, heat(2), [slot(1, 2, 3), slot(4, 2, 1, { state: "retired" })]);
	expect(whole.byRank[0].evalLoss?.mean).toBe(3);
	expect(whole.byRank[1]).toMatchObject({ rank: 4, seeds: 0, evalLoss: null });
	expect(whole.advice).toMatchObject({ best: 1, diverged: [4] });
	expect(withHeat(empty, heat(1), [slot(2, 1, 1, { state: "retired" })]).advice).toBeNull();
});

test("CSV has a line per slot, Markdown a line per rank and the advice, JSON everything in snake_case", () => {
	const table = withHeat(withHeat(empty, heat(1), [slot(1, 1, 3), slot(4, 1, 2)]), heat(2), [
		slot(1, 2, 2.2),
		slot(4, 2, 2.4),
	]);
	const csv = raceText(table, "csv").trim().split("\n");
	expect(csv).toHaveLength(5);
	expect(csv[2]).toBe("4,1,32,0.001,400,1680,finished,2,4,5,2,1.5");
	const markdown = raceText(table, "markdown");
	expect(markdown).toContain("| 4 | 2.2000 ± 0.2828 | 2 | 400 | 2 KiB |");
	expect(markdown).toContain("Rank 4 has the lowest held-out loss (2.2000), but the noise is unknown");
	const json = JSON.parse(raceText(table, "json"));
	expect(json.lanes[0]).toMatchObject({ trainable_parameters: 100, loss: 4, eval_loss: 3 });
	expect(json.advice.ranks[0]).toMatchObject({ rank: 1, within_noise: null });
	expect(JSON.stringify({ ...json, settings: {} })).not.toMatch(/"[a-z]+[A-Z]\w*":/);
});
