// What crosses the worker about runs: what they cost, requests, events, summaries, and the records that stay on the device. Part of
// api.ts, which the app imports.

import type { ErrorInfo } from "../shared/errors.ts";
import type { MessageText } from "../shared/messages/message.ts";
import type { RunSettings } from "../shared/settings.ts";
import type { DataSource } from "./api-data.ts";
import type { KeptAdapter } from "./api-library.ts";

/** What a run with these settings would cost, before it starts. */
export interface CostEstimate {
	trainableParameters: number;
	adapterBytes: number; // adapter_model.safetensors, float32
	peakBytes: number; // GPU memory during a training step, all included
	fits: "fits" | "tight" | "too-big";
	/** Where it does not just fit: what would take less, in names of settings, and the peak then. */
	ways?: { change: string; peakBytes: number }[];
	/** Whether the adapter would fit into a link; null for a base that others do not have. */
	link: LinkPrediction | null;
}

export interface LinkPrediction {
	characters: number; // at most
	fits: boolean;
	/** The highest rank of the same modules whose link a browser opens. */
	highestRank: number;
}

export type RunEvent =
	| {
			type: "step";
			step: number;
			loss: number;
			grad_norm: number;
			learning_rate: number;
			num_tokens: number;
			elapsed: number;
			rewards?: Rewards;
	  }
	| { type: "eval"; step: number; eval_loss: number; eval_tokens: number; rewards?: Rewards }
	| { type: "sample"; step: number; prompt: string; text: string }
	| { type: "skipped"; step: number; reason: MessageText }
	| { type: "warning"; message: MessageText }
	| { type: "state"; state: RunState };

/** Of pairs of answers, means over them, as TRL's rewards/…: beta times how much likelier than the base finds it. */
export interface Rewards {
	chosen: number;
	rejected: number;
	margin: number; // chosen − rejected
	accuracy: number; // share of pairs whose chosen answer has the higher reward
}

export type RunState = "preparing" | "running" | "paused" | "finished" | "stopped" | "failed";

export interface RunRequest {
	settings: RunSettings;
	data: DataSource;
	/** Rows kept out of training and measured: a file, or a share of the rows (0 … 0.5). */
	heldOut: DataSource | number;
	/** Answered every `sampleEvery` steps with the adapter as it stands; null for none. */
	samplePrompt: string | null;
	sampleEvery: number;
	/** Go on from the adapter in memory (imported, or left by the last run) instead of a fresh one. */
	continueAdapter: boolean;
	/** Keep the run on this device: its record, its data and its latest checkpoint. */
	keep?: boolean;
}

export interface RunSummary {
	state: "finished" | "stopped";
	steps: number;
	firstEvalLoss: number | null;
	lastEvalLoss: number | null;
	lastLoss: number;
	/** Of pairs of answers: as last measured, on held-out ones where there are any. */
	rewards?: Rewards;
	elapsed: number; // seconds, training only
	trainableParameters: number;
	adapterBytes: number;
	peakBytes: number;
	/** Median, the first left out where there are more. */
	stepMilliseconds: number;
	/** All tokens read, masked ones too. */
	tokensPerSecond: number;
}

export interface RunRecord {
	id: string;
	/** Milliseconds since 1970. */
	created: number;
	/** interrupted: the tab was closed, or the worker died, in the middle; it may go on from its checkpoint. */
	state: "running" | "finished" | "stopped" | "failed" | "interrupted";
	/** dtype: how the base was held; older records do not say. */
	model: { name: string; parameters: number; dtype?: string };
	data: Omit<DataSource, "blob"> & { rows: number; heldOutRows: number };
	heldOut: number;
	settings: RunSettings;
	samplePrompt: string | null;
	sampleEvery: number;
	totalSteps: number;
	steps: KeptStep[];
	evals: { step: number; eval_loss: number }[];
	samples: { step: number; prompt: string; text: string }[];
	summary: RunSummary | null;
	error: ErrorInfo | null;
	/** Step of the adapter that is kept; null before the first. */
	checkpoint: number | null;
	/** An adapter that was kept by itself, not trained here: the record has no steps then. */
	kept?: KeptAdapter;
	/** Whether the moments and the data are kept too, so that the run can go on. */
	resumable: boolean;
	// The person's own
	name: string;
	tags: string[];
	note: string;
	/** Out of the table, until it is deleted for good or taken back. */
	deleted: boolean;
}

export type KeptStep = Omit<Extract<RunEvent, { type: "step" }>, "type">;
export type RunPatch = Partial<Pick<RunRecord, "name" | "tags" | "note" | "deleted">>;

export interface StorageUse {
	/** False in private windows and where the site may not store: nothing is kept. */
	available: boolean;
	usedBytes: number;
	quotaBytes: number;
}
