// The training loop: steps, evaluations, samples and saves in order, with pause, resume and stop. Callers receive its
// events; it knows neither files nor the page.

import { TabTuneError } from "../../shared/errors.ts";
import { bestMessage, trainMessage } from "../../shared/messages/index.ts";
import type { Message } from "../../shared/messages/message.ts";
import type { BestResult, RunEvent, RunPhase, RunSettings, RunState, TrainingMetrics } from "../api.ts";
import type { BestTracker } from "./best.ts";
import { evaluatesAfter, savesAfter } from "./intervals.ts";
import type { Trainer } from "./trainer.ts";

/** Consecutive steps skipped for NaN or Inf after which the run stops. */
export const MOST_SKIPPED = 3;

const NOT_BEST = { improved: false, stop: false };

export interface RunHooks {
	/** Receives every event, in order. */
	emit(event: RunEvent): void;
	/**
	 * Writes a checkpoint; called every save_steps or epoch, for a new best evaluation, when `saveDue` says so, at a pause, and
	 * after the last step; then again once the last evaluation is compared.
	 */
	save?(step: number, last: boolean): Promise<void>;
	saveDue?(): boolean;
	/** The weights of the best evaluation have replaced those of the last step, which are passed. */
	loaded?(last: Float32Array): Promise<void>;
	/** Compares the evaluations, if the settings ask for the best one. */
	readonly best?: BestTracker | null;
	/** The share of held-out rows that are answered correctly. */
	score?(): Promise<number>;
	/** Answers the sample prompt with the current adapter. */
	sample?(): Promise<{ prompt: string; text: string }>;
	readonly sampleEvery?: number;
	/** Allocates what samples need, after the first step, so that later steps allocate nothing. */
	prepareSamples?(): Promise<unknown>;
}

export interface RunResult {
	readonly state: "finished" | "stopped";
	readonly steps: number;
	readonly firstEvalLoss: number | null;
	readonly lastEvalLoss: number | null;
	readonly lastLoss: number;
	/** For preference data: the last metrics, measured on the held-out rows if there are any. */
	readonly metrics?: TrainingMetrics;
	readonly best?: BestResult;
	/** The step whose weights are loaded, if that is not the last one. */
	readonly loadedStep?: number;
	readonly stoppedEarly?: boolean;
	readonly elapsed: number; // seconds spent in training steps
}

/** Pauses, resumes and stops a run from outside the loop. */
export class RunControl {
	private waiting: (() => void) | null = null;
	private paused: Promise<void> | null = null;
	stopped = false;

	pause(): void {
		this.paused ??= new Promise((resolve) => {
			this.waiting = resolve;
		});
	}

	resume(): void {
		this.waiting?.();
		this.waiting = null;
		this.paused = null;
	}

	stop(): void {
		this.stopped = true;
		this.resume();
	}

	/** Null if the run may continue; otherwise a promise that resolves when it may. */
	get gate(): Promise<void> | null {
		return this.paused;
	}
}

/**
 * Runs `trainer` to its last step or until stopped.
 * @throws TabTuneError "numeric" after three steps in a row with NaN or Inf; the parameters are those before them.
 */
export async function runTraining(
	trainer: Trainer,
	settings: RunSettings,
	control: RunControl,
	hooks: RunHooks,
): Promise<RunResult> {
	const { rows } = trainer;
	const state = (value: RunState) => hooks.emit({ type: "state", state: value });
	let phase: RunPhase | null = null;
	const enter = (next: RunPhase) => {
		if (next !== phase) hooks.emit({ type: "phase", phase: next });
		phase = next;
	};
	let firstEvalLoss: number | null = null;
	let lastEvalLoss: number | null = null;
	let lastLoss = Number.NaN;
	let measured: TrainingMetrics | undefined;
	let elapsed = 0;
	let skippedInARow = 0;
	let evaluatedAt = -1;
	let prepared = false;

	const best = hooks.best ?? null;
	/** Evaluates and compares. The evaluation before the first step is not compared. */
	const evaluate = async () => {
		enter("measuring");
		const losses = await trainer.evaluate();
		if (losses === null) return NOT_BEST;
		const result = { ...losses, ...(hooks.score && { eval_score: await hooks.score() }) };
		evaluatedAt = trainer.step;
		firstEvalLoss ??= result.eval_loss;
		lastEvalLoss = result.eval_loss;
		measured = result.metrics;
		hooks.emit({ type: "eval", step: trainer.step, ...result });
		const outcome = best?.note(trainer.step, result) ?? NOT_BEST;
		if (best !== null && outcome.improved) {
			best.weights = await trainer.params();
			if (best.result !== null) hooks.emit({ type: "best", ...best.result });
		}
		return outcome;
	};
	const sample = async () => {
		if (hooks.sample === undefined) return;
		enter("sampling");
		hooks.emit({ type: "sample", step: trainer.step, ...(await hooks.sample()) });
	};

	state("running");
	if (trainer.step === 0) await evaluate();
	let stoppedEarly = false;
	while (trainer.step < trainer.totalSteps && !control.stopped && !stoppedEarly) {
		if (control.gate !== null) {
			state("paused");
			if (trainer.step > 0) await hooks.save?.(trainer.step, false);
			await control.gate;
			if (control.stopped) break;
			state("running");
		}
		enter(prepared ? "training" : "compiling");
		const started = performance.now();
		const { skipped, ...record } = await trainer.next();
		elapsed += (performance.now() - started) / 1000;
		lastLoss = record.loss;
		if (lastEvalLoss === null) measured = record.metrics;
		hooks.emit({ type: "step", ...record, elapsed });
		if (!prepared) {
			prepared = true;
			if (hooks.prepareSamples !== undefined) enter("sampling");
			await hooks.prepareSamples?.();
		}
		if (skipped === null) skippedInARow = 0;
		else {
			skippedInARow++;
			hooks.emit({ type: "skipped", step: record.step, reason: skipped });
			if (skippedInARow === MOST_SKIPPED) throw diverged(record.step, skipped);
		}
		if (record.step === trainer.totalSteps) break;
		const { improved, stop } = evaluatesAfter(record.step, rows, settings) ? await evaluate() : NOT_BEST;
		stoppedEarly = stop;
		if (stop) break;
		if (hooks.sampleEvery && record.step % hooks.sampleEvery === 0) await sample();
		const due = savesAfter(record.step, rows, settings);
		if (due || improved || hooks.saveDue?.()) await hooks.save?.(record.step, false);
	}
	if (hooks.save !== undefined) enter("saving");
	// Saved first: a process that was asked to end may have little time, and an evaluation may fail.
	await hooks.save?.(trainer.step, true);
	if (evaluatedAt !== trainer.step) await evaluate();
	let loadedStep: number | undefined;
	if (best !== null) {
		// A stopped run that resumes continues without this evaluation, as the uninterrupted run.
		if (!control.stopped) await hooks.save?.(trainer.step, false);
		const { result, weights } = best;
		if (settings.load_best_model_at_end && result !== null && result.best_global_step !== trainer.step) {
			const step = result.best_global_step;
			if (weights === null) hooks.emit({ type: "warning", message: bestMessage("lost", { step }) });
			else {
				const last = await trainer.params();
				trainer.load(weights);
				loadedStep = step;
				await hooks.loaded?.(last);
			}
		}
	}
	await sample();
	const result = control.stopped && trainer.step < trainer.totalSteps ? "stopped" : "finished";
	state(result);
	return {
		state: result,
		steps: trainer.step,
		firstEvalLoss,
		lastEvalLoss,
		lastLoss,
		...(measured && { metrics: measured }),
		...(best?.result && { best: best.result }),
		...(loadedStep !== undefined && { loadedStep }),
		...(stoppedEarly && { stoppedEarly }),
		elapsed,
	};
}

export function diverged(step: number, reason: Message): TabTuneError {
	return new TabTuneError("numeric", {
		what: trainMessage("diverged", { count: MOST_SKIPPED, reason }),
		where: trainMessage("diverged.where", { first: step - MOST_SKIPPED + 1, last: step }),
		next: trainMessage("diverged.next"),
	});
}
