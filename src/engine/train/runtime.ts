// The runtime of a loaded model: device, GPU memory, compiled kernels, their tuning and the model. The worker and the CLI
// each create one.
import type { Adapter } from "../adapters/adapter.ts";
import type { Gpu } from "../device/gpu.ts";
import { GpuMemory } from "../executor/memory.ts";
import { Plan } from "../executor/plan.ts";
import type { Graph } from "../graph/ir.ts";
import { Pipelines } from "../kernels/pipelines.ts";
import type { Tuning } from "../kernels/tuning.ts";
import type { LoadedModel } from "../models/load.ts";
import { uploadWeights } from "../models/upload.ts";
import { type DeviceTuning, type TuningOptions, type TuningStore, tuneDevice } from "./device-tuning.ts";
import { withModelMemoryAdvice } from "./memory-advice.ts";

export interface ModelRuntime {
	readonly gpu: Gpu;
	readonly memory: GpuMemory;
	readonly pipelines: Pipelines;
	readonly tuning: Tuning;
	/** Where the tuning comes from. */
	readonly deviceTuning: DeviceTuning;
	/** Where measurements and results of self-tests of the device are stored. */
	readonly store?: TuningStore;
	readonly model: LoadedModel;
}

/** Minimum model size for autotuning on a software renderer, where compiling a variant takes a second or two. */
const TUNED_PARAMETERS = 5e7;

/** Uploads a model's weights onto a device and chooses kernel variants (device-tuning.ts). */
export async function startRuntime(
	gpu: Gpu,
	model: LoadedModel,
	onProgress?: (done: number, total: number) => void,
	options: TuningOptions = {},
): Promise<ModelRuntime> {
	const memory = new GpuMemory(gpu);
	const pipelines = new Pipelines(gpu);
	try {
		await gpu.checked("loading the model", () => uploadWeights(model, memory, onProgress));
	} catch (error) {
		memory.releaseAll();
		throw withModelMemoryAdvice(error, model);
	}
	const measure = !gpu.info.software || model.parameters >= TUNED_PARAMETERS;
	const deviceTuning = await tuneDevice(gpu, pipelines, measure, options);
	return { gpu, memory, pipelines, tuning: deviceTuning.tuning, deviceTuning, store: options.store, model };
}

/** Uploads an adapter's flat buffers to where plans read them, replacing those of the previous adapter. */
export function uploadAdapter(
	{ memory }: Pick<ModelRuntime, "memory">,
	adapter: Pick<Adapter, "params" | "frozen">,
): void {
	releaseAdapter({ memory });
	memory.upload("params", adapter.params);
	if (adapter.frozen !== undefined && adapter.frozen.length > 0) memory.upload("frozen", adapter.frozen);
}

export function releaseAdapter({ memory }: Pick<ModelRuntime, "memory">): void {
	for (const name of ["params", "frozen"]) memory.release(name);
}

export function compilePlan(runtime: ModelRuntime, graph: Graph): Promise<Plan> {
	return Plan.compile(graph, runtime.memory, runtime.pipelines, runtime.tuning);
}
