import { expect, test } from "vitest";
import type { ModuleSpectrum, RunRecord } from "../../../src/engine/api.ts";
import { PAGE_DEFAULTS } from "../../../src/shared/settings.ts";
import { gridOf, highestRank, rankGroups } from "./store.ts";

const module = (layer: number | null, name: string, r: number) => ({ layer, name, r }) as ModuleSpectrum;

test("the grid has one row per layer in order, and gaps where a module is not adapted", () => {
	const grid = gridOf([module(1, "q_proj", 2), module(0, "q_proj", 2), module(0, "v_proj", 4)]);
	expect(grid.layers).toEqual([0, 1]);
	expect(grid.names).toEqual(["q_proj", "v_proj"]);
	expect(grid.at(1, "v_proj")).toBeUndefined();
	expect(highestRank([module(0, "q_proj", 2), module(0, "v_proj", 4)])).toBe(4);
});

const run = (r: number, seed: number, eval_loss: number, over: Partial<RunRecord> = {}) =>
	({
		state: "finished",
		deleted: false,
		model: { name: "demo", parameters: 1 },
		data: { name: "pirate", format: "jsonl", rows: 20, heldOutRows: 3 },
		settings: { ...PAGE_DEFAULTS, r, lora_alpha: 2 * r, seed },
		evals: [{ step: 10, eval_loss }],
		...over,
	}) as RunRecord;

test("recommendations use runs that differ only in rank, alpha and seed; the newest of each counts", () => {
	const other = run(4, 1, 9);
	other.settings = { ...other.settings, learning_rate: 1 };
	const groups = rankGroups([
		run(4, 1, 2),
		run(4, 1, 7), // older
		run(8, 1, 1.5),
		run(8, 2, 1.6),
		run(16, 1, 1, { state: "stopped" }),
		run(2, 1, 3, { deleted: true }),
		other,
	]);
	expect(groups.map(({ name, runs }) => [name, runs])).toEqual([
		[
			"pirate",
			[
				{ rank: 4, seed: 1, eval_loss: 2 },
				{ rank: 8, seed: 1, eval_loss: 1.5 },
				{ rank: 8, seed: 2, eval_loss: 1.6 },
			],
		],
	]);
	expect(rankGroups([run(4, 1, 2), run(4, 2, 2)])).toEqual([]);
});
