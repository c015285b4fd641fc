// Estimates the cost of a run from its graphs, without allocating anything. The page shows it as fits, tight or too big.
import type { AdapterLayout } from "../adapters/adapter.ts";
import { tensorsByForm } from "../adapters/layout.ts";
import type { CostEstimate, DeviceInfo, RunSettings } from "../api.ts";
import { safetensorsHeader } from "../formats/index.ts";
import { planMemory } from "../graph/passes/memory-plan.ts";
import type { ModelShape } from "../models/load.ts";
import { type BatchCapacity, evaluationGraph, updateGraph } from "./graphs.ts";
import { planTraining } from "./training-plan.ts";

/** WebGPU has no API for free memory, so limits are derived from the maximum buffer size and typical devices. */
const USUAL_BYTES = 4 * 2 ** 30;
const FITS_SHARE = 0.5;

/** Estimated GPU memory of a device, in bytes. */
export const gpuBudget = ({ maxBufferSize }: Pick<DeviceInfo, "maxBufferSize">): number =>
	Math.max(maxBufferSize, USUAL_BYTES);

/** GPU bytes while a run trains: weights, flat buffers, activations of its plans. */
export function runBytes(
	model: ModelShape,
	adapter: AdapterLayout,
	settings: RunSettings,
	capacity: BatchCapacity,
	evaluates: boolean,
): number {
	const training = planTraining(model, adapter, capacity, settings);
	const plans = [
		planMemory(training.graph),
		planMemory(updateGraph(adapter, settings)),
		...(evaluates ? [planMemory(evaluationGraph(model, adapter, capacity))] : []),
	];
	const flat = 4 * adapter.size * 4 + adapter.frozen.size * 4;
	return plans[0].persistentBytes + flat + plans.reduce((total, { activationBytes }) => total + activationBytes, 0);
}

/** Size of adapter_model.safetensors in float32, or of all files of the adapter, including frozen initial values. */
export function adapterFileBytes(adapter: AdapterLayout): number {
	const headers = [...tensorsByForm(adapter)].map(([form, tensors]) =>
		tensors.map(({ name, shape }) => ({
			name: form === "lora" ? `base_model.model.${name}` : name,
			shape,
			dtype: "F32",
		})),
	);
	return headers.reduce(
		(total, tensors) => total + safetensorsHeader(tensors, { format: "pt" }).header.length,
		(adapter.parameters + adapter.frozen.parameters) * 4,
	);
}

export function estimateRun(
	model: ModelShape,
	adapter: AdapterLayout,
	settings: RunSettings,
	capacity: BatchCapacity,
	device: DeviceInfo,
): Omit<CostEstimate, "link"> {
	const peakBytes = runBytes(model, adapter, settings, capacity, true);
	const budget = gpuBudget(device);
	const fits = peakBytes <= budget * FITS_SHARE ? "fits" : peakBytes <= budget ? "tight" : "too-big";
	return { trainableParameters: adapter.parameters, adapterBytes: adapterFileBytes(adapter), peakBytes, fits };
}
