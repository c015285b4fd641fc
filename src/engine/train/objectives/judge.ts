// What a preference loss computes for one micro-batch with the current parameters.

import type { RunSettings, TrainingMetrics } from "../../api.ts";
import type { EncodedDataset, TokenBatch } from "../../data/dataset.ts";
import type { StepWork } from "../objective.ts";
import type { PolicyParts } from "./log-probabilities.ts";

export interface Judged {
	readonly loss: number;
	/** Under TRL's names. */
	readonly metrics: TrainingMetrics;
	/** Answers, each with the weight of its summed token loss in the gradient of `loss`. */
	readonly parts: StepWork["parts"];
	/** Tokens of all answers. */
	readonly tokens: number;
}

/** @param units of one micro-batch */
export type JudgeUnits = (units: readonly number[]) => Promise<Judged>;

/** Computes the loss of micro-batches of a data set. */
export interface Judge {
	of(rows: EncodedDataset): JudgeUnits;
	release(): void;
}

export interface JudgeParts extends PolicyParts {
	readonly settings: RunSettings;
}

/** An answer to run backward, unless its weight is 0. */
export const partOf = (batch: TokenBatch, loss_scale: number): StepWork["parts"] =>
	loss_scale === 0 ? [] : [{ batch, loss_scale }];
