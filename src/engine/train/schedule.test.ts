import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import type { SchedulerType } from "../api.ts";
import { learningRate, neverLearns, warmupSteps } from "./schedule.ts";

interface Case {
	name: SchedulerType;
	warmup: number;
	total: number;
	learning_rate: number;
	kwargs?: Record<string, unknown>;
	rates: number[];
}
const cases: Case[] = JSON.parse(readFileSync("fixtures/rules.json", "utf8")).schedules;

test.each(cases)(
	"$name with $warmup warm-up steps of $total equals transformers' get_scheduler",
	({ name, warmup, total, learning_rate, kwargs, rates }) => {
		const settings = {
			learning_rate,
			lr_scheduler_type: name,
			warmup_steps: warmup,
			warmup_ratio: 0,
			lr_scheduler_kwargs: kwargs ?? {},
		};
		rates.forEach((rate, i) => {
			expect(Math.abs(learningRate(settings, i + 1, total) - rate)).toBeLessThanOrEqual(1e-15 + 1e-12 * rate);
		});
	},
);

test("a warm-up ratio is rounded up, and warm-up steps override it", () => {
	expect(warmupSteps({ warmup_steps: 0, warmup_ratio: 0.1 }, 31)).toBe(4);
	expect(warmupSteps({ warmup_steps: 2, warmup_ratio: 0.1 }, 31)).toBe(2);
});

test("a run whose steps are all warm-up never learns", () => {
	const settings = { learning_rate: 1e-3, lr_scheduler_type: "cosine", warmup_steps: 0, warmup_ratio: 0.05 } as const;
	expect([1, 2, 40].map((total) => neverLearns(settings, total))).toEqual([true, false, false]);
	expect(neverLearns({ ...settings, warmup_ratio: 0 }, 1)).toBe(false);
	expect(neverLearns({ ...settings, lr_scheduler_type: "constant" }, 1)).toBe(false);
});
