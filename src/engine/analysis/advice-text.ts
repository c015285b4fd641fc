// Writes the advisor's result as English sentences, for files and the command line; the page has texts in both languages.
import type { AdviceLimit, RankAdvice } from "../api-rank.ts";

const LIMITS: { readonly [L in AdviceLimit]: string } = {
	"best-is-largest": "No higher rank was tried, and one may do better.",
	"one-seed": "At least one rank has a single seed, so effect and noise cannot be separated there.",
	"few-seeds": "There are fewer than five seeds, so the intervals are wide and hide small differences.",
	unpaired: "Not every rank was run with the same seeds.",
	diverged: "Ranks with a run whose loss is not finite were excluded.",
};

/** One sentence for the result with its figures, then one for each limitation. Losses in nats per token. */
export function adviceText({ verdict, recommended, best, possibleLoss, ranks, limits }: RankAdvice): string[] {
	const of = (rank: number | null) => ranks.find((entry) => entry.rank === rank);
	const loss = (rank: number) => of(rank)?.meanLoss.toFixed(4) ?? "unknown";
	const interval = of(recommended)?.interval;
	const sentence =
		verdict === "within-noise" && recommended !== null && interval != null
			? `Rank ${recommended} (held-out loss ${loss(recommended)}) is the smallest within the noise of the best, rank ${best} (${loss(best)}). The 95 % confidence interval of the difference is [${interval[0].toFixed(4)}, ${interval[1].toFixed(4)}], so its loss may be higher by up to ${(possibleLoss ?? interval[1]).toFixed(4)}.`
			: verdict === "best"
				? `Rank ${best} is the best (held-out loss ${loss(best)}): every smaller rank is worse by more than the noise, or none was tried.`
				: `Rank ${best} has the lowest held-out loss (${loss(best)}), but the noise is unknown, so smaller ranks cannot be judged. Train more seeds.`;
	return [sentence, ...limits.map((limit) => LIMITS[limit])];
}
