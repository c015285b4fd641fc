// The dispatches of a whole LoRA training step, captured without a GPU: a graph lowers to kernel calls on its own.
import { adapterLayout } from "../../src/engine/adapters/layout.ts";
import { graphFor, lowered } from "../../src/engine/executor/plan.ts";
import { byteLength, type Graph } from "../../src/engine/graph/ir.ts";
import type { KernelLimits } from "../../src/engine/graph/op.ts";
import { shaderText } from "../../src/engine/kernels/kernel.ts";
import type { Tuning } from "../../src/engine/kernels/tuning.ts";
import { openModelFiles } from "../../src/engine/models/load.ts";
import { updateGraph } from "../../src/engine/train/graphs.ts";
import { planTraining } from "../../src/engine/train/training-plan.ts";
import { DEFAULT_SETTINGS, type RunSettings } from "../../src/shared/settings.ts";
import { randomFolder } from "../model-shapes.ts";

export interface CapturedCall {
	/** Index of the shader in `texts`. */
	readonly text: number;
	readonly kernel: string;
	/** Name of the graph's node. */
	readonly node: string;
	readonly workgroups: readonly [number, number, number];
	readonly flops: number;
	/** Bytes of the ranges that the call binds: the least that it reads and writes, if it uses all of them. */
	readonly bytes: number;
}

export interface CapturedStep {
	readonly texts: readonly string[];
	readonly calls: readonly CapturedCall[];
}

/** The limits that most desktop GPUs offer in Chrome. */
const GPU_LIMITS: KernelLimits = {
	maxStorageBufferBindingSize: 2 ** 31 - 4,
	maxComputeWorkgroupsPerDimension: 65535,
	maxComputeInvocationsPerWorkgroup: 1024,
	maxComputeWorkgroupStorageSize: 32768,
};

/**
 * One step of LoRA on every linear layer with one text: forward, loss, backward and AdamW.
 * @param shape a key of SHAPES in ../model-shapes.ts
 */
export async function captureStep(
	shape: string,
	tokens: number,
	rank: number,
	tuning: Tuning,
	precision: RunSettings["precision"] = "f32",
): Promise<CapturedStep> {
	const settings = { ...DEFAULT_SETTINGS, r: rank, target_modules: "all-linear", max_length: tokens, precision };
	const model = await openModelFiles(await randomFolder(shape), shape);
	const layout = adapterLayout(model, settings);
	const { graph } = planTraining(model, layout, { tokens, targets: tokens }, settings);
	const texts = new Map<string, number>();
	const calls = [graph, updateGraph(layout, settings)].flatMap((part) => callsOf(part, tuning, texts));
	return { texts: [...texts.keys()], calls };
}

function callsOf(given: Graph, tuning: Tuning, texts: Map<string, number>): CapturedCall[] {
	const graph = graphFor(given, tuning);
	return lowered(graph, tuning, GPU_LIMITS).map(({ call, nodeIndex }): CapturedCall => {
		const text = shaderText(call.kernel, call.constants);
		if (!texts.has(text)) texts.set(text, texts.size);
		const bytes = call.bindings.reduce(
			(sum, { tensor, offset = 0, size }) => sum + (size ?? byteLength(graph.tensors[tensor]) - offset),
			0,
		);
		return {
			text: texts.get(text) ?? 0,
			kernel: call.kernel.name,
			node: graph.nodes[nodeIndex].name,
			workgroups: call.workgroups,
			flops: call.flops,
			bytes,
		};
	});
}
