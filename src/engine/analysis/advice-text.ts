// Writes the advisor's result as English sentences, for files and the command line; the page has texts in both languages.
import type { AdviceLimit, RankAdvice } from "../api-rank.ts";

const LIMITS: { readonly [L in AdviceLimit]: string } = {
	"best-is-largest": "No higher rank was tried, and one may do better.",
	"one-seed": "At least one rank was run with one seed alone: chance cannot be told from effect there.",
	"few-seeds": "Fewer than five seeds: the intervals are wide, small differences cannot be seen.",
	unpaired: "Not every rank was run with the same seeds.",
	diverged: "Ranks with a loss that is not finite were left out.",
};

/** One sentence for the result with its figures, then one for each limitation. Losses in nats per token. */
export function adviceText({ verdict, recommended, best, possibleLoss, ranks, limits }: RankAdvice): string[] {
	const of = (rank: number | null) => ranks.find((entry) => entry.rank === rank);
	const loss = (rank: number) => of(rank)?.meanLoss.toFixed(4) ?? "unknown";
	const interval = of(recommended)?.interval;
	const sentence =
		verdict === "within-noise" && recommended !== null && interval != null
			? `Rank ${recommended} (held-out loss ${loss(recommended)}) is the smallest that is not told apart from the best, rank ${best} (${loss(best)}): the difference lies in [${interval[0].toFixed(4)}, ${interval[1].toFixed(4)}] with 95 % confidence, so it may lose up to ${(possibleLoss ?? interval[1]).toFixed(4)}.`
			: verdict === "best"
				? `Rank ${best} is the best (held-out loss ${loss(best)}), and every smaller one is worse by more than the noise, or none was tried.`
				: `Rank ${best} has the lowest held-out loss (${loss(best)}), but there is no estimate of the noise: a smaller one cannot be judged. Train more seeds.`;
	return [sentence, ...limits.map((limit) => LIMITS[limit])];
}
