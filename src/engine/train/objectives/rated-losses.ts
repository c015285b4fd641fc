// The losses of rated answers with their derivatives, as trl/trainer/kto_trainer.py computes them (trl 1.16): KTO (arXiv 2402.01306,
// equation 7) and the unpaired variant of APO-zero (arXiv 2408.06266).

import type { RunSettings, TrainingMetrics } from "../../api.ts";
import type { LogProbabilities } from "./log-probabilities.ts";

export interface RatedAnswer extends LogProbabilities {
	readonly good: boolean;
}

export type RatedSettings = Pick<RunSettings, "beta" | "desirable_weight" | "undesirable_weight">;

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
const mean = (values: readonly number[]): number => values.reduce((total, x) => total + x, 0) / values.length;
const ratio = ({ logp, ref }: LogProbabilities): number => logp - ref;

/** KTO's estimate of the KL divergence: the mean log-ratio of the mismatched answers, at least 0. */
export const klOf = (mismatched: readonly LogProbabilities[]): number => Math.max(0, mean(mismatched.map(ratio)));

/**
 * The mean loss of a micro-batch, and its derivative with respect to the log-probability of each answer.
 * @param kl 0 for apo_zero_unpaired
 */
export function ratedLoss(
	answers: readonly RatedAnswer[],
	kl: number,
	{ beta, desirable_weight, undesirable_weight }: RatedSettings,
): { loss: number; slopes: readonly number[] } {
	const terms = answers.map((answer) => {
		const [sign, weight] = answer.good ? [1, desirable_weight] : [-1, undesirable_weight];
		const value = sigmoid(sign * beta * (ratio(answer) - kl));
		return { loss: weight * (1 - value), slope: -sign * weight * beta * value * (1 - value) };
	});
	return { loss: mean(terms.map(({ loss }) => loss)), slopes: terms.map(({ slope }) => slope / answers.length) };
}

/** TRL's metrics of a micro-batch; those of good or bad answers are missing if it has none. */
export function ratedMetrics(answers: readonly RatedAnswer[], kl: number | null, beta: number): TrainingMetrics {
	const [good, bad] = [true, false].map((rating) => answers.filter(({ good }) => good === rating));
	const reward = (of: readonly RatedAnswer[]) => beta * mean(of.map(ratio));
	const logp = (of: readonly RatedAnswer[]) => mean(of.map((answer) => answer.logp));
	return {
		...(kl === null ? {} : { kl }),
		...(good.length === 0 ? {} : { "rewards/chosen": reward(good), "logps/chosen": logp(good) }),
		...(bad.length === 0 ? {} : { "rewards/rejected": reward(bad), "logps/rejected": logp(bad) }),
		...(good.length === 0 || bad.length === 0 ? {} : { "rewards/margins": reward(good) - reward(bad) }),
	};
}
