// What crosses the worker about races: ranks trained together over one base, how each slot did, what that says of the
// ranks. Part of api.ts, which the app imports.

import type { ErrorInfo } from "../shared/errors.ts";
import type { RunSettings } from "../shared/settings.ts";
import type { DataSource } from "./api-data.ts";
import type { RankAdvice } from "./api-rank.ts";
import type { RunEvent, RunState, RunSummary } from "./api-runs.ts";

export interface RaceRequest {
	/** What all slots share; r and the seed of initialisation, order and dropout are a slot's own. */
	settings: RunSettings;
	/** Of the slots of a heat: 1 to 8, each once. */
	ranks: number[];
	/** A heat for each. */
	seeds: number[];
	data: DataSource;
	/** As in RunRequest; a share is drawn by the settings' own seed, so that every slot is measured on the same rows. */
	heldOut: DataSource | number;
	/** Answered by every slot at the end of its heat; null for none. */
	samplePrompt: string | null;
}

/** One rank with one seed. Losses in nats a token. */
export interface RaceSlot {
	rank: number;
	seed: number;
	lora_alpha: number;
	learning_rate: number;
	trainableParameters: number;
	adapterBytes: number; // adapter_model.safetensors, float32
	/** retired: three steps in a row were not finite; `error` says why, and the adapter is the one before them. */
	state: "finished" | "stopped" | "retired";
	steps: number;
	/** Of each step, from the first. */
	losses: number[];
	/** On the held-out rows. */
	evaluations: { step: number; eval_loss: number }[];
	/** Seconds in the steps of its heat, all slots together. */
	elapsed: number;
	sample: { prompt: string; text: string } | null;
	error: ErrorInfo | null;
	/** Of the run kept on the device, or of the folder written. */
	id: string | null;
}

/** The slots of one seed: they see the same rows in the same order, and train at once. */
export interface RaceHeat {
	seed: number;
	state: "finished" | "stopped";
	steps: number;
	elapsed: number; // seconds in steps
	stepMilliseconds: number; // median, the first left out where there are more
	/** Of all slots together, masked tokens too. */
	tokensPerSecond: number;
	/** GPU memory held while it trained. */
	peakBytes: number;
}

/** A rank over its seeds, those of heats that were run to the end where there is one. */
export interface RaceRank {
	rank: number;
	seeds: number;
	trainableParameters: number;
	adapterBytes: number;
	/** Sample standard deviation over the seeds; null with one. Mean null without held-out rows. */
	evalLoss: { mean: number; deviation: number | null } | null;
}

export interface RaceTable {
	model: string;
	device: string;
	data: { train: string; eval: string | null; rows: number };
	settings: RunSettings;
	heats: RaceHeat[];
	slots: RaceSlot[];
	byRank: RaceRank[];
	/** Null without held-out rows, and where every slot was retired. */
	advice: RankAdvice | null;
}

/** What happens, in order. `slot` is a place in the table's `slots`: heat after heat, rank after rank. */
export type RaceEvent =
	| { type: "state"; state: RunState }
	/** A heat begins: `slots` of it, from `first`. */
	| { type: "heat"; heat: number; heats: number; seed: number; first: number; slots: number; totalSteps: number }
	/** As the slot's own run would tell it. */
	| { type: "slot"; slot: number; event: RunEvent }
	| { type: "retired"; slot: number; step: number; error: ErrorInfo }
	/** After a heat: all that is known by now. */
	| { type: "table"; table: RaceTable };

export interface RaceResult {
	table: RaceTable;
	/** Of the slot whose adapter is in memory now: the last. */
	summary: RunSummary;
}
