// The losses of pairs of answers, with their derivatives, as the trainers of DPO, CPO and ORPO in TRL compute them (trl 1.16).
// docs/preferences.md has the formulas and the papers.

import { comparesWithReference, lossesOf } from "../../../shared/losses.ts";
import type { RunSettings, TrainingMetrics } from "../../api.ts";

/** One answer: its summed log-probability under the policy and under the reference, in nats, and its number of tokens. */
export interface Answer {
	readonly logp: number;
	readonly ref: number;
	readonly tokens: number;
}

export interface AnswerPair {
	readonly chosen: Answer;
	readonly rejected: Answer;
	/** The prompt of the chosen answer, if the loss trains it too. */
	readonly prompt?: Answer;
}

export type LossSettings = Pick<
	RunSettings,
	"loss_type" | "loss_weights" | "beta" | "label_smoothing" | "discopop_tau" | "cpo_alpha" | "simpo_gamma"
>;

/** The loss of a micro-batch of pairs, and its derivative with respect to the log-probability of each answer. */
export interface PairsLoss {
	readonly loss: number;
	readonly slopes: readonly { readonly chosen: number; readonly rejected: number; readonly prompt: number }[];
}

/** A loss of one pair and its derivatives with respect to `c` and `r`. */
type Term = readonly [loss: number, dc: number, dr: number];

/** @param c score of the chosen answer: its log-ratio of policy and reference. @param r that of the rejected answer */
type PairTerm = (c: number, r: number, settings: LossSettings) => Term;

/** A loss that depends on all pairs of a micro-batch. @returns the loss of each pair */
type BatchTerm = (pairs: readonly AnswerPair[], settings: LossSettings) => readonly Term[];

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
/** log σ(x), without overflow for a large −x. */
const logSigmoid = (x: number): number => Math.min(x, 0) - Math.log1p(Math.exp(-Math.abs(x)));
/** σ'(x) */
const sigmoidSlope = (x: number): number => sigmoid(x) * sigmoid(-x);

/** −log σ(x) with a share of flipped preferences, and its derivative. */
function smoothed(x: number, label_smoothing: number): readonly [number, number] {
	const [kept, flipped] = [1 - label_smoothing, label_smoothing];
	return [-kept * logSigmoid(x) - flipped * logSigmoid(-x), -kept * sigmoid(-x) + flipped * sigmoid(x)];
}

/** A loss of the difference of the scores. @param of the loss and its derivative at beta · (c − r) */
const ofMargin =
	(of: (x: number, settings: LossSettings) => readonly [number, number]): PairTerm =>
	(c, r, settings) => {
		const [loss, slope] = of(settings.beta * (c - r), settings);
		return [loss, settings.beta * slope, -settings.beta * slope];
	};

const squaredMargin: PairTerm = (c, r, { beta }) => {
	const error = c - r - 1 / (2 * beta);
	return [error ** 2, 2 * error, -2 * error];
};

const sigmoidLoss = ofMargin((x, { label_smoothing }) => smoothed(x, label_smoothing));

/** log(1 − eˣ) for x < 0 */
const log1mexp = (x: number): number => (x < -Math.LN2 ? Math.log1p(-Math.exp(x)) : Math.log(-Math.expm1(x)));

/** Logarithm of the odds ratio of two answers by their mean log-probabilities. */
const logOdds = (c: number, r: number): number => c - r - (log1mexp(c) - log1mexp(r));

const PAIR_TERMS: Readonly<Record<string, PairTerm>> = {
	sigmoid: sigmoidLoss,
	sigmoid_norm: sigmoidLoss,
	ipo: squaredMargin,
	// The slope of NaN is not 0, so that the step runs backward and is refused.
	hinge: ofMargin((x) => [Math.max(0, 1 - x), x >= 1 ? 0 : -1]),
	robust: ofMargin((x, { label_smoothing: e }) => [
		(-(1 - e) * logSigmoid(x) + e * logSigmoid(-x)) / (1 - 2 * e),
		(-(1 - e) * sigmoid(-x) - e * sigmoid(x)) / (1 - 2 * e),
	]),
	exo_pair: ofMargin((x, { label_smoothing: e }) => {
		const [won, lost] = [logSigmoid(x) - Math.log1p(-e), logSigmoid(-x) - Math.log(e)];
		return [sigmoid(x) * won + sigmoid(-x) * lost, sigmoidSlope(x) * (won - lost)];
	}),
	cpo: sigmoidLoss,
	simpo: ofMargin((x, { label_smoothing, simpo_gamma }) => smoothed(x - simpo_gamma, label_smoothing)),
	orpo: (c, r, { beta }) => {
		const odds = logOdds(c, r);
		const slope = -beta * sigmoid(-odds);
		return [-beta * logSigmoid(odds), slope / -Math.expm1(c), -slope / -Math.expm1(r)];
	},
	discopop: ofMargin((x, { discopop_tau: tau }) => {
		const mix = sigmoid(x / tau);
		const [logistic, exponential] = [-logSigmoid(x), Math.exp(-x)];
		return [
			logistic * (1 - mix) + exponential * mix,
			-sigmoid(-x) * (1 - mix) - exponential * mix + (exponential - logistic) * (sigmoidSlope(x / tau) / tau),
		];
	}),
	nca_pair: (c, r, { beta: b }) => [
		-logSigmoid(b * c) - 0.5 * logSigmoid(-b * c) - 0.5 * logSigmoid(-b * r),
		b * (-sigmoid(-b * c) + 0.5 * sigmoid(b * c)),
		b * 0.5 * sigmoid(b * r),
	],
	bco_pair: (c, r, { beta: b }) => [-logSigmoid(b * c) - logSigmoid(-b * r), -b * sigmoid(-b * c), b * sigmoid(b * r)],
	sppo_hard: (c, r, { beta: b }) => [(c - 0.5 / b) ** 2 + (r + 0.5 / b) ** 2, 2 * (c - 0.5 / b), 2 * (r + 0.5 / b)],
	apo_zero: (c, r, { beta: b }) => [
		sigmoid(-b * c) + sigmoid(b * r),
		-b * sigmoidSlope(b * c),
		b * sigmoidSlope(b * r),
	],
	apo_down: (c, r, { beta: b }) => {
		const margin = b * sigmoidSlope(b * (c - r));
		return [sigmoid(b * c) + sigmoid(-b * (c - r)), b * sigmoidSlope(b * c) - margin, margin];
	},
};

/** Scores averaged over the answer's tokens. */
const AVERAGED: ReadonlySet<string> = new Set(["ipo", "sigmoid_norm", "orpo", "simpo"]);

const ratio = ({ logp, ref }: Answer): number => logp - ref;

const BATCH_TERMS: Readonly<Record<string, BatchTerm>> = {
	aot: (pairs, settings) => {
		const policy = pairs.map(({ chosen, rejected }) => chosen.logp - rejected.logp);
		const reference = pairs.map(({ chosen, rejected }) => chosen.ref - rejected.ref);
		return transported(policy, reference, settings, (slopes) => slopes.policy.map((slope) => [slope, -slope]));
	},
	aot_unpaired: (pairs, settings) =>
		transported(
			pairs.map(({ chosen }) => ratio(chosen)),
			pairs.map(({ rejected }) => ratio(rejected)),
			settings,
			({ policy, reference }) => policy.map((slope, i) => [slope, reference[i]]),
		),
	// The mean over the tokens of all chosen answers, the same for each pair.
	sft: (pairs) => {
		const { loss, slope } = tokenLoss(pairs);
		return pairs.map(() => [loss, pairs.length * slope, 0]);
	},
};

/** The mean loss of the tokens of all chosen answers, and of their prompts if they are trained; its slope for each answer. */
function tokenLoss(pairs: readonly AnswerPair[]): { loss: number; slope: number } {
	const trained = pairs.flatMap(({ chosen, prompt }) => (prompt === undefined ? [chosen] : [chosen, prompt]));
	const tokens = trained.reduce((total, answer) => total + answer.tokens, 0);
	return { loss: -trained.reduce((total, { logp }) => total + logp, 0) / tokens, slope: -1 / tokens };
}

/** Weight of the token loss in a loss that adds it. */
function tokenWeight({ loss_type, cpo_alpha }: LossSettings): number {
	if (loss_type === "orpo") return 1;
	return loss_type === "cpo" || loss_type === "simpo" ? cpo_alpha : 0;
}

/** Compares the values of two lists in ascending order (optimal transport in one dimension), the first with the first. */
function transported(
	policy: readonly number[],
	reference: readonly number[],
	{ beta, label_smoothing }: LossSettings,
	slopesOf: (slopes: {
		policy: readonly number[];
		reference: readonly number[];
	}) => readonly (readonly [number, number])[],
): Term[] {
	const ascending = (of: readonly number[]) => of.map((_, i) => i).sort((a, b) => of[a] - of[b]);
	const [first, second] = [ascending(policy), ascending(reference)];
	const losses: number[] = [];
	const slopes = { policy: [...policy], reference: [...reference] };
	first.forEach((at, i) => {
		const [loss, slope] = smoothed(beta * (policy[at] - reference[second[i]]), label_smoothing);
		losses.push(loss);
		slopes.policy[at] = beta * slope;
		slopes.reference[second[i]] = -beta * slope;
	});
	return slopesOf(slopes).map(([dc, dr], i) => [losses[i], dc, dr]);
}

/** The mean loss of a micro-batch: the weighted sum of the losses that loss_type names. */
export function pairsLoss(pairs: readonly AnswerPair[], settings: LossSettings): PairsLoss {
	let loss = 0;
	const slopes = pairs.map(() => ({ chosen: 0, rejected: 0, prompt: 0 }));
	lossesOf(settings.loss_type, "pairs").forEach((name, place) => {
		const weight = (settings.loss_weights?.[place] ?? 1) / pairs.length;
		const averaged = AVERAGED.has(name);
		const per = ({ tokens }: Answer) => (averaged ? Math.max(1, tokens) : 1);
		const terms =
			BATCH_TERMS[name]?.(pairs, settings) ??
			pairs.map(({ chosen, rejected }) =>
				PAIR_TERMS[name](ratio(chosen) / per(chosen), ratio(rejected) / per(rejected), settings),
			);
		terms.forEach(([term, dc, dr], i) => {
			loss += weight * term;
			slopes[i].chosen += (weight * dc) / per(pairs[i].chosen);
			slopes[i].rejected += (weight * dr) / per(pairs[i].rejected);
		});
	});
	const added = tokenWeight(settings);
	if (added > 0) {
		const tokens = tokenLoss(pairs);
		loss += added * tokens.loss;
		for (const slope of slopes) {
			slope.chosen += added * tokens.slope;
			slope.prompt += added * tokens.slope;
		}
	}
	return { loss, slopes };
}

/**
 * TRL's metrics of a micro-batch. The reward of an answer is beta times the difference of its log-probabilities under policy and
 * reference or, without a reference, beta times its log-probability, per token where the loss has it so.
 */
export function pairMetrics(pairs: readonly AnswerPair[], settings: LossSettings): TrainingMetrics {
	const { loss_type, beta } = settings;
	const compares = comparesWithReference(loss_type);
	const logp = (answer: Answer) =>
		answer.logp / (!compares && AVERAGED.has(loss_type) ? Math.max(1, answer.tokens) : 1);
	const reward = (answer: Answer) => beta * (compares ? ratio(answer) : logp(answer));
	const mean = (of: (pair: AnswerPair) => number) => pairs.reduce((total, pair) => total + of(pair), 0) / pairs.length;
	const [chosen, rejected] = [mean((pair) => reward(pair.chosen)), mean((pair) => reward(pair.rejected))];
	const odds = (of: (odds: number) => number) => mean((pair) => of(logOdds(logp(pair.chosen), logp(pair.rejected))));
	return {
		"rewards/chosen": chosen,
		"rewards/rejected": rejected,
		"rewards/margins": chosen - rejected,
		"rewards/accuracies": mean((pair) => (reward(pair.chosen) > reward(pair.rejected) ? 1 : 0)),
		"logps/chosen": mean((pair) => logp(pair.chosen)),
		"logps/rejected": mean((pair) => logp(pair.rejected)),
		...(compares ? {} : { nll_loss: tokenWeight(settings) === 0 ? 0 : tokenLoss(pairs).loss }),
		...(loss_type === "orpo" ? { log_odds_ratio: odds(logSigmoid), log_odds_chosen: odds((x) => x) } : {}),
	};
}
