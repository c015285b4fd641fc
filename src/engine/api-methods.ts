// What crosses the worker about comparing methods: which there are, what each costs, how it did, how fast its model
// answers. Part of api.ts, which the app imports.

import type { ErrorInfo } from "../shared/errors.ts";
import type { RunSettings } from "../shared/settings.ts";

/** A way of fine-tuning, by the name the table and the command give it. */
export interface MethodInfo {
	name: string;
	/** Laid over the settings that all methods share. */
	settings: Partial<RunSettings>;
	/**
	 * Times the shared learning rate: what suits low-rank updates is too much for every weight at once and too little for
	 * a prompt.
	 */
	learningRateScale: number;
	/** Where it comes from: "arXiv 2106.09685". */
	source: string;
}

/** Known before a method is trained. Bytes in float32. */
export interface MethodCost {
	trainableParameters: number;
	/** Of the base's parameters. */
	share: number;
	fileBytes: number;
	gradientBytes: number;
	/** AdamW's two moments. */
	optimizerBytes: number;
	/** GPU memory of a training step, all included. */
	plannedPeakBytes: number;
}

/** One run of a method. Losses in nats a token. */
export interface MethodRun {
	seed: number;
	firstEvalLoss: number | null;
	evalLoss: number | null;
	loss: number;
	steps: number;
	elapsed: number; // seconds in training steps
	stepMilliseconds: number; // median, the first step left out where there are more
	tokensPerSecond: number; // all tokens read, masked ones too
	/** GPU memory held while it trained. */
	peakBytes: number;
	sample: { prompt: string; text: string } | null;
	/** Of the run kept on the device, or of the folder written. */
	id: string | null;
}

/** Greedy decoding over a KV cache, milliseconds a token: medians of rounds taken in turn. */
export interface MethodSpeed {
	base: number;
	/** With the method's own tensors beside the frozen base. */
	unmerged: number;
	/** With them added into the base's weights; null where that cannot be done. */
	merged: number | null;
	/** To put another adapter of the same shape in the place of this one, until the GPU has it. */
	switchMilliseconds: number;
}

export interface MethodRow {
	method: string;
	learning_rate: number;
	cost: MethodCost | null;
	runs: MethodRun[];
	speed: MethodSpeed | null;
	/** Why it could not be trained, or not to the end. */
	error: ErrorInfo | null;
}

export interface MethodsTable {
	model: string;
	device: string;
	data: { train: string; eval: string | null; rows: number };
	/** What all methods share. */
	settings: RunSettings;
	rows: MethodRow[];
}

export type TableFormat = "json" | "csv" | "markdown";
