// The graphs of a race: those of a run (graphs.ts) over a micro-batch that holds every lane's copy of the rows, with each
// lane's adapter on its own rows. Losses, norms and updates are a lane's own.
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

/** Elements between the metrics of two lanes: bindings start at multiples of 256 bytes. */
export const SLOT_METRICS = 64;

/** Room for all lanes, from that of one. */
const roomOf = (lanes: AdapterSlots, { tokens, targets }: BatchCapacity): BatchCapacity => ({
	tokens: lanes.all.length * slotTokensOf(tokens),
	targets: lanes.all.length * targets,
});

const metricsOf = (builder: GraphBuilder, lanes: AdapterSlots, lane: number): TensorSpec =>
	slotState(builder, lanes, lane, "metrics", [METRICS.size], lane * SLOT_METRICS);

/** Forward, loss and backward of one micro-batch of all lanes. @param capacity of one lane */
export function raceTrainingGraph(
	model: ModelShape,
	lanes: AdapterSlots,
	capacity: BatchCapacity,
	checkpointLayers: boolean,
): Graph {
	const builder = new GraphBuilder();
	const trainables: Trainables = {
		wrt: slotTrainables(builder, lanes),
		gradientOf: (trainable) => slotGradientOf(builder, lanes, trainable),
	};
	const { hidden, gradient } = lossOfLanes(builder, model, lanes, capacity, trainables);
	if (gradient === undefined) throw new Error("the loss made no gradient");
	differentiate(builder, new Map([[hidden.id, gradient]]), trainables.wrt, trainables.gradientOf);
	const graph = builder.build();
	return simplify(checkpointLayers ? recompute(graph, layerPrefixes(model)) : graph);
}

/** Each lane's summed loss of one micro-batch. */
export function raceEvaluationGraph(model: ModelShape, lanes: AdapterSlots, capacity: BatchCapacity): Graph {
	const builder = new GraphBuilder();
	lossOfLanes(builder, model, lanes, capacity, null);
	return simplify(builder.build());
}

function lossOfLanes(
	builder: GraphBuilder,
	model: ModelShape,
	lanes: AdapterSlots,
	capacity: BatchCapacity,
	trainables: Trainables | null,
) {
	const room = roomOf(lanes, capacity);
	const hooks = withSlots(frozenHooks(model), lanes, trainables !== null);
	const hidden = forward(builder, model, hooks, tokenInputs(builder, null, "race.", room.tokens));
	const sums = lanes.all.map((_, lane) => metricsOf(builder, lanes, lane));
	return { hidden, gradient: loss(builder, model, hooks, hidden, room, sums, trainables, "race.") };
}

/** One lane's update: a graph for each, since rates and counts of updates are a lane's own. */
export function laneUpdateGraph(lanes: AdapterSlots, lane: number, settings: AdamSettings): Graph {
	const { layout, offset } = lanes.all[lane];
	return updateGraph(layout, settings, (builder, name, size) =>
		name === METRICS.name ? metricsOf(builder, lanes, lane) : slotState(builder, lanes, lane, name, [size], offset),
	);
}
