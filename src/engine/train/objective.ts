// The interface of an objective: which batches a step runs backward, how much each weighs, and how the held-out rows are
// measured. The objectives are in objectives/.
import type { AdapterLayout } from "../adapters/adapter.ts";
import type { Rewards, RunSettings } from "../api.ts";
import type { EncodedDataset, TokenBatch } from "../data/dataset.ts";
import type { BatchCapacity } from "./graphs.ts";

export interface StepWork {
	/** Micro-batches, each with the weight of its summed token loss. */
	readonly parts: readonly { readonly batch: TokenBatch; readonly loss_scale: number }[];
	readonly num_tokens: number;
	/** The loss to report; null if it is the summed token loss over `num_tokens`, which the training graph computes. */
	readonly loss: number | null;
	readonly rewards?: Rewards;
}

export interface Evaluation {
	readonly eval_loss: number;
	readonly eval_tokens: number;
	readonly rewards?: Rewards;
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
	/** Without virtual tokens. */
	readonly train: EncodedDataset;
	readonly heldOut: EncodedDataset | null;
	/** Of one micro-batch, including virtual tokens. */
	readonly capacity: BatchCapacity;
}
