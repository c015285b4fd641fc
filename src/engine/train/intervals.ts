// When a run evaluates and saves: every eval_steps and save_steps, or after each epoch, as transformers' DefaultFlowCallback.
import type { RunSettings } from "../api.ts";
import { epochPlan, type Pace } from "./epochs.ts";

type Intervals = Pace & Pick<RunSettings, "eval_strategy" | "eval_steps" | "save_strategy" | "save_steps">;

/** Whether evaluations follow step `step`. @param rows units of the training data */
export function evaluatesAfter(step: number, rows: number, settings: Intervals): boolean {
	return isDue(step, rows, settings, settings.eval_strategy, settings.eval_steps);
}

/** Whether a checkpoint is asked for after step `step`; new best checkpoints and those saved by time are not. */
export function savesAfter(step: number, rows: number, settings: Intervals): boolean {
	return isDue(step, rows, settings, settings.save_strategy, settings.save_steps);
}

function isDue(step: number, rows: number, settings: Pace, strategy: string, every: number): boolean {
	if (strategy === "epoch") return step % epochPlan(rows, settings).stepsPerEpoch === 0;
	return strategy === "steps" && every > 0 && step % every === 0;
}

/** Whether the held-out rows are evaluated between the first and the last step. */
export function evaluatesDuring({ eval_strategy, eval_steps }: Omit<Intervals, keyof Pace>): boolean {
	return eval_strategy === "epoch" || (eval_strategy === "steps" && eval_steps > 0);
}

/** Whether checkpoints are asked for by steps or epochs. */
export function savesRegularly({ save_strategy, save_steps }: Omit<Intervals, keyof Pace>): boolean {
	return save_strategy === "epoch" || (save_strategy === "steps" && save_steps > 0);
}
