// Plans a race before it starts: the settings of its slots, its GPU memory, and which slots would fit. Nothing is allocated
// here.

import { TabTuneError } from "../../shared/errors.ts";
import { studyMessage } from "../../shared/messages/index.ts";
import type { AdapterLayout } from "../adapters/adapter.ts";
import { type AdapterSlots, MOST_SLOTS, slotsOf } from "../adapters/adapter-slots.ts";
import { adapterLayout } from "../adapters/layout.ts";
import type { DeviceInfo, RunSettings } from "../api.ts";
import { planMemory } from "../graph/passes/memory-plan.ts";
import type { ModelShape } from "../models/load.ts";
import { gpuBudget } from "./estimate.ts";
import type { BatchCapacity } from "./graphs.ts";
import { raceEvaluationGraph, raceTrainingGraph, SLOT_METRICS, slotUpdateGraph } from "./race-graphs.ts";
import { resolveSettings } from "./settings.ts";
import { inPrecision, keptOrRecomputed, largestActivation } from "./training-plan.ts";

/** Values that may differ between slots: lists of the same length as `ranks`. */
export interface RaceVariants {
	readonly ranks: readonly number[];
	readonly lora_alphas?: readonly number[];
	readonly learning_rates?: readonly number[];
}

/**
 * The settings of each slot, based on the shared settings.
 * @throws TabTuneError "usage" for no slots, too many, lists of different lengths, or a repeated rank
 */
export function slotSettings(shared: RunSettings, { ranks, lora_alphas, learning_rates }: RaceVariants): RunSettings[] {
	if (ranks.length < 1 || ranks.length > MOST_SLOTS) {
		throw new TabTuneError("usage", {
			what: studyMessage("raceSize", { most: MOST_SLOTS, count: ranks.length }),
			where: "ranks",
			next: studyMessage("raceSize.next"),
		});
	}
	for (const [name, list] of Object.entries({ lora_alphas, learning_rates })) {
		if (list === undefined || list.length === ranks.length) continue;
		throw new TabTuneError("usage", {
			what: studyMessage("raceLists", { ranks: ranks.length, count: list.length, name }),
			where: name,
			next: studyMessage("raceLists.next"),
		});
	}
	const slots = ranks.map((r, i) => ({
		...shared,
		r,
		lora_alpha: lora_alphas?.[i] ?? shared.lora_alpha,
		learning_rate: learning_rates?.[i] ?? shared.learning_rate,
	}));
	const twice = ranks.find((rank, i) => ranks.indexOf(rank) !== i);
	if (twice === undefined) return slots;
	throw new TabTuneError("usage", {
		what: studyMessage("raceTwice", { rank: twice }),
		where: "ranks",
		next: studyMessage("raceTwice.next"),
	});
}

/**
 * The heats of a race, one per seed, each with its slots. Slots that train together get the same rows in the same order,
 * which the seed determines.
 * @throws TabTuneError "usage" as `slotSettings`, and for missing, invalid or repeated seeds
 */
export function raceHeats(shared: RunSettings, seeds: readonly number[], variants: RaceVariants): RunSettings[][] {
	const good = seeds.every((seed) => Number.isInteger(seed) && seed >= 0 && seed < 2 ** 32);
	if (seeds.length === 0 || !good || new Set(seeds).size !== seeds.length) {
		throw new TabTuneError("usage", {
			what: studyMessage("raceSeeds", { seeds: seeds.join(",") }),
			where: "seeds",
			next: studyMessage("raceSeeds.next"),
		});
	}
	return seeds.map((seed) =>
		slotSettings({ ...shared, seed }, variants).map((slot) =>
			resolveSettings({ ...slot }, studyMessage("rank", { rank: slot.r })),
		),
	);
}

/** The training graph of a race, with layers recomputed if their activations would take too much memory. */
export function planRaceTraining(
	model: ModelShape,
	slots: AdapterSlots,
	capacity: BatchCapacity,
	{ precision }: Pick<RunSettings, "precision">,
) {
	return keptOrRecomputed((checkpoint) =>
		inPrecision(precision, raceTrainingGraph(model, slots, capacity, checkpoint)),
	);
}

/** GPU bytes while the slots train: weights, flat buffers, activations of the plans; and the largest tensor. */
export function raceBytes(
	model: ModelShape,
	layouts: readonly AdapterLayout[],
	settings: RunSettings,
	capacity: BatchCapacity,
	evaluates: boolean,
): { readonly peakBytes: number; readonly largestTensor: number } {
	const slots = slotsOf(layouts, "race.");
	const { graph } = planRaceTraining(model, slots, capacity, settings);
	const training = planMemory(graph);
	const others = [
		...layouts.map((_, slot) => slotUpdateGraph(slots, slot, settings)),
		...(evaluates ? [raceEvaluationGraph(model, slots, capacity)] : []),
	];
	const activations = others.reduce(
		(total, other) => total + planMemory(other).activationBytes,
		training.activationBytes,
	);
	const flat = 4 * slots.size * 4 + layouts.length * SLOT_METRICS * 4;
	return { peakBytes: training.persistentBytes + flat + activations, largestTensor: largestActivation(graph) };
}

/**
 * Computes the GPU memory of the race.
 * @throws TabTuneError "memory" if it does not fit, with the slots that would
 */
export function requireRaceMemory(
	model: ModelShape,
	slots: readonly RunSettings[],
	capacity: BatchCapacity,
	evaluates: boolean,
	device: Pick<DeviceInfo, "maxBufferSize" | "maxStorageBufferBindingSize">,
): number {
	const needs = (some: readonly RunSettings[]) =>
		raceBytes(
			model,
			some.map((settings) => adapterLayout(model, settings)),
			some[0],
			capacity,
			evaluates,
		);
	const budget = gpuBudget(device);
	const fits = ({ peakBytes, largestTensor }: ReturnType<typeof needs>) =>
		peakBytes <= budget && largestTensor <= device.maxStorageBufferBindingSize;
	const all = needs(slots);
	if (fits(all)) return all.peakBytes;
	const byRank = [...slots].sort((a, b) => a.r - b.r);
	while (byRank.length > 0 && !fits(needs(byRank))) byRank.pop();
	throw new TabTuneError("memory", {
		what: studyMessage("raceMemory", {
			count: slots.length,
			size: (all.peakBytes / 2 ** 20).toFixed(0),
			room: (budget / 2 ** 20).toFixed(0),
			tensor: (device.maxStorageBufferBindingSize / 2 ** 20).toFixed(0),
		}),
		where: studyMessage("theRace"),
		next:
			byRank.length === 0
				? studyMessage("raceMemory.none")
				: studyMessage("raceMemory.next", { ranks: byRank.map(({ r }) => r).join(", ") }),
	});
}
