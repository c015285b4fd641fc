// What every activity on a loaded model shares: the device, its memory, the compiled kernels, their tuning, the model.
// The worker and the command each make one.
import type { Gpu } from "../device/gpu.ts";
import { GpuMemory } from "../executor/memory.ts";
import { Plan } from "../executor/plan.ts";
import type { Graph } from "../graph/ir.ts";
import { Pipelines } from "../kernels/pipelines.ts";
import type { Tuning } from "../kernels/tuning.ts";
import { detectTuning } from "../kernels/tuning-defaults.ts";
import { type LoadedModel, uploadWeights } from "../models/load.ts";

export interface Workbench {
	readonly gpu: Gpu;
	readonly memory: GpuMemory;
	readonly pipelines: Pipelines;
	readonly tuning: Tuning;
	readonly model: LoadedModel;
}

/** Uploads a model's weights onto a device. */
export async function startWorkbench(gpu: Gpu, model: LoadedModel, onProgress?: (done: number, total: number) => void): Promise<Workbench> {
	const memory = new GpuMemory(gpu);
	const pipelines = new Pipelines(gpu);
	await gpu.checked("loading the model", () => uploadWeights(model, memory, onProgress));
	return { gpu, memory, pipelines, tuning: await detectTuning(gpu, pipelines), model };
}

export function compilePlan(bench: Workbench, graph: Graph): Promise<Plan> {
	return Plan.compile(graph, bench.memory, bench.pipelines, bench.tuning);
}
