// The graphs of a race: those of a run (graphs.ts) over a micro-batch with a copy of the rows for each slot, and each
// slot's adapter applied to its own rows. Each slot has its own loss, norm and update.
import { type AdapterSlots, slotGradientOf, slotState, slotTrainables, withSlots } from "../adapters/adapter-slots.ts";
import { slotTokensOf } from "../data/slot-batch.ts";
import { differentiate } from "../graph/autodiff.ts";
import { GraphBuilder } from "../graph/builder.ts";
import type { Graph, TensorSpec } from "../graph/ir.ts";
import type { Trainables } from "../graph/loss.ts";
import { recompute } from "../graph/passes/recompute.ts";
import { simplify } from "../graph/passes/simplify.ts";
import { frozenHooks } from "../models/frozen.ts";
import type { ModelShape } from "../models/load.ts";
import {
	type AdamSettings,
	type BatchCapacity,
	forward,
	layerPrefixes,
	loss,
	METRICS,
	tokenInputs,
	updateGraph,
} from "./graphs.ts";

/** Elements between the metrics of two slots, because bindings must be aligned to 256 bytes. */
export const SLOT_METRICS = 64;

/** The capacity of all slots, from that of one. */
const totalCapacity = (slots: AdapterSlots, { tokens, targets }: BatchCapacity): BatchCapacity => ({
	tokens: slots.all.length * slotTokensOf(tokens),
	targets: slots.all.length * targets,
});

const metricsOf = (builder: GraphBuilder, slots: AdapterSlots, slot: number): TensorSpec =>
	slotState(builder, slots, slot, "metrics", [METRICS.size], slot * SLOT_METRICS);

/** Forward, loss and backward of one micro-batch of all slots. @param capacity of one slot */
export function raceTrainingGraph(
	model: ModelShape,
	slots: AdapterSlots,
	capacity: BatchCapacity,
	checkpointLayers: boolean,
): Graph {
	const builder = new GraphBuilder();
	const trainables: Trainables = {
		wrt: slotTrainables(builder, slots),
		gradientOf: (trainable) => slotGradientOf(builder, slots, trainable),
	};
	const { hidden, gradient } = lossOfSlots(builder, model, slots, capacity, trainables);
	if (gradient === undefined) throw new Error("the loss made no gradient");
	differentiate(builder, new Map([[hidden.id, gradient]]), trainables.wrt, trainables.gradientOf);
	const graph = builder.build();
	return simplify(checkpointLayers ? recompute(graph, layerPrefixes(model)) : graph);
}

/** Each slot's summed loss of one micro-batch. */
export function raceEvaluationGraph(model: ModelShape, slots: AdapterSlots, capacity: BatchCapacity): Graph {
	const builder = new GraphBuilder();
	lossOfSlots(builder, model, slots, capacity, null);
	return simplify(builder.build());
}

function lossOfSlots(
	builder: GraphBuilder,
	model: ModelShape,
	slots: AdapterSlots,
	capacity: BatchCapacity,
	trainables: Trainables | null,
) {
	const total = totalCapacity(slots, capacity);
	const hooks = withSlots(frozenHooks(model), slots, trainables !== null);
	const hidden = forward(builder, model, hooks, tokenInputs(builder, null, "race.", total.tokens));
	const sums = slots.all.map((_, slot) => metricsOf(builder, slots, slot));
	return { hidden, gradient: loss(builder, model, hooks, hidden, total, sums, trainables, "race.") };
}

/** The update of one slot. Each slot has its own graph, because learning rates and update counts differ. */
export function slotUpdateGraph(slots: AdapterSlots, slot: number, settings: AdamSettings): Graph {
	const { layout, offset } = slots.all[slot];
	return updateGraph(layout, settings, (builder, name, size) =>
		name === METRICS.name ? metricsOf(builder, slots, slot) : slotState(builder, slots, slot, name, [size], offset),
	);
}
