// Times whole LoRA steps of the loaded model on random tokens, and the kernels of one of them.
import { DEFAULT_SETTINGS } from "../../../shared/settings.ts";
import { freshAdapter } from "../../adapters/create-adapter.ts";
import type { MeasuredKernel, MeasuredStep, RunSettings } from "../../api.ts";
import { EncodedDataset } from "../../data/dataset.ts";
import { type Profile, profilePlans } from "../../executor/profile.ts";
import { randomU32 } from "../../random.ts";
import { median } from "../pace.ts";
import { type ModelRuntime, releaseAdapter } from "../runtime.ts";
import { textEncoder } from "../text-processor.ts";
import { Trainer } from "../trainer.ts";

export interface StepTimes {
	readonly prepareMilliseconds: number;
	/** Most of it may be compiling. */
	readonly firstMilliseconds: number;
	readonly milliseconds: readonly number[];
	readonly flops: number;
	/** Bytes of the buffers that the dispatches bind. */
	readonly bytes: number;
	readonly dispatches: number;
	readonly peakBytes: number;
	readonly profile: Profile | null;
}

export interface StepOptions {
	/** Of each row. */
	readonly tokens: number;
	readonly rows?: number;
	readonly settings: RunSettings;
	/** Whether another step is to be timed, after each one. */
	more(done: readonly number[]): boolean | Promise<boolean>;
	/** Whether the kernels are timed too. */
	readonly profile: boolean;
}

export const loraSettings = (r: number, tokens: number): RunSettings => ({
	...DEFAULT_SETTINGS,
	r,
	lora_alpha: r,
	lora_dropout: 0,
	target_modules: "all-linear",
	max_length: tokens,
});

/** Trains a fresh adapter, which is released afterwards; no other may be on the GPU. */
export async function timeSteps(
	runtime: ModelRuntime,
	{ tokens, rows = 1, settings: given, more, profile }: StepOptions,
): Promise<StepTimes> {
	const settings = {
		...given,
		per_device_train_batch_size: rows,
		gradient_accumulation_steps: 1,
		max_steps: 1_000_000,
		shuffle: false,
	};
	const { model } = runtime;
	const adapter = await freshAdapter(model, settings, textEncoder(model));
	const random = Array.from({ length: rows }, (_, row) => {
		const input_ids = Int32Array.from({ length: tokens }, (_, t) => randomU32(1, 0, row, t) % model.config.vocab_size);
		return { input_ids, labels: input_ids };
	});
	const started = performance.now();
	let trainer: Trainer | null = null;
	try {
		trainer = await Trainer.create(runtime, {
			layout: adapter.layout,
			settings,
			train: EncodedDataset.of(random),
			heldOut: null,
			start: adapter.params,
			...(adapter.frozen === undefined ? {} : { frozen: adapter.frozen }),
		});
		const prepareMilliseconds = performance.now() - started;
		const timed = async () => {
			const start = performance.now();
			await trainer?.next();
			return performance.now() - start;
		};
		const firstMilliseconds = await timed();
		const milliseconds: number[] = [];
		while (await more(milliseconds)) milliseconds.push(await timed());
		return {
			prepareMilliseconds,
			firstMilliseconds,
			milliseconds,
			flops: trainer.flops,
			bytes: trainer.boundBytes,
			dispatches: trainer.dispatchCount,
			peakBytes: trainer.peakBytes,
			profile: profile && milliseconds.length > 0 ? await profilePlans(runtime.gpu, trainer.profiled()) : null,
		};
	} finally {
		trainer?.release();
		releaseAdapter(runtime);
	}
}

/** A step before the peaks are known. */
export type TimedStep = Omit<MeasuredStep, "share_of_peak" | "share_of_bandwidth">;

export function stepFigures(
	{ model }: Pick<ModelRuntime, "model">,
	{ tokens, r }: { tokens: number; r: number },
	times: StepTimes,
): TimedStep {
	const milliseconds = median(times.milliseconds);
	const gflops = times.flops / milliseconds / 1e6;
	return {
		model: model.name,
		parameters: model.parameters,
		base_dtype: model.dtype,
		r,
		tokens,
		prepare_milliseconds: times.prepareMilliseconds,
		first_milliseconds: times.firstMilliseconds,
		milliseconds,
		min_milliseconds: Math.min(...times.milliseconds),
		tokens_per_second: (1000 * tokens) / milliseconds,
		flops: times.flops,
		gflops,
		gigabytes_per_second: times.bytes / milliseconds / 1e6,
		dispatches: times.dispatches,
		peak_gpu_bytes: times.peakBytes,
	};
}

export function kernelFigures({ kernels }: Profile): MeasuredKernel[] {
	const all = kernels.reduce((sum, { milliseconds }) => sum + milliseconds, 0);
	return kernels.map(({ kernel, calls, milliseconds, flops, bytes }) => {
		const per = (amount: number) => (milliseconds > 0 ? amount / milliseconds / 1e6 : 0);
		return {
			kernel,
			calls,
			milliseconds,
			share: all > 0 ? milliseconds / all : 0,
			gflops: per(flops),
			gigabytes_per_second: per(bytes),
		};
	});
}
