// The training loop: steps, evaluations, samples and saves in order, with pause, resume and stop. Callers receive its
// events; it knows neither files nor the page.

import { TabTuneError } from "../../shared/errors.ts";
import { trainMessage } from "../../shared/messages/index.ts";
import type { Message } from "../../shared/messages/message.ts";
import type { Rewards, RunEvent, RunPhase, RunSettings, RunState } from "../api.ts";
import type { Trainer } from "./trainer.ts";

/** Consecutive steps skipped for NaN or Inf after which the run stops. */
export const MOST_SKIPPED = 3;

export interface RunHooks {
	/** Receives every event, in order. */
	emit(event: RunEvent): void;
	/** Writes a checkpoint; called every save_steps, when `saveDue` says so, at a pause, and after the last step. */
	save?(step: number, last: boolean): Promise<void>;
	saveDue?(): boolean;
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
	/** For preference data: the last rewards, measured on held-out pairs if there are any. */
	readonly rewards?: Rewards;
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
	const state = (value: RunState) => hooks.emit({ type: "state", state: value });
	let phase: RunPhase | null = null;
	const enter = (next: RunPhase) => {
		if (next !== phase) hooks.emit({ type: "phase", phase: next });
		phase = next;
	};
	let firstEvalLoss: number | null = null;
	let lastEvalLoss: number | null = null;
	let lastLoss = Number.NaN;
	let measured: Rewards | undefined;
	let elapsed = 0;
	let skippedInARow = 0;
	let evaluatedAt = -1;
	let prepared = false;

	const evaluate = async () => {
		enter("measuring");
		const result = await trainer.evaluate();
		if (result === null) return;
		evaluatedAt = trainer.step;
		firstEvalLoss ??= result.eval_loss;
		lastEvalLoss = result.eval_loss;
		measured = result.rewards;
		hooks.emit({ type: "eval", step: trainer.step, ...result });
	};
	const sample = async () => {
		if (hooks.sample === undefined) return;
		enter("sampling");
		hooks.emit({ type: "sample", step: trainer.step, ...(await hooks.sample()) });
	};

	state("running");
	if (trainer.step === 0) await evaluate();
	while (trainer.step < trainer.totalSteps && !control.stopped) {
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
		if (lastEvalLoss === null) measured = record.rewards;
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
		const last = record.step === trainer.totalSteps;
		if (settings.eval_steps > 0 && record.step % settings.eval_steps === 0 && !last) await evaluate();
		if (hooks.sampleEvery && record.step % hooks.sampleEvery === 0 && !last) await sample();
		const due = settings.save_steps > 0 && record.step % settings.save_steps === 0;
		if (!last && (due || hooks.saveDue?.())) await hooks.save?.(record.step, false);
	}
	if (hooks.save !== undefined) enter("saving");
	// Saved first: a process that was asked to end may have little time, and an evaluation may fail.
	await hooks.save?.(trainer.step, true);
	if (evaluatedAt !== trainer.step) await evaluate();
	await sample();
	const result = control.stopped && trainer.step < trainer.totalSteps ? "stopped" : "finished";
	state(result);
	const rewards = measured && { rewards: measured };
	return { state: result, steps: trainer.step, firstEvalLoss, lastEvalLoss, lastLoss, ...rewards, elapsed };
}

export function diverged(step: number, reason: Message): TabTuneError {
	return new TabTuneError("numeric", {
		what: trainMessage("diverged", { count: MOST_SKIPPED, reason }),
		where: trainMessage("diverged.where", { first: step - MOST_SKIPPED + 1, last: step }),
		next: trainMessage("diverged.next"),
	});
}
