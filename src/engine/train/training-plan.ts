// The training graph of a run and the capacity that its micro-batches need. The trainer compiles it; estimates use it
// without allocating anything.
import type { AdapterLayout } from "../adapters/adapter.ts";
import type { RunSettings } from "../api.ts";
import type { EncodedDataset } from "../data/dataset.ts";
import { byteLength, type Graph } from "../graph/ir.ts";
import { planMemory } from "../graph/passes/memory-plan.ts";
import { mixedPrecision } from "../graph/passes/mixed-precision.ts";
import type { ModelShape } from "../models/load.ts";
import { type BatchCapacity, trainingGraph } from "./graphs.ts";

/** Layers are recomputed in the backward pass if weights and activations would take more than this. */
const KEPT_UP_TO_BYTES = 2 * 2 ** 30;

export interface RunRows {
	readonly train: EncodedDataset;
	readonly heldOut: EncodedDataset | null;
}

/**
 * Maximum capacity that any micro-batch of a run needs.
 * @param longest maximum row length to assume
 */
export function capacityOf(
	{ train, heldOut }: RunRows,
	{ virtualTokens }: Pick<AdapterLayout, "virtualTokens">,
	{
		per_device_train_batch_size,
		loss_type,
		max_length,
	}: Pick<RunSettings, "per_device_train_batch_size" | "loss_type" | "max_length">,
	longest = max_length,
): BatchCapacity {
	const capacities = [train, ...(heldOut === null ? [] : [heldOut])].map((rows) =>
		rows.withVirtualTokens(virtualTokens).capacity(per_device_train_batch_size, longest),
	);
	const tokens = Math.max(...capacities.map(({ tokens }) => tokens));
	// ORPO also trains the prompts.
	const targets = loss_type === "orpo" ? tokens : Math.max(...capacities.map(({ targets }) => targets));
	return { tokens, targets };
}

/** The training graph, with layers recomputed if their activations would take too much memory, and its peak. */
export function planTraining(
	model: ModelShape,
	adapter: AdapterLayout,
	capacity: BatchCapacity,
	{ precision }: Pick<RunSettings, "precision">,
) {
	return keptOrRecomputed((checkpoint) => inPrecision(precision, trainingGraph(model, adapter, capacity, checkpoint)));
}

/** The graph with its frozen products in the precision of a run. */
export function inPrecision(precision: RunSettings["precision"], graph: Graph): Graph {
	return precision === "mixed" ? mixedPrecision(graph) : graph;
}

/** @param graphOf the same training graph, with or without its layers recomputed */
export function keptOrRecomputed(graphOf: (checkpointLayers: boolean) => Graph) {
	const kept = graphOf(false);
	const { activationBytes, persistentBytes } = planMemory(kept);
	if (activationBytes + persistentBytes <= KEPT_UP_TO_BYTES) return { graph: kept, activationBytes, recomputed: false };
	const recomputed = graphOf(true);
	return { graph: recomputed, activationBytes: planMemory(recomputed).activationBytes, recomputed: true };
}

/** Bytes of the largest tensor that lives in a plan. */
export function largestActivation({ tensors, nodes }: Graph): number {
	const used = new Set(nodes.flatMap(({ inputs, outputs }) => [...inputs, ...outputs]));
	return tensors.reduce(
		(most, spec) => (spec.role === "activation" && used.has(spec.id) ? Math.max(most, byteLength(spec)) : most),
		0,
	);
}
