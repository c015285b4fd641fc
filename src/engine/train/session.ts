// A training session: one run from its rows and its adapter to its summary. The CLI, the worker and the package use it;
// they decide what is shown, where checkpoints are stored and when a run may start.

import { bestMessage, trainMessage } from "../../shared/messages/index.ts";
import type { Message, MessageText } from "../../shared/messages/message.ts";
import { DEFAULT_SETTINGS } from "../../shared/settings.ts";
import type { Adapter } from "../adapters/adapter.ts";
import { forTraining, freshAdapter } from "../adapters/create-adapter.ts";
import type { RunEvent, RunSettings, RunSummary } from "../api.ts";
import type { LoadedModel } from "../models/load.ts";
import { BestTracker, checkBestSettings, criterionOf, scoreRule } from "./best.ts";
import type { Checkpoint, SavedState } from "./checkpoint/checkpoint.ts";
import { fingerprintsOf, type RunFingerprints, type RunIdentity } from "./checkpoint/identity.ts";
import { adapterFileBytes } from "./estimate.ts";
import { pace } from "./pace.ts";
import { type RunControl, runTraining } from "./run.ts";
import type { ModelRuntime } from "./runtime.ts";
import { neverLearns, warmupSteps } from "./schedule.ts";
import { textEncoder } from "./text-processor.ts";
import { Trainer } from "./trainer.ts";
import type { RunRows } from "./training-plan.ts";

export interface PreparedRun extends RunRows {
	readonly settings: RunSettings;
	/** The adapter at the start of the run. */
	readonly adapter: Adapter;
}

export interface RunInput {
	readonly settings: RunSettings;
	/** The adapter to continue training; null for a fresh one. */
	readonly from: Adapter | null;
	/** Opens and encodes the data. */
	rows(): Promise<RunRows>;
	warn(message: MessageText): void;
}

/** Encodes the rows and creates the adapter. Needs no GPU, so that invalid input is rejected before one is requested. */
export async function prepareRun(model: LoadedModel, { settings, from, rows, warn }: RunInput): Promise<PreparedRun> {
	checkBestSettings(settings, null);
	const { train, heldOut } = await rows();
	checkBestSettings(settings, { train, heldOut });
	const adapter =
		from === null ? await freshAdapter(model, settings, textEncoder(model), warn) : forTraining(model, from, settings);
	return { settings, adapter, train, heldOut };
}

/** The checkpoint that a session resumes from, and its name in messages. */
export interface ResumePoint {
	readonly saved: SavedState;
	/** The parameters of the best evaluation so far; null if there is none or its checkpoint is gone. */
	readonly best: Float32Array | null;
	readonly where: string;
	/** Whether it may resume with other rows. */
	readonly anyRows: boolean;
}

export interface SessionHooks {
	/** Receives every event, in order. */
	emit(event: RunEvent): void;
	/** As in RunHooks. */
	save?(step: number, last: boolean): Promise<void>;
	saveDue?(): boolean;
	loaded?(last: Float32Array): Promise<void>;
	/** Required if the settings ask for a score (scoreRule). */
	score?(): Promise<number>;
	readonly samples?: SampleHooks;
}

export interface SampleHooks {
	readonly prompt: string;
	/** In steps; 0 samples only after the last step. */
	readonly every: number;
	/** Allocates what answers need, after the first step. */
	prepare?(): Promise<unknown>;
	/** Answers the prompt with the current adapter. */
	answer(prompt: string): Promise<string>;
}

export class TrainingSession {
	private fingerprints: Promise<RunFingerprints> | null = null;

	private constructor(
		private readonly run: PreparedRun,
		private readonly trainer: Trainer,
		/** Null if the settings ask for no best checkpoint. */
		private readonly best: BestTracker | null,
		/** What differs from the checkpoint it resumes from, and kernels that were replaced. */
		private readonly warnings: readonly Message[],
	) {}

	/**
	 * Allocates and compiles everything the run needs.
	 * @throws TabTuneError "memory" if it does not fit; "usage" for a checkpoint of another adapter
	 */
	static async create(
		runtime: ModelRuntime,
		run: PreparedRun,
		resume: ResumePoint | null = null,
	): Promise<TrainingSession> {
		const { settings, adapter, train, heldOut } = run;
		let warnings: readonly Message[] = [];
		if (resume !== null) {
			const { checkResume } = await import("./checkpoint/resume.ts");
			const { size } = adapter.layout;
			const now = { ...(await fingerprintsOf(runtime.model, adapter.layout, train)), rows: train.length, size };
			warnings = checkResume(resume.saved, now, resume.where, resume.anyRows);
		}
		const start = resume?.saved.state ?? adapter.params;
		const trainer = await Trainer.create(runtime, { ...adapter, settings, train, heldOut, start });
		const best = trackerOf(settings, resume);
		const notLoaded =
			settings.early_stopping_patience > 0 && !settings.load_best_model_at_end ? [bestMessage("withoutLoading")] : [];
		return new TrainingSession(run, trainer, best, [...warnings, ...trainer.warnings, ...notLoaded]);
	}

	get totalSteps(): number {
		return this.trainer.totalSteps;
	}

	/** GPU bytes of the run: weights, optimizer state and activations. */
	get peakBytes(): number {
		return this.trainer.peakBytes;
	}

	/**
	 * Trains to the last step or until stopped.
	 * @throws TabTuneError "numeric" after three steps in a row with NaN or Inf; the parameters are those before them
	 */
	async train(control: RunControl, { emit, samples, ...hooks }: SessionHooks): Promise<RunSummary> {
		const { settings, adapter, train } = this.run;
		if (scoreRule(settings) !== null && hooks.score === undefined) throw new Error("nothing scores the answers");
		for (const message of this.warnings) emit({ type: "warning", message });
		if (neverLearns(settings, this.totalSteps))
			emit({
				type: "warning",
				message: trainMessage("noRate", {
					steps: this.totalSteps,
					warmup: warmupSteps(settings, this.totalSteps),
				}),
			});
		const steps: { step: number; elapsed: number }[] = [];
		const result = await runTraining(this.trainer, settings, control, {
			emit(event) {
				if (event.type === "step") steps.push({ step: event.step, elapsed: event.elapsed });
				emit(event);
			},
			...hooks,
			best: this.best,
			...(samples === undefined
				? {}
				: {
						sampleEvery: samples.every,
						prepareSamples: async () => samples.prepare?.(),
						sample: async () => ({ prompt: samples.prompt, text: await samples.answer(samples.prompt) }),
					}),
		});
		return {
			...result,
			trainableParameters: adapter.layout.parameters,
			adapterBytes: adapterFileBytes(adapter.layout),
			peakBytes: this.peakBytes,
			...pace(train, settings, steps),
		};
	}

	/** The adapter with the parameters that the GPU has now. */
	async adapter(): Promise<Adapter> {
		return { ...this.run.adapter, params: await this.trainer.params(), stored: null };
	}

	/** The contents of a checkpoint after the last step. */
	async checkpoint(run: RunIdentity): Promise<Checkpoint> {
		const { adapter, settings, train } = this.run;
		this.fingerprints ??= fingerprintsOf(this.trainer.model, adapter.layout, train);
		const identity = { ...run, ...(await this.fingerprints) };
		const best = this.best?.state ?? null;
		return { state: await this.trainer.state(), best, adapter, settings, rows: train.length, run: identity };
	}

	/** The parameters of the best evaluation; null without one. */
	get bestParams(): Float32Array | null {
		return this.best?.weights ?? null;
	}

	/** Frees all but the parameters, which stay on the GPU for generation and export. */
	release(): void {
		this.trainer.release();
	}
}

/** Continues the comparison of the checkpoint, unless the settings compare another metric now. */
function trackerOf(settings: RunSettings, resume: ResumePoint | null): BestTracker | null {
	const criterion = criterionOf(settings);
	if (criterion === null) return null;
	const before = resume?.saved.settings ?? null;
	const compared = (of: RunSettings) => JSON.stringify([criterionOf(of), scoreRule(of), of.score_pattern]);
	const same = before !== null && compared({ ...DEFAULT_SETTINGS, ...before }) === compared(settings);
	return new BestTracker(
		criterion,
		settings,
		same ? (resume?.saved.best ?? null) : null,
		same ? (resume?.best ?? null) : null,
	);
}
