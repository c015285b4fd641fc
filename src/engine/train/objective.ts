// The interface of an objective: the batches that a step runs backward, their weights, and the evaluation of the held-out
// rows. The objectives are in objectives/.
import type { AdapterLayout } from "../adapters/adapter.ts";
import type { RunSettings, TrainingMetrics } from "../api.ts";
import type { EncodedDataset, TokenBatch } from "../data/dataset.ts";
import type { BatchCapacity } from "./graphs.ts";

export interface StepWork {
	/** Micro-batches, each with the weight of its summed token loss. */
	readonly parts: readonly { readonly batch: TokenBatch; readonly loss_scale: number }[];
	readonly num_tokens: number;
	/** The loss to report; null if it is the summed token loss over `num_tokens`, which the training graph computes. */
	readonly loss: number | null;
	readonly metrics?: TrainingMetrics;
}

export interface Evaluation {
	readonly eval_loss: number;
	readonly eval_tokens: number;
	readonly metrics?: TrainingMetrics;
	/** The share of held-out rows that are answered correctly, if they are scored. */
	readonly eval_score?: number;
}

export interface Objective {
	/** Prepares step `step` (from 1) with the current parameters. */
	work(step: number): Promise<StepWork>;
	/** Evaluates the held-out rows; null without any. */
	evaluate(): Promise<Evaluation | null>;
	release(): void;
}

export interface ObjectiveParts {
	readonly layout: AdapterLayout;
	readonly settings: RunSettings;
	/** The training rows, without virtual tokens. */
	readonly train: EncodedDataset;
	readonly heldOut: EncodedDataset | null;
	/** Capacity for one micro-batch, including virtual tokens. */
	readonly capacity: BatchCapacity;
}
