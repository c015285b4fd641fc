// Measures one method, trained and timed: the contents of a row of the methods table.
import type { Adapter, AdapterLayout } from "../adapters/adapter.ts";
import { adaptedModule, mergeInto } from "../adapters/merge/merge.ts";
import type { DeviceInfo, MethodCost, MethodSpeed, RunSettings } from "../api.ts";
import type { LoadedModel } from "../models/load.ts";
import { uploadWeight, weightValues } from "../models/upload.ts";
import { estimateRun } from "./estimate.ts";
import { Generator } from "./generator.ts";
import type { BatchCapacity } from "./graphs.ts";
import { median } from "./pace.ts";
import { type ModelRuntime, uploadAdapter } from "./runtime.ts";

/** Cost of a method, computed from its layout. */
export function methodCost(
	model: LoadedModel,
	layout: AdapterLayout,
	settings: RunSettings,
	capacity: BatchCapacity,
	device: DeviceInfo,
): MethodCost {
	const { trainableParameters, adapterBytes, peakBytes } = estimateRun(model, layout, settings, capacity, device);
	return {
		trainableParameters,
		share: trainableParameters / model.parameters,
		fileBytes: adapterBytes,
		gradientBytes: trainableParameters * 4,
		optimizerBytes: trainableParameters * 8,
		plannedPeakBytes: peakBytes,
	};
}

const ROUNDS = 5;
const PROMPT = 16; // tokens
const ANSWER = 24; // tokens

/**
 * Measures the decoding speed of the base, with the adapter unmerged and merged, and the time to switch adapters. The
 * adapter must be on the GPU, and no generator may exist.
 */
export async function measureSpeed(runtime: ModelRuntime, adapter: Adapter): Promise<MethodSpeed> {
	const { layout } = adapter;
	const [base, unmerged] = await decodeTimes(runtime, [null, layout]);
	const [merged] = layout.replaces
		? [unmerged]
		: mergeable(layout)
			? await withMerged(runtime, adapter, () => decodeTimes(runtime, [null]))
			: [null];
	const switches: number[] = [];
	for (let round = 0; round < ROUNDS; round++) {
		const started = performance.now();
		uploadAdapter(runtime, adapter);
		await runtime.gpu.fence(0);
		switches.push(performance.now() - started);
	}
	return { base, unmerged, merged, switchMilliseconds: median(switches) };
}

/** Whether the adapter can be merged into the base weights. */
const mergeable = ({ modules, tensors }: AdapterLayout): boolean =>
	modules.reduce((count, { magnitude }) => count + (magnitude === null ? 2 : 3), 0) === tensors.length;

/** Milliseconds per decoded token of each layout, measured in turns so that a slower machine affects all of them. */
async function decodeTimes(runtime: ModelRuntime, layouts: readonly (AdapterLayout | null)[]): Promise<number[]> {
	const cacheLength = runtime.model.config.max_position_embeddings;
	const prompt = Array.from({ length: PROMPT }, (_, i) => (i * 31 + 1) % runtime.model.config.vocab_size);
	const took: number[][] = layouts.map(() => []);
	for (let round = 0; round < ROUNDS; round++) {
		for (const [side, layout] of layouts.entries()) {
			const generator = await Generator.create(
				runtime,
				layout,
				Math.min((layout?.virtualTokens ?? 0) + PROMPT + ANSWER, cacheLength),
			);
			const stamps: number[] = [];
			const sampling = { temperature: 0, top_p: 1, top_k: 0, seed: 0, adapterStrength: layout === null ? 0 : 1 };
			try {
				await generator.generate(prompt, { ...sampling, max_new_tokens: ANSWER }, [], () => {
					stamps.push(performance.now());
					return true;
				});
			} finally {
				generator.release();
			}
			took[side].push(...stamps.slice(1).map((stamp, i) => stamp - stamps[i]));
		}
	}
	return took.map(median);
}

/** Runs `work` with the adapter merged into the weights on the GPU, then restores the base weights. */
async function withMerged<T>(runtime: ModelRuntime, adapter: Adapter, work: () => Promise<T>): Promise<T> {
	const { model, memory } = runtime;
	const { layout } = adapter;
	const changed = model.family
		.weights(model.config)
		.filter(({ name }) => adaptedModule(layout, name) !== undefined)
		.map(({ name }) => name);
	try {
		for (const name of changed) {
			const values = (await weightValues(model, name)).slice();
			const entry = adaptedModule(layout, name);
			if (entry !== undefined) mergeInto(values, adapter, entry);
			await uploadWeight(model, memory, name, values);
		}
		return await work();
	} finally {
		for (const name of changed) await uploadWeight(model, memory, name);
	}
}
