// The loop of one heat of a race: steps, evaluations and saves in order. A slot with three consecutive non-finite steps is
// retired, and the others continue.

import type { TabTuneError } from "../../shared/errors.ts";
import type { RunEvent, RunState } from "../api.ts";
import type { EncodedDataset } from "../data/dataset.ts";
import { evaluatesAfter } from "./intervals.ts";
import { pace } from "./pace.ts";
import { RaceTrainer, type SlotStart } from "./race-trainer.ts";
import { diverged, MOST_SKIPPED, type RunControl } from "./run.ts";
import type { ModelRuntime } from "./runtime.ts";

export interface Heat {
	/** The settings of the slots may differ only in r, lora_alpha and learning_rate. */
	readonly slots: readonly SlotStart[];
	readonly train: EncodedDataset;
	readonly heldOut: EncodedDataset | null;
}

export interface HeatHooks {
	state(state: RunState): void;
	/** Receives the events of one slot, with its index in the heat. */
	emit(slot: number, event: RunEvent): void;
	retired(slot: number, step: number, error: TabTuneError): void;
	/** Called once, before the first step. */
	begins?(totalSteps: number, peakBytes: number): Promise<void>;
	/** Saves the adapters; called when `saveDue` says so, and at the end. */
	save?(step: number, params: (slot: number) => Promise<Float32Array>): Promise<void>;
	saveDue?(): boolean;
}

export interface SlotResult {
	readonly params: Float32Array;
	readonly losses: number[];
	readonly evaluations: { readonly step: number; readonly eval_loss: number }[];
	/** Why the slot was retired; null otherwise. */
	readonly error: TabTuneError | null;
}

export interface HeatResult {
	readonly state: "finished" | "stopped";
	readonly steps: number;
	readonly slots: readonly SlotResult[];
	readonly elapsed: number; // seconds in training steps
	readonly stepMilliseconds: number;
	readonly tokensPerSecond: number; // of all slots
	readonly peakBytes: number;
}

/** Trains the slots of a heat to their last step or until stopped, then frees their GPU memory. */
export async function runHeat(
	runtime: ModelRuntime,
	heat: Heat,
	control: RunControl,
	hooks: HeatHooks,
): Promise<HeatResult> {
	const trainer = await runtime.gpu.checked("preparing the race", () => RaceTrainer.create(runtime, heat));
	try {
		await hooks.begins?.(trainer.totalSteps, trainer.peakBytes);
		return await follow(trainer, heat, control, hooks);
	} finally {
		trainer.release();
	}
}

async function follow(trainer: RaceTrainer, heat: Heat, control: RunControl, hooks: HeatHooks): Promise<HeatResult> {
	const { settings } = heat.slots[0];
	const slots = heat.slots.map(() => ({
		losses: [] as number[],
		evaluations: [] as { step: number; eval_loss: number }[],
		skippedInARow: 0,
		error: null as TabTuneError | null,
	}));
	const steps: { step: number; elapsed: number }[] = [];
	let elapsed = 0;
	let evaluatedAt = -1;
	const racing = () => slots.some(({ error }) => error === null);

	const evaluate = async () => {
		const found = await trainer.evaluate();
		if (found === null) return;
		evaluatedAt = trainer.step;
		const { eval_tokens } = found;
		for (const [slot, { error, evaluations }] of slots.entries()) {
			if (error !== null) continue;
			const eval_loss = found.eval_loss[slot];
			evaluations.push({ step: trainer.step, eval_loss });
			hooks.emit(slot, { type: "eval", step: trainer.step, eval_loss, eval_tokens });
		}
	};
	const save = () => hooks.save?.(trainer.step, (slot) => trainer.params(slot));

	hooks.state("running");
	await evaluate();
	while (trainer.step < trainer.totalSteps && !control.stopped && racing()) {
		if (control.gate !== null) {
			hooks.state("paused");
			await control.gate;
			if (control.stopped) break;
			hooks.state("running");
		}
		const started = performance.now();
		const { step, num_tokens, slots: outcomes } = await trainer.next();
		elapsed += (performance.now() - started) / 1000;
		steps.push({ step, elapsed });
		for (const [slot, { skipped, ...record }] of outcomes.entries()) {
			const of = slots[slot];
			if (of.error !== null) continue;
			of.losses.push(record.loss);
			hooks.emit(slot, { type: "step", step, ...record, num_tokens, elapsed });
			of.skippedInARow = skipped === null ? 0 : of.skippedInARow + 1;
			if (skipped === null) continue;
			hooks.emit(slot, { type: "skipped", step, reason: skipped });
			if (of.skippedInARow < MOST_SKIPPED) continue;
			of.error = diverged(step, skipped);
			trainer.retire(slot);
			hooks.retired(slot, step, of.error);
		}
		const last = step === trainer.totalSteps;
		if (!last && evaluatesAfter(step, heat.train.length, settings)) await evaluate();
		if (!last && hooks.saveDue?.()) await save();
	}
	if (evaluatedAt !== trainer.step && racing()) await evaluate();
	await save();
	const { stepMilliseconds, tokensPerSecond } = pace(heat.train, settings, steps);
	return {
		state: control.stopped && trainer.step < trainer.totalSteps ? "stopped" : "finished",
		steps: trainer.step,
		slots: await Promise.all(
			slots.map(async ({ losses, evaluations, error }, slot) => ({
				params: await trainer.params(slot),
				losses,
				evaluations,
				error,
			})),
		),
		elapsed,
		stepMilliseconds,
		tokensPerSecond: tokensPerSecond * heat.slots.length,
		peakBytes: trainer.peakBytes,
	};
}
