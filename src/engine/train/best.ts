// The best evaluation of a run and early stopping, as transformers' Trainer._determine_best_metric and EarlyStoppingCallback
// define them: any strict improvement is the new best; patience counts the evaluations that do not improve on the best by more
// than early_stopping_threshold. The evaluation before the first step does not count.
import { TabTuneError } from "../../shared/errors.ts";
import { bestMessage, trainMessage } from "../../shared/messages/index.ts";
import type { Message } from "../../shared/messages/message.ts";
import type { BestResult, RunSettings } from "../api.ts";
import { evaluatesDuring } from "./intervals.ts";
import type { Evaluation } from "./objective.ts";
import type { RunRows } from "./training-plan.ts";

/** What selects the best weights. */
export interface Criterion {
	/** With the prefix eval_. */
	readonly metric: string;
	readonly greater: boolean;
}

/** The state that checkpoints keep, under the names of transformers' TrainerState. */
export interface BestState {
	readonly best_metric: number | null;
	readonly best_global_step: number | null;
	readonly early_stopping_patience_counter: number;
	/** The step of the last evaluation that was compared. */
	readonly evaluated_step: number;
}

export type BestSettings = Pick<
	RunSettings,
	| "load_best_model_at_end"
	| "metric_for_best_model"
	| "greater_is_better"
	| "early_stopping_patience"
	| "early_stopping_threshold"
>;

/** Null if no best checkpoint is asked for. */
export function criterionOf(settings: BestSettings): Criterion | null {
	const name = settings.metric_for_best_model ?? (settings.load_best_model_at_end ? "loss" : null);
	if (name === null) return null;
	const metric = `eval_${name.replace(/^eval_/, "")}`;
	return { metric, greater: settings.greater_is_better ?? !metric.endsWith("loss") };
}

/** How answers to the held-out rows are scored during the run; null if they are not. */
export function scoreRule(
	settings: BestSettings & Pick<RunSettings, "score_metric">,
): Exclude<RunSettings["score_metric"], "none"> | null {
	if (settings.score_metric !== "none") return settings.score_metric;
	return criterionOf(settings)?.metric === "eval_score" ? "exact-match" : null;
}

/**
 * @param rows of the run; null before they are opened
 * @throws TabTuneError "usage" for settings of the best checkpoint, early stopping or the score that contradict each other or
 * that the rows do not allow
 */
export function checkBestSettings(settings: RunSettings, rows: RunRows | null): void {
	const { load_best_model_at_end: loads, early_stopping_patience, greater_is_better, save_strategy } = settings;
	const criterion = criterionOf(settings);
	const rule = scoreRule(settings);
	if (criterion === null) {
		const unused =
			early_stopping_patience > 0
				? "early_stopping_patience"
				: greater_is_better !== null
					? "greater_is_better"
					: save_strategy === "best"
						? "save_strategy"
						: null;
		if (unused !== null)
			refuse(bestMessage("noMetric", { name: unused }), bestMessage("noMetric.next", { name: unused }));
	} else {
		const name = loads ? "load_best_model_at_end" : "metric_for_best_model";
		if (!evaluatesDuring(settings)) refuse(bestMessage("noEvaluations", { name }), bestMessage("noEvaluations.next"));
		if (loads && save_strategy === "no") refuse(bestMessage("noSaves"), bestMessage("noSaves.next"));
	}
	if (settings.early_stopping_threshold > 0 && early_stopping_patience === 0)
		refuse(bestMessage("noPatience"), bestMessage("noPatience.next"));
	const pattern = settings.score_pattern ?? "";
	if (rule === "regex" && pattern === "") refuse(bestMessage("noPattern"), bestMessage("noPattern.next"));
	if (rule !== "regex" && pattern !== "") refuse(bestMessage("patternUnused"), bestMessage("patternUnused.next"));
	if (rows === null) return;
	const asked =
		criterion?.metric ?? (rule !== null ? "score_metric" : settings.eval_strategy === "epoch" ? "eval_strategy" : null);
	if (asked !== null && rows.heldOut === null)
		refuse(bestMessage("noHeldOut", { name: asked }), bestMessage("noHeldOut.next"));
	if (criterion?.metric.startsWith("eval_rewards/") === true && rows.train.kind === "rows")
		refuse(bestMessage("noPairs", { name: criterion.metric }), bestMessage("noPairs.next"));
}

/** @throws TabTuneError "usage" naming a setting of the best checkpoint or the score, for studies of several runs */
export function refuseBestSettings(settings: RunSettings): void {
	const name = settings.load_best_model_at_end
		? "load_best_model_at_end"
		: criterionOf(settings) !== null
			? "metric_for_best_model"
			: scoreRule(settings) !== null
				? "score_metric"
				: null;
	if (name !== null) refuse(bestMessage("study", { name }), bestMessage("study.next", { name }));
	checkBestSettings(settings, null);
}

function refuse(what: Message, next: Message): never {
	throw new TabTuneError("usage", { what, where: trainMessage("theSettings"), next });
}

/** The value of a metric; NaN if the evaluation has none. */
function metricOf(metric: string, { eval_loss, eval_score, metrics }: Evaluation): number {
	if (metric === "eval_loss") return eval_loss;
	if (metric === "eval_score") return eval_score ?? Number.NaN;
	return metrics?.[metric.replace(/^eval_/, "")] ?? Number.NaN;
}

/** Follows the evaluations of a run. */
export class BestTracker {
	private best: number | null;
	private counter: number;
	private evaluated: number;
	private step: number | null;

	/** @param weights the parameters of the best evaluation; null if they are not known */
	constructor(
		readonly criterion: Criterion,
		private readonly settings: BestSettings,
		from: BestState | null,
		public weights: Float32Array | null,
	) {
		this.best = from?.best_metric ?? null;
		this.step = from?.best_global_step ?? null;
		this.counter = from?.early_stopping_patience_counter ?? 0;
		this.evaluated = from?.evaluated_step ?? 0;
	}

	/**
	 * Compares an evaluation. One of a step that was compared before, as after a resume, changes nothing.
	 * @returns whether it is the best so far, and whether the run stops
	 */
	note(step: number, evaluation: Evaluation): { readonly improved: boolean; readonly stop: boolean } {
		if (step <= this.evaluated) return { improved: false, stop: false };
		this.evaluated = step;
		const { early_stopping_patience, early_stopping_threshold } = this.settings;
		const value = metricOf(this.criterion.metric, evaluation);
		const { best } = this;
		const isBetter = best === null || (this.criterion.greater ? value > best : value < best);
		const counts = best === null || (isBetter && Math.abs(value - best) > early_stopping_threshold);
		this.counter = counts ? 0 : this.counter + 1;
		// The first value is compared with infinity, so that NaN is never the best.
		const improved = isBetter && !Number.isNaN(value);
		if (improved) {
			this.best = value;
			this.step = step;
		} else this.best ??= this.criterion.greater ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
		return { improved, stop: early_stopping_patience > 0 && this.counter >= early_stopping_patience };
	}

	get state(): BestState {
		return {
			best_metric: this.best,
			best_global_step: this.step,
			early_stopping_patience_counter: this.counter,
			evaluated_step: this.evaluated,
		};
	}

	/** Null before the first evaluation that counts. */
	get result(): BestResult | null {
		if (this.best === null || this.step === null) return null;
		return { metric: this.criterion.metric, best_metric: this.best, best_global_step: this.step };
	}
}
