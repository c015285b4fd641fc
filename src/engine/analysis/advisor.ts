// Recommends a rank from runs of several ranks: the smallest whose mean held-out loss is within the noise of the best, with
// the confidence interval. Differences are paired by seed, because runs with the same seed share rows and order. "Not
// distinguishable" is not "equal": the result states the largest possible loss increase and its limitations.

import { TabTuneError } from "../../shared/errors.ts";
import { analysisMessage } from "../../shared/messages/index.ts";
import type { AdviceLimit, RankAdvice, RankEvidence, RankRun } from "../api-rank.ts";

/**
 * Student's t at 0.975 by degrees of freedom from 1: two-sided 95 %. NIST/SEMATECH e-Handbook of Statistical Methods,
 * 1.3.6.7.2. Above 30 the value for 30 is used, which is slightly too wide.
 */
const T_975 = [
	12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.16, 2.145, 2.131, 2.12, 2.11,
	2.101, 2.093, 2.086, 2.08, 2.074, 2.069, 2.064, 2.06, 2.056, 2.052, 2.048, 2.045, 2.042,
];
const FEW_SEEDS = 5;
/** With two seeds t is 12.7: almost any difference is within the interval, which is no reason to recommend the smaller rank. */
const LEAST_PAIRS = 3;

/**
 * @param runs the final held-out loss of each run, on the same held-out rows.
 * @throws TabTuneError "usage" without runs, for a duplicate rank and seed, or when every rank diverged.
 */
export function adviseRank(runs: readonly RankRun[]): RankAdvice {
	const byRank = new Map<number, Map<number, number>>(); // rank → seed → loss
	for (const { rank, seed, eval_loss } of runs) {
		const seeds = byRank.get(rank) ?? new Map<number, number>();
		if (seeds.has(seed)) {
			throw new TabTuneError("usage", {
				what: analysisMessage("runTwice", { rank, seed }),
				where: analysisMessage("theRuns"),
				next: analysisMessage("runTwice.next"),
			});
		}
		byRank.set(rank, seeds.set(seed, eval_loss));
	}
	const ranks = [...byRank.keys()].sort((a, b) => a - b);
	const losses = (rank: number) => byRank.get(rank) ?? new Map<number, number>();
	const finite = ranks.filter((rank) => [...losses(rank).values()].every(Number.isFinite));
	if (finite.length === 0) {
		throw new TabTuneError("usage", {
			what: analysisMessage("noLoss"),
			where: analysisMessage("theRuns"),
			next: analysisMessage("noLoss.next"),
		});
	}
	const best = finite.reduce((low, rank) => (mean(losses(rank)) < mean(losses(low)) ? rank : low));
	const evidence = finite.map((rank) => evidenceOf(rank, losses(rank), losses(best), rank === best));

	const lower = evidence.filter(({ rank }) => rank < best);
	const within = lower.find(({ withinNoise }) => withinNoise === true);
	const unjudged = lower.filter(({ withinNoise }) => withinNoise === null);
	// If no rank is within the noise, one without enough seeds might be: then there is no recommendation.
	const known = within !== undefined || unjudged.length === 0;
	const limits: AdviceLimit[] = [];
	if (best === ranks.at(-1)) limits.push("best-is-largest");
	if (evidence.some((entry) => entry.pairs < 2)) limits.push("one-seed");
	if (evidence.some((entry) => entry.pairs >= 2 && entry.pairs < FEW_SEEDS)) limits.push("few-seeds");
	if (evidence.some(({ seeds, pairs }) => pairs < Math.max(seeds, losses(best).size))) limits.push("unpaired");
	if (finite.length < ranks.length) limits.push("diverged");
	return {
		verdict: known ? (within === undefined ? "best" : "within-noise") : "no-noise-estimate",
		recommended: known ? (within?.rank ?? best) : null,
		best,
		possibleLoss: within?.interval?.[1] ?? null,
		ranks: evidence,
		limits,
		diverged: ranks.filter((rank) => !finite.includes(rank)),
	};
}

function evidenceOf(
	rank: number,
	own: ReadonlyMap<number, number>,
	best: ReadonlyMap<number, number>,
	isBest: boolean,
): RankEvidence {
	const differences = [...own].flatMap(([seed, loss]) => {
		const other = best.get(seed);
		return other === undefined ? [] : [loss - other];
	});
	const pairs = differences.length;
	const difference = pairs === 0 ? null : differences.reduce((sum, value) => sum + value, 0) / pairs;
	const base = { rank, seeds: own.size, meanLoss: mean(own), pairs, difference };
	if (isBest) return { ...base, standardError: null, interval: null, withinNoise: true };
	if (difference === null || pairs < 2) return { ...base, standardError: null, interval: null, withinNoise: null };
	const squares = differences.reduce((sum, value) => sum + (value - difference) ** 2, 0);
	const standardError = Math.sqrt(squares / (pairs - 1) / pairs);
	const half = T_975[Math.min(pairs - 1, T_975.length) - 1] * standardError;
	const interval: [number, number] = [difference - half, difference + half];
	const withinNoise = interval[0] > 0 ? false : pairs < LEAST_PAIRS ? null : true;
	return { ...base, standardError, interval, withinNoise };
}

function mean(losses: ReadonlyMap<number, number>): number {
	return [...losses.values()].reduce((sum, loss) => sum + loss, 0) / losses.size;
}
