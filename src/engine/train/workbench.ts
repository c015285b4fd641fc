// What every activity on a loaded model shares: the device, its memory, the compiled kernels, their tuning, the model.
// The worker and the command each make one.
import type { Gpu } from "../device/gpu.ts";
import type { GpuMemory } from "../executor/memory.ts";
import { Plan } from "../executor/plan.ts";
import type { Graph } from "../graph/ir.ts";
import type { Pipelines } from "../kernels/pipelines.ts";
import type { Tuning } from "../kernels/tuning.ts";
import type { LoadedModel } from "../models/load.ts";

export interface Workbench {
	readonly gpu: Gpu;
	readonly memory: GpuMemory;
	readonly pipelines: Pipelines;
	readonly tuning: Tuning;
	readonly model: LoadedModel;
}

export function compilePlan(bench: Workbench, graph: Graph): Promise<Plan> {
	return Plan.compile(graph, bench.memory, bench.pipelines, bench.tuning);
}
