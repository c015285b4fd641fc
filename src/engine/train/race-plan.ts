// A race before it starts: the settings of its lanes, what it takes, and which lanes would fit. Nothing is allocated here.

import { TabTuneError } from "../../shared/errors.ts";
import type { AdapterLayout } from "../adapters/adapter.ts";
import { type AdapterSlots, MOST_SLOTS, slotsOf } from "../adapters/adapter-slots.ts";
import { adapterLayout } from "../adapters/layout.ts";
import type { DeviceInfo, RunSettings } from "../api.ts";
import { planMemory } from "../graph/passes/memory-plan.ts";
import type { ModelShape } from "../models/load.ts";
import { gpuBudget } from "./estimate.ts";
import type { BatchCapacity } from "./graphs.ts";
import { laneUpdateGraph, raceEvaluationGraph, raceTrainingGraph, SLOT_METRICS } from "./race-graphs.ts";
import { resolveSettings } from "./settings.ts";
import { keptOrRecomputed, largestActivation } from "./training-plan.ts";

/** What lanes may differ in: lists as long as `ranks`. */
export interface RaceVariants {
	readonly ranks: readonly number[];
	readonly lora_alphas?: readonly number[];
	readonly learning_rates?: readonly number[];
}

/**
 * The settings of each lane over those that all share.
 * @throws TabTuneError "usage" for no lane, too many, lists of different lengths, or a rank twice
 */
export function laneSettings(shared: RunSettings, { ranks, lora_alphas, learning_rates }: RaceVariants): RunSettings[] {
	if (ranks.length < 1 || ranks.length > MOST_SLOTS) {
		throw new TabTuneError("usage", {
			what: `a race has 1 to ${MOST_SLOTS} lanes, ${ranks.length} are asked for`,
			where: "ranks",
			next: "race some ranks now and the others after",
		});
	}
	for (const [name, list] of Object.entries({ lora_alphas, learning_rates })) {
		if (list === undefined || list.length === ranks.length) continue;
		throw new TabTuneError("usage", {
			what: `there are ${ranks.length} ranks and ${list.length} ${name}`,
			where: name,
			next: "give one for each rank, or leave them out",
		});
	}
	const lanes = ranks.map((r, i) => ({
		...shared,
		r,
		lora_alpha: lora_alphas?.[i] ?? shared.lora_alpha,
		learning_rate: learning_rates?.[i] ?? shared.learning_rate,
	}));
	const twice = ranks.find((rank, i) => ranks.indexOf(rank) !== i);
	if (twice === undefined) return lanes;
	throw new TabTuneError("usage", {
		what: `rank ${twice} is in the race twice`,
		where: "ranks",
		next: "name each rank once",
	});
}

/**
 * The heats of a race, each with its lanes: one a seed, for lanes that train at once see the same rows in the same order,
 * and the order is the seed's.
 * @throws TabTuneError "usage" as `laneSettings` does, and for seeds that are none or given twice
 */
export function raceHeats(shared: RunSettings, seeds: readonly number[], variants: RaceVariants): RunSettings[][] {
	const good = seeds.every((seed) => Number.isInteger(seed) && seed >= 0 && seed < 2 ** 32);
	if (seeds.length === 0 || !good || new Set(seeds).size !== seeds.length) {
		throw new TabTuneError("usage", {
			what: `the seeds are "${seeds.join(",")}"`,
			where: "seeds",
			next: "give whole numbers with commas, each once: 1,2,3",
		});
	}
	return seeds.map((seed) =>
		laneSettings({ ...shared, seed }, variants).map((lane) => resolveSettings({ ...lane }, `rank ${lane.r}`)),
	);
}

/** The training graph of a race, with layers recomputed where their activations would take too much. */
export function planRaceTraining(model: ModelShape, lanes: AdapterSlots, capacity: BatchCapacity) {
	return keptOrRecomputed((checkpoint) => raceTrainingGraph(model, lanes, capacity, checkpoint));
}

/** GPU bytes while the lanes train: weights, flat buffers, activations of the plans; and the largest tensor. */
export function raceBytes(
	model: ModelShape,
	layouts: readonly AdapterLayout[],
	settings: RunSettings,
	capacity: BatchCapacity,
	evaluates: boolean,
): { readonly peakBytes: number; readonly largestTensor: number } {
	const lanes = slotsOf(layouts, "race.");
	const { graph } = planRaceTraining(model, lanes, capacity);
	const training = planMemory(graph);
	const others = [
		...layouts.map((_, lane) => laneUpdateGraph(lanes, lane, settings)),
		...(evaluates ? [raceEvaluationGraph(model, lanes, capacity)] : []),
	];
	const activations = others.reduce(
		(total, other) => total + planMemory(other).activationBytes,
		training.activationBytes,
	);
	const flat = 4 * lanes.size * 4 + layouts.length * SLOT_METRICS * 4;
	return { peakBytes: training.persistentBytes + flat + activations, largestTensor: largestActivation(graph) };
}

/**
 * What the race will take.
 * @throws TabTuneError "memory" when it does not fit, with the lanes that would
 */
export function requireRoom(
	model: ModelShape,
	lanes: readonly RunSettings[],
	capacity: BatchCapacity,
	evaluates: boolean,
	device: Pick<DeviceInfo, "maxBufferSize" | "maxStorageBufferBindingSize">,
): number {
	const takes = (some: readonly RunSettings[]) =>
		raceBytes(
			model,
			some.map((settings) => adapterLayout(model, settings)),
			some[0],
			capacity,
			evaluates,
		);
	const budget = gpuBudget(device);
	const fits = ({ peakBytes, largestTensor }: ReturnType<typeof takes>) =>
		peakBytes <= budget && largestTensor <= device.maxStorageBufferBindingSize;
	const all = takes(lanes);
	if (fits(all)) return all.peakBytes;
	const byRank = [...lanes].sort((a, b) => a.r - b.r);
	while (byRank.length > 0 && !fits(takes(byRank))) byRank.pop();
	throw new TabTuneError("memory", {
		what: `${lanes.length} lanes would take ${(all.peakBytes / 2 ** 20).toFixed(0)} MiB of GPU memory, this device has room for ${(budget / 2 ** 20).toFixed(0)}, and ${(device.maxStorageBufferBindingSize / 2 ** 20).toFixed(0)} for one tensor`,
		where: "the race",
		next:
			byRank.length === 0
				? "lower per_device_train_batch_size or max_length: not one lane fits"
				: `race the ranks ${byRank.map(({ r }) => r).join(", ")} together and the others after, or lower per_device_train_batch_size or max_length`,
	});
}
