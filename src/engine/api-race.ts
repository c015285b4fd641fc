// Types of races: several LoRA ranks trained together over one base, the result of each slot, and the rank advice drawn
// from them.

import type { ErrorInfo } from "../shared/errors.ts";
import type { RunSettings } from "../shared/settings.ts";
import type { DataSource } from "./api-data.ts";
import type { RankAdvice } from "./api-rank.ts";
import type { RunEvent, RunState, RunSummary } from "./api-runs.ts";

/** A race: every rank is trained with every seed. */
export interface RaceRequest {
	/** Settings shared by all slots, except r and the seed of initialisation, row order and dropout. */
	settings: RunSettings;
	/** Ranks of the slots of a heat: 1 to 8 distinct values. */
	ranks: number[];
	/** Seeds; each seed is one heat. */
	seeds: number[];
	data: DataSource;
	/** As in RunRequest. A share is drawn with `settings.seed`, so that all slots are evaluated on the same rows. */
	heldOut: DataSource | number;
	/** Prompt that every slot answers at the end of its heat; null for none. */
	samplePrompt: string | null;
}

/** Result of one rank with one seed. Losses are in nats per token. */
export interface RaceSlot {
	rank: number;
	seed: number;
	lora_alpha: number;
	learning_rate: number;
	trainableParameters: number;
	adapterBytes: number; // adapter_model.safetensors, float32
	/** retired: three consecutive steps were not finite. `error` has the reason; the adapter is from before these steps. */
	state: "finished" | "stopped" | "retired";
	steps: number;
	/** Training loss of every step. */
	losses: number[];
	/** Losses on the held-out rows. */
	evaluations: { step: number; eval_loss: number }[];
	/** Seconds in the training steps of the heat, for all its slots together. */
	elapsed: number;
	sample: { prompt: string; text: string } | null;
	error: ErrorInfo | null;
	/** Id of the stored run, or path of the folder written; null if the run was not stored. */
	id: string | null;
}

/** The slots of one seed, which train in the same batch on the same rows in the same order. */
export interface RaceHeat {
	seed: number;
	state: "finished" | "stopped";
	steps: number;
	elapsed: number; // seconds in training steps
	stepMilliseconds: number; // median, without the first step if there are others
	/** Total over all slots; counts masked tokens too. */
	tokensPerSecond: number;
	/** Peak GPU memory during training. */
	peakBytes: number;
}

/** A rank averaged over its seeds. Stopped heats count only if no heat finished. */
export interface RaceRank {
	rank: number;
	seeds: number;
	trainableParameters: number;
	adapterBytes: number;
	/** Null without held-out rows. `deviation` is the sample standard deviation over the seeds; null for a single seed. */
	evalLoss: { mean: number; deviation: number | null } | null;
}

/** Result of a race. */
export interface RaceTable {
	model: string;
	device: string;
	data: { train: string; eval: string | null; rows: number };
	settings: RunSettings;
	heats: RaceHeat[];
	slots: RaceSlot[];
	byRank: RaceRank[];
	/** Null without held-out rows, or if every slot was retired. */
	advice: RankAdvice | null;
}

/** Events of a race, in order. `slot` is an index into the table's `slots`, ordered by heat, then by rank. */
export type RaceEvent =
	| { type: "state"; state: RunState }
	/** A heat starts; its slots are `first` … `first + slots - 1`. */
	| { type: "heat"; heat: number; heats: number; seed: number; first: number; slots: number; totalSteps: number }
	/** An event of one slot, as a single run would emit it. */
	| { type: "slot"; slot: number; event: RunEvent }
	| { type: "retired"; slot: number; step: number; error: ErrorInfo }
	/** The results so far, after each heat. */
	| { type: "table"; table: RaceTable };

/** What `EngineApi.race` resolves to. */
export interface RaceResult {
	table: RaceTable;
	/** Summary of the last slot, whose adapter is now in memory. */
	summary: RunSummary;
}
