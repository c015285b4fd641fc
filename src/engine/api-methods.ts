// Types for comparing fine-tuning methods: the methods, their cost, training results and inference speed.

import type { ErrorInfo } from "../shared/errors.ts";
import type { RunSettings } from "../shared/settings.ts";

/** A fine-tuning method. `name` identifies it in tables and on the command line. */
export interface MethodInfo {
	name: string;
	/** Override the settings that all methods share. */
	settings: Partial<RunSettings>;
	/**
	 * Factor on the shared learning rate: full fine-tuning needs a smaller rate than low-rank updates, prompt tuning a
	 * larger one.
	 */
	learningRateScale: number;
	/** Reference, such as "arXiv 2106.09685". */
	source: string;
}

/** Cost of a method, computed before training. Sizes are in bytes of float32. */
export interface MethodCost {
	trainableParameters: number;
	/** Trainable parameters as a share of the base's parameters. */
	share: number;
	fileBytes: number;
	gradientBytes: number;
	/** AdamW's two moments. */
	optimizerBytes: number;
	/** Total GPU memory of a training step. */
	plannedPeakBytes: number;
}

/** One training run of a method. Losses are in nats per token. */
export interface MethodRun {
	seed: number;
	firstEvalLoss: number | null;
	evalLoss: number | null;
	loss: number;
	steps: number;
	elapsed: number; // seconds in training steps
	stepMilliseconds: number; // median, without the first step if there are others
	tokensPerSecond: number; // counts masked tokens too
	/** Peak GPU memory during training. */
	peakBytes: number;
	sample: { prompt: string; text: string } | null;
	/** Id of the stored run, or path of the folder written; null if the run was not stored. */
	id: string | null;
}

/** Speed of greedy decoding with a KV cache, in milliseconds per token: medians of interleaved rounds. */
export interface MethodSpeed {
	base: number;
	/** With the adapter's tensors applied next to the frozen base. */
	unmerged: number;
	/** With the adapter merged into the base weights; null if the method cannot be merged. */
	merged: number | null;
	/** Time to replace the adapter by another of the same shape, until the upload to the GPU completes. */
	switchMilliseconds: number;
}

/** A row of the methods table. */
export interface MethodRow {
	method: string;
	learning_rate: number;
	cost: MethodCost | null;
	runs: MethodRun[];
	speed: MethodSpeed | null;
	/** Why training failed or stopped early; null if it completed. */
	error: ErrorInfo | null;
}

/** Comparison of methods on the same model and data. */
export interface MethodsTable {
	model: string;
	device: string;
	data: { train: string; eval: string | null; rows: number };
	/** Settings shared by all methods. */
	settings: RunSettings;
	rows: MethodRow[];
}

export type TableFormat = "json" | "csv" | "markdown";
