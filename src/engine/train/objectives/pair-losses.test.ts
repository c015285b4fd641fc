// The losses of pairs compared with TRL's trainers and PyTorch's autograd (fixtures/make_preference_losses.py), and their slopes
// with central differences.
import { readFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { DEFAULT_SETTINGS } from "../../../shared/settings.ts";
import { type AnswerPair, type LossSettings, pairMetrics, pairsLoss } from "./pair-losses.ts";

interface Case {
	readonly settings: Partial<LossSettings>;
	readonly pairs: readonly AnswerPair[];
	readonly loss: number;
	readonly slopes: readonly { readonly chosen: number; readonly rejected: number; readonly prompt?: number }[];
	readonly metrics: Readonly<Record<string, number>>;
}

const cases = (JSON.parse(await readFile("fixtures/preference-losses.json", "utf8")) as Case[])
	.filter((one) => "pairs" in one)
	.map((one) => [JSON.stringify(one.settings), one] as const);

/** Losses of which TRL rounds some values to float32. */
const ROUNDED = ["exo_pair", "orpo"];

describe.each(cases)("%s", (_name, { settings: given, pairs, loss, slopes, metrics }) => {
	const settings = { ...DEFAULT_SETTINGS, ...given };

	test("TRL's loss and slopes", () => {
		const found = pairsLoss(pairs, settings);
		const digits = ROUNDED.includes(given.loss_type ?? "") ? 7 : 10;
		expect(found.loss).toBeCloseTo(loss, digits);
		slopes.forEach(({ chosen, rejected, prompt = 0 }, i) => {
			expect(found.slopes[i].chosen).toBeCloseTo(chosen, digits);
			expect(found.slopes[i].rejected).toBeCloseTo(rejected, digits);
			if (given.loss_type === "orpo") expect(found.slopes[i].prompt).toBeCloseTo(prompt, digits);
		});
	});

	test("TRL's metrics", () => {
		const found = pairMetrics(pairs, settings);
		expect(Object.keys(found).sort()).toEqual(Object.keys(metrics).sort());
		for (const [name, value] of Object.entries(metrics)) expect(found[name]).toBeCloseTo(value, 6);
	});
});

test("sigmoid with label_smoothing is the loss with a share of the preferences flipped", () => {
	const pair = cases[0][1].pairs[0];
	const settings = { ...DEFAULT_SETTINGS, loss_type: "sigmoid" };
	const flipped = { chosen: pair.rejected, rejected: pair.chosen };
	const [kept, other] = [pair, flipped].map((one) => pairsLoss([one], settings).loss);
	const { loss, slopes } = pairsLoss([pair], { ...settings, label_smoothing: 0.2 });
	expect(loss).toBeCloseTo(0.8 * kept + 0.2 * other, 12);
	const step = 1e-5;
	const at = (change: number) =>
		pairsLoss([{ ...pair, chosen: { ...pair.chosen, logp: pair.chosen.logp + change } }], {
			...settings,
			label_smoothing: 0.2,
		}).loss;
	expect(slopes[0].chosen).toBeCloseTo((at(step) - at(-step)) / (2 * step), 8);
});

test("a log-probability that is not a number has no slope of 0, so that the step is refused", () => {
	const [, { pairs }] = cases[0];
	const broken = [{ ...pairs[0], chosen: { ...pairs[0].chosen, logp: Number.NaN } }];
	for (const loss_type of ["sigmoid", "hinge", "ipo", "apo_zero", "discopop"])
		expect(pairsLoss(broken, { ...DEFAULT_SETTINGS, loss_type }).slopes[0].chosen).not.toBe(0);
});
