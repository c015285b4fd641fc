// Types of training runs: cost estimates, requests, events, summaries, and the records stored on the device.

import type { ErrorInfo } from "../shared/errors.ts";
import type { MessageText } from "../shared/messages/message.ts";
import type { RunSettings } from "../shared/settings.ts";
import type { DataSource } from "./api-data.ts";
import type { KeptAdapter } from "./api-library.ts";

/** Estimated cost of a run, before it starts. */
export interface CostEstimate {
	trainableParameters: number;
	adapterBytes: number; // adapter_model.safetensors, float32
	peakBytes: number; // total GPU memory during a training step
	fits: "fits" | "tight" | "too-big";
	/** If memory is tight or insufficient: changes of settings that reduce it, each with the resulting peak. */
	ways?: { change: string; peakBytes: number }[];
	/** Whether a link could carry the adapter; null unless the base is the bundled model. */
	link: LinkPrediction | null;
}

/** Predicted length of an adapter's link. */
export interface LinkPrediction {
	characters: number; // upper bound
	fits: boolean;
	/** The highest rank, for the same modules, whose link browsers can open. */
	highestRank: number;
}

/** An event of a training run. Losses are in nats per token; `elapsed` is in seconds. */
export type RunEvent =
	| {
			type: "step";
			step: number;
			loss: number;
			grad_norm: number;
			learning_rate: number;
			num_tokens: number;
			elapsed: number;
			metrics?: TrainingMetrics;
	  }
	| {
			type: "eval";
			step: number;
			eval_loss: number;
			eval_tokens: number;
			eval_score?: number;
			metrics?: TrainingMetrics;
	  }
	/** An evaluation was the best so far. */
	| ({ type: "best" } & BestResult)
	| { type: "sample"; step: number; prompt: string; text: string }
	| { type: "skipped"; step: number; reason: MessageText }
	| { type: "warning"; message: MessageText }
	/** The page stores the run as it trains: why that fails now, or null once it works again. */
	| { type: "storage"; problem: MessageText | null }
	| { type: "phase"; phase: RunPhase }
	| { type: "state"; state: RunState };

/** What a running run does now: it compiles in its first step. */
export type RunPhase = "measuring" | "compiling" | "training" | "sampling" | "saving";

/**
 * Further metrics of an objective, under TRL's names: "rewards/margins", "logps/chosen". The reward of an answer is beta times
 * the difference between its log-probability under the adapter and under the base.
 */
export type TrainingMetrics = Readonly<Record<string, number>>;

/** The best evaluation of a run, under the names of transformers' TrainerState. */
export interface BestResult {
	/** "eval_loss", "eval_score", "eval_rewards/accuracies" … */
	metric: string;
	best_metric: number;
	best_global_step: number;
}

/** State of the current run. */
export type RunState = "preparing" | "running" | "paused" | "finished" | "stopped" | "failed";

/** A run to train. */
export interface RunRequest {
	settings: RunSettings;
	data: DataSource;
	/** Rows for evaluation, not used in training: another file, or a share of the rows (0 … 0.5). */
	heldOut: DataSource | number;
	/** Prompt that the current adapter answers every `sampleEvery` steps; null for none. */
	samplePrompt: string | null;
	sampleEvery: number;
	/** Continue from the adapter in memory (imported, or trained by the last run) instead of a new one. */
	continueAdapter: boolean;
	/** Store the run on this device: its record, its data and its latest checkpoint. */
	keep?: boolean;
}

/** Result of a run that finished or was stopped. */
export interface RunSummary {
	state: "finished" | "stopped";
	steps: number;
	firstEvalLoss: number | null;
	lastEvalLoss: number | null;
	lastLoss: number;
	/** For preference data: the last metrics, measured on the held-out rows if there are any. */
	metrics?: TrainingMetrics;
	/** The best evaluation, if the settings ask for one. */
	best?: BestResult;
	/** The step whose weights the adapter has, if that is not the last one. */
	loadedStep?: number;
	/** Whether early stopping ended the run. */
	stoppedEarly?: boolean;
	elapsed: number; // seconds in training steps
	trainableParameters: number;
	adapterBytes: number;
	peakBytes: number;
	/** Median step time, without the first step if there are others. */
	stepMilliseconds: number;
	/** Counts masked tokens too. */
	tokensPerSecond: number;
}

/** A run stored on this device. */
export interface RunRecord {
	id: string;
	/** Milliseconds since 1970. */
	created: number;
	/** interrupted: the tab was closed or the worker crashed during the run; it can resume from its checkpoint. */
	state: "running" | "finished" | "stopped" | "failed" | "interrupted";
	/** `dtype` is the base precision; missing in records of older versions. */
	model: { name: string; parameters: number; dtype?: string };
	data: Omit<DataSource, "blob"> & { rows: number; heldOutRows: number };
	heldOut: number;
	settings: RunSettings;
	samplePrompt: string | null;
	sampleEvery: number;
	totalSteps: number;
	steps: KeptStep[];
	evals: { step: number; eval_loss: number; eval_score?: number }[];
	samples: { step: number; prompt: string; text: string }[];
	summary: RunSummary | null;
	error: ErrorInfo | null;
	/** Step of the stored adapter; null before the first checkpoint. */
	checkpoint: number | null;
	/** Set for an adapter that was added to the library without a run; the record then has no steps. */
	kept?: KeptAdapter;
	/** The run continues an adapter, without which it cannot start again from its first step. */
	continued?: boolean;
	/** Whether the optimiser state and the data are stored too, so that the run can resume. */
	resumable: boolean;
	// Edited by the user
	name: string;
	tags: string[];
	note: string;
	/** Removed from the list, but not yet deleted; can be undone. */
	deleted: boolean;
}

/** Metrics of a training step in a run's record. */
export type KeptStep = Omit<Extract<RunEvent, { type: "step" }>, "type">;
/** Changes to the fields of a record that the user edits. */
export type RunPatch = Partial<Pick<RunRecord, "name" | "tags" | "note" | "deleted">>;

/** Storage used by this origin. */
export interface StorageUse {
	/** False in private windows and if site data is blocked; runs are then not stored. */
	available: boolean;
	usedBytes: number;
	quotaBytes: number;
}
