// The losses of rated answers compared with TRL's KTOTrainer and PyTorch's autograd (fixtures/make_preference_losses.py).
import { readFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { DEFAULT_SETTINGS, type RunSettings } from "../../../shared/settings.ts";
import type { LogProbabilities } from "./log-probabilities.ts";
import { klOf, ratedLoss, ratedMetrics } from "./rated-losses.ts";

interface Case {
	readonly settings: Partial<RunSettings>;
	readonly answers: readonly LogProbabilities[];
	readonly kl: readonly LogProbabilities[];
	readonly labels: readonly boolean[];
	readonly loss: number;
	readonly slopes: readonly number[];
	readonly metrics: Readonly<Record<string, number>>;
}

const cases = (JSON.parse(await readFile("fixtures/preference-losses.json", "utf8")) as Case[])
	.filter((one) => "answers" in one)
	.map((one) => [JSON.stringify(one.settings), one] as const);

describe.each(cases)("%s", (_name, { settings: given, answers: scores, kl: mismatched, labels, ...expected }) => {
	const settings = { ...DEFAULT_SETTINGS, ...given };
	const answers = scores.map((score, i) => ({ ...score, good: labels[i] }));
	const kl = settings.loss_type === "kto" ? klOf(mismatched) : null;

	test("TRL's loss, slopes and metrics", () => {
		const found = ratedLoss(answers, kl ?? 0, settings);
		expect(found.loss).toBeCloseTo(expected.loss, 10);
		for (const [i, slope] of expected.slopes.entries()) expect(found.slopes[i]).toBeCloseTo(slope, 10);
		const metrics = ratedMetrics(answers, kl, settings.beta);
		expect(Object.keys(metrics).sort()).toEqual(Object.keys(expected.metrics).sort());
		for (const [name, value] of Object.entries(expected.metrics)) expect(metrics[name]).toBeCloseTo(value, 10);
	});
});

test("a batch of good answers alone has no metrics of bad ones", () => {
	expect(Object.keys(ratedMetrics([{ logp: -2, ref: -1, good: true }], 0, 0.1))).toEqual([
		"kl",
		"rewards/chosen",
		"logps/chosen",
	]);
});
