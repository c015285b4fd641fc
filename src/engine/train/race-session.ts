// Trains one heat of a race for the CLI and the worker: creates the adapters, runs the heat (race.ts), and adds a row to the
// race table for each adapter slot.
import type { TabTuneError } from "../../shared/errors.ts";
import type { Adapter } from "../adapters/adapter.ts";
import { freshAdapter } from "../adapters/create-adapter.ts";
import type { RaceHeat, RaceSlot, RaceTable, RunSettings, RunSummary } from "../api.ts";
import { adapterFileBytes } from "./estimate.ts";
import { type HeatHooks, type HeatResult, runHeat, type SlotResult } from "./race.ts";
import type { RunControl } from "./run.ts";
import type { ModelRuntime } from "./runtime.ts";
import { textEncoder } from "./text-processor.ts";
import type { RunRows } from "./training-plan.ts";

/** An adapter slot at the end of its heat. */
export interface TrainedSlot {
	/** The trained adapter, or for a retired slot the one before the non-finite steps. */
	readonly adapter: Adapter;
	readonly settings: RunSettings;
	readonly summary: RunSummary;
	/** Why the slot was retired; null otherwise. */
	readonly error: TabTuneError | null;
}

export interface HeatSessionHooks extends Omit<HeatHooks, "save"> {
	/** Stores the adapters; called when `saveDue` says so, and at the end. */
	save?(step: number, adapterOf: (slot: number) => Promise<Adapter>): Promise<void>;
	/** Called for each slot in order when the heat has ended. */
	finished(slot: number, trained: TrainedSlot): Promise<Pick<RaceSlot, "sample" | "id">>;
}

export interface TrainedHeat {
	readonly heat: RaceHeat;
	readonly slots: readonly RaceSlot[];
	/** Summary of the last slot. */
	readonly lastSummary: RunSummary;
	/** Errors of the retired slots. */
	readonly errors: readonly TabTuneError[];
}

/** A race table without heats. */
export const emptyRaceTable = (facts: Pick<RaceTable, "model" | "device" | "data" | "settings">): RaceTable => ({
	...facts,
	heats: [],
	slots: [],
	byRank: [],
	advice: null,
});

/** @param settings one per slot, which may differ only in r, lora_alpha and learning_rate */
export async function trainHeat(
	runtime: ModelRuntime,
	settings: readonly RunSettings[],
	{ train, heldOut }: RunRows,
	control: RunControl,
	{ save, finished, ...hooks }: HeatSessionHooks,
): Promise<TrainedHeat> {
	const adapters: Adapter[] = [];
	for (const one of settings) adapters.push(await freshAdapter(runtime.model, one, textEncoder(runtime.model)));
	const starts = adapters.map(({ layout, params }, slot) => ({ layout, params, settings: settings[slot] }));
	const found = await runHeat(runtime, { slots: starts, train, heldOut }, control, {
		...hooks,
		...(save && {
			save: (step, params) =>
				save(step, async (slot) => ({ ...adapters[slot], params: await params(slot), stored: null })),
		}),
	});
	const slots: RaceSlot[] = [];
	const summaries: RunSummary[] = [];
	for (const [slot, result] of found.slots.entries()) {
		const { params, error } = result;
		const adapter = { ...adapters[slot], params };
		const summary = summaryOf(adapter, found, result);
		summaries.push(summary);
		const own = await finished(slot, { adapter, settings: settings[slot], summary, error });
		slots.push(tableRow(settings[slot], found, result, summary, own));
	}
	const { state, steps, elapsed, stepMilliseconds, tokensPerSecond, peakBytes } = found;
	return {
		heat: { seed: settings[0].seed, state, steps, elapsed, stepMilliseconds, tokensPerSecond, peakBytes },
		slots,
		lastSummary: summaries[summaries.length - 1],
		errors: found.slots.flatMap(({ error }) => error ?? []),
	};
}

function summaryOf({ layout }: Adapter, found: HeatResult, { losses, evaluations }: SlotResult): RunSummary {
	return {
		state: found.state,
		steps: losses.length,
		firstEvalLoss: evaluations[0]?.eval_loss ?? null,
		lastEvalLoss: evaluations.at(-1)?.eval_loss ?? null,
		lastLoss: losses.at(-1) ?? Number.NaN,
		elapsed: found.elapsed,
		trainableParameters: layout.parameters,
		adapterBytes: adapterFileBytes(layout),
		peakBytes: found.peakBytes,
		stepMilliseconds: found.stepMilliseconds,
		tokensPerSecond: found.tokensPerSecond / found.slots.length,
	};
}

function tableRow(
	{ r, seed, lora_alpha, learning_rate }: RunSettings,
	found: HeatResult,
	{ losses, evaluations, error }: SlotResult,
	{ trainableParameters, adapterBytes, steps }: RunSummary,
	{ sample, id }: Pick<RaceSlot, "sample" | "id">,
): RaceSlot {
	return {
		rank: r,
		seed,
		lora_alpha,
		learning_rate,
		trainableParameters,
		adapterBytes,
		state: error === null ? found.state : "retired",
		steps,
		losses,
		evaluations,
		elapsed: found.elapsed,
		sample,
		error: error && { code: error.code, ...error.parts },
		id,
	};
}
