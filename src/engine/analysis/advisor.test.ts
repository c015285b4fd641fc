import { expect, test } from "vitest";
import type { RankRun } from "../api-rank.ts";
import { adviseRank } from "./advisor.ts";

/** losses[rank]: one loss a seed, seeds from 0. */
const runs = (losses: Record<number, number[]>): RankRun[] =>
	Object.entries(losses).flatMap(([rank, values]) =>
		values.map((eval_loss, seed) => ({ rank: Number(rank), seed, eval_loss })),
	);

test("the smallest rank within the noise is found from pairs of equal seeds, where means would not show it", () => {
	const shared = [0, 0.3, -0.2, 0.5, 0.1]; // what a seed does to every rank: far more than the ranks differ
	const jitter = [0.001, -0.002, 0.0015, -0.001, 0.0005];
	const advice = adviseRank(
		runs({
			1: shared.map((s, i) => 2.1 + s + jitter[i]), // worse by 0.1 at every seed
			4: shared.map((s, i) => 2.001 + s + jitter[(i + 1) % 5]),
			16: shared.map((s, i) => 2 + s + jitter[(i + 2) % 5]),
			64: shared.map((s, i) => 2.05 + s + jitter[(i + 3) % 5]),
		}),
	);
	expect(advice).toMatchObject({ verdict: "within-noise", recommended: 4, best: 16, limits: [], diverged: [] });
	expect(advice.ranks.map(({ withinNoise }) => withinNoise)).toEqual([false, true, true, false]);
	expect(advice.possibleLoss).toBe(advice.ranks[1].interval?.[1]);
	expect(advice.possibleLoss).toBeLessThan(0.01);
});

test("mean, standard error and interval of a difference equal Student's t computed by hand", () => {
	// Differences 0.1, 0.2, 0.3: mean 0.2, deviation 0.1, standard error 0.1 / sqrt 3; t(0.975, 2) = 4.303.
	const { ranks, limits } = adviseRank(runs({ 2: [1.1, 1.2, 1.3], 8: [1, 1, 1] }));
	expect(ranks[0]).toMatchObject({ rank: 2, seeds: 3, pairs: 3, withinNoise: true });
	expect(ranks[0].difference).toBeCloseTo(0.2, 12);
	expect(ranks[0].standardError).toBeCloseTo(0.1 / Math.sqrt(3), 12);
	expect(ranks[0].interval?.[0]).toBeCloseTo(0.2 - (4.303 * 0.1) / Math.sqrt(3), 12);
	expect(ranks[0].interval?.[1]).toBeCloseTo(0.2 + (4.303 * 0.1) / Math.sqrt(3), 12);
	expect(ranks[1]).toMatchObject({ rank: 8, standardError: null, interval: null, withinNoise: true });
	expect(limits).toEqual(["best-is-largest", "few-seeds"]);
});

test("with one seed per rank there is no recommendation", () => {
	for (const loss of [2.0001, 9]) {
		const advice = adviseRank(runs({ 1: [loss], 8: [2], 16: [2.5] }));
		expect(advice).toMatchObject({
			verdict: "no-noise-estimate",
			recommended: null,
			best: 8,
			possibleLoss: null,
			limits: ["one-seed"],
		});
		expect(advice.ranks[0]).toMatchObject({ standardError: null, interval: null, withinNoise: null });
		expect(advice.ranks[0].difference).toBeCloseTo(loss - 2, 12);
	}
});

test("two noisy seeds do not make rank 1 equally good: there is no recommendation", () => {
	const advice = adviseRank(runs({ 1: [2.1, 2.5], 32: [2, 2.1] }));
	expect(advice).toMatchObject({ verdict: "no-noise-estimate", recommended: null, possibleLoss: null, best: 32 });
	// Differences 0.1 and 0.4: mean 0.25, standard error 0.15, t(0.975, 1) = 12.706.
	expect(advice.ranks[0].interval?.[1]).toBeCloseTo(0.25 + 12.706 * 0.15, 10);
	expect(advice.ranks[0].withinNoise).toBeNull();
	// A difference beyond the noise of two seeds is one.
	expect(adviseRank(runs({ 1: [3, 3.1], 32: [1, 1.1] }))).toMatchObject({ verdict: "best", recommended: 32 });
});

test("the smallest rank is recommended if its loss is the lowest, for any number of seeds", () => {
	expect(adviseRank(runs({ 1: [1, 1.1, 1.2], 8: [1.1, 1.2, 1.3] }))).toMatchObject({
		verdict: "best",
		recommended: 1,
		best: 1,
		possibleLoss: null,
	});
	expect(adviseRank(runs({ 2: [1.5, 1.6, 1.5], 8: [1, 1.1, 1] }))).toMatchObject({ verdict: "best", recommended: 8 });
});

test("a rank with different seeds is compared on the shared seeds, of which two are required", () => {
	const partly = adviseRank([
		...runs({ 2: [1.2, 1.3, 1.2], 8: [1, 1.1, 1] }),
		{ rank: 1, seed: 0, eval_loss: 1.05 },
		{ rank: 1, seed: 9, eval_loss: 1.06 },
	]);
	expect(partly.ranks[0]).toMatchObject({ rank: 1, seeds: 2, pairs: 1, withinNoise: null });
	expect(partly).toMatchObject({ verdict: "no-noise-estimate", recommended: null });
	expect(partly.limits).toEqual(["best-is-largest", "one-seed", "few-seeds", "unpaired"]);
	const strangers = adviseRank([
		{ rank: 1, seed: 7, eval_loss: 1.2 },
		...runs({ 4: [1, 1.1, 1.05], 8: [1, 1.05, 1.05] }),
	]);
	// Rank 4 is within the noise and stays the recommendation, although another rank cannot be compared.
	expect(strangers).toMatchObject({ verdict: "within-noise", recommended: 4 });
	expect(strangers.ranks[0]).toMatchObject({ pairs: 0, difference: null });
});

test("diverged ranks are excluded and listed; only diverged ranks, a duplicate pair and no runs are errors", () => {
	const advice = adviseRank(runs({ 4: [1, 1.1], 8: [1.2, 1.3], 64: [0.9, Number.NaN] }));
	expect(advice).toMatchObject({ best: 4, diverged: [64] });
	expect(advice.limits).toContain("diverged");
	expect(() => adviseRank(runs({ 4: [Number.NaN], 8: [Number.POSITIVE_INFINITY] }))).toThrow(/no rank has a held-out/);
	expect(() => adviseRank([])).toThrow(/no rank has a held-out loss/);
	expect(() => adviseRank([...runs({ 4: [1] }), ...runs({ 4: [2] })])).toThrow(/rank 4 with seed 0 is given twice/);
});
