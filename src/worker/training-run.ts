// One run from its parts to its summary: the trainer, its samples, and the keeping of it. What to train is decided in run-manager.ts.
import type { Adapter } from "../engine/adapters/adapter.ts";
import { exportAdapter } from "../engine/adapters/adapter-files.ts";
import type { RunEvent, RunRecord, RunSettings, RunSummary } from "../engine/api.ts";
import type { PreparedData } from "../engine/data/describe.ts";
import { zipFiles } from "../engine/formats/index.ts";
import { adapterFileBytes } from "../engine/train/estimate.ts";
import { pace } from "../engine/train/method-run.ts";
import { type RunControl, runTraining } from "../engine/train/run.ts";
import type { ModelRuntime } from "../engine/train/runtime.ts";
import { Trainer, type TrainerState } from "../engine/train/trainer.ts";
import type { StoredRun } from "./run-store.ts";

export interface TrainingRun {
	readonly settings: RunSettings;
	readonly data: PreparedData;
	readonly adapter: Adapter;
	/** The state of a run that goes on. */
	readonly from: TrainerState | null;
	readonly samplePrompt: string | null;
	readonly sampleEvery: number;
	/** Makes what samples need. */
	prepareSamples(): Promise<unknown>;
	answer(prompt: string): Promise<string>;
	/** Begins to keep the run, now that its length is known; null keeps nothing. */
	keep(run: Pick<RunRecord, "totalSteps">): Promise<StoredRun | null>;
}

export async function executeRun(
	runtime: ModelRuntime,
	job: TrainingRun,
	control: RunControl,
	emit: (event: RunEvent) => void,
): Promise<RunSummary> {
	const { settings, adapter, samplePrompt } = job;
	const { train, heldOut } = job.data;
	const trainer = await Trainer.create(runtime, {
		...adapter,
		settings,
		train,
		heldOut,
		start: job.from ?? adapter.params,
	});
	let kept: StoredRun | null = null;
	try {
		kept = await job.keep(trainer);
		const steps: { step: number; elapsed: number }[] = [];
		const tell = (event: RunEvent) => {
			if (event.type === "step") steps.push({ step: event.step, elapsed: event.elapsed });
			kept?.note(event);
			emit(event);
		};
		const save = async (run: StoredRun) => {
			const state = await trainer.state();
			const zip = zipFiles(await exportAdapter(runtime.model, { ...adapter, params: state.params, stored: null }));
			const warning = await run.save(state, zip);
			if (warning !== null) tell({ type: "warning", message: warning });
		};
		const result = await runTraining(trainer, settings, control, {
			emit: tell,
			sampleEvery: job.sampleEvery,
			...(kept === null ? {} : keeping(kept, save)),
			...(samplePrompt === null
				? {}
				: {
						prepareSamples: () => job.prepareSamples(),
						sample: async () => ({ prompt: samplePrompt, text: await job.answer(samplePrompt) }),
					}),
		});
		const summary = {
			...result,
			trainableParameters: adapter.layout.parameters,
			adapterBytes: adapterFileBytes(adapter.layout),
			peakBytes: trainer.peakBytes,
			...pace(train, settings, steps),
		};
		await kept?.end({ summary });
		return summary;
	} catch (error) {
		await kept?.end({ error });
		throw error;
	} finally {
		trainer.release();
	}
}

function keeping(kept: StoredRun, save: (run: StoredRun) => Promise<void>) {
	return { save: () => save(kept), saveDue: () => kept.due };
}
