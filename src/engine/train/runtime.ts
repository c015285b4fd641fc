// The runtime of a loaded model: device, GPU memory, compiled kernels, their tuning and the model. The worker and the CLI
// each create one.
import type { Adapter } from "../adapters/adapter.ts";
import type { Gpu } from "../device/gpu.ts";
import { GpuMemory } from "../executor/memory.ts";
import { Plan } from "../executor/plan.ts";
import type { Graph } from "../graph/ir.ts";
import { autotune } from "../kernels/autotune.ts";
import { Pipelines } from "../kernels/pipelines.ts";
import type { MatmulShape, Tuning } from "../kernels/tuning.ts";
import { defaultTable, detectClass, tuningFor } from "../kernels/tuning-defaults.ts";
import { weightName } from "../models/linear.ts";
import type { LoadedModel } from "../models/load.ts";
import { uploadWeights } from "../models/upload.ts";
import { withModelMemoryAdvice } from "./memory-advice.ts";

export interface ModelRuntime {
	readonly gpu: Gpu;
	readonly memory: GpuMemory;
	readonly pipelines: Pipelines;
	readonly tuning: Tuning;
	readonly model: LoadedModel;
}

/** Minimum model size for autotuning on a software renderer, where compiling a variant takes a second or two. */
const TUNED_PARAMETERS = 5e7;
/** Rows of the matmuls that are measured: a typical micro-batch. */
const TUNED_ROWS = 256;

/** Uploads a model's weights onto a device and chooses kernel variants: by subgroup support, then by measurement if worthwhile. */
export async function startRuntime(
	gpu: Gpu,
	model: LoadedModel,
	onProgress?: (done: number, total: number) => void,
): Promise<ModelRuntime> {
	const memory = new GpuMemory(gpu);
	const pipelines = new Pipelines(gpu);
	try {
		await gpu.checked("loading the model", () => uploadWeights(model, memory, onProgress));
	} catch (error) {
		memory.releaseAll();
		throw withModelMemoryAdvice(error, model);
	}
	return { gpu, memory, pipelines, tuning: await chooseTuning(gpu, pipelines, model), model };
}

async function chooseTuning(gpu: Gpu, pipelines: Pipelines, model: LoadedModel): Promise<Tuning> {
	const device = await detectClass(gpu, pipelines);
	if (gpu.info.software && model.parameters < TUNED_PARAMETERS) return tuningFor(device, defaultTable(device));
	const { hidden_size: k, intermediate_size: n } = model.config;
	const storageB = model.storageOf(weightName(model.family.linearModules(model.config)[0]));
	const frozen = { transposeA: false, transposeB: true, storageB } as const;
	const shapes: MatmulShape[] = [
		{ ...frozen, m: TUNED_ROWS, n, k },
		{ ...frozen, m: 16, n: TUNED_ROWS, k, storageB: "f32" },
		{ ...frozen, m: 1, n, k },
	];
	return tuningFor(device, (await autotune(pipelines, device, shapes)).table);
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
