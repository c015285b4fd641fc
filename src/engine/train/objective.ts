// The interface of an objective: which batches a step runs backward, how much each weighs, and how the held-out rows are
// measured. The objectives are in objectives/.
import type { AdapterLayout } from "../adapters/adapter.ts";
import type { Rewards, RunSettings } from "../api.ts";
import type { EncodedDataset, TokenBatch } from "../data/dataset.ts";
import type { BatchCapacity } from "./graphs.ts";

export interface StepWork {
	/** Micro-batches, and what their summed token loss is multiplied by before it is differentiated. */
	readonly parts: readonly { readonly batch: TokenBatch; readonly loss_scale: number }[];
	readonly num_tokens: number;
	/** Null where it is the summed token loss of the parts over `num_tokens`, which training itself sums. */
	readonly loss: number | null;
	readonly rewards?: Rewards;
}

export interface Evaluation {
	readonly eval_loss: number;
	readonly eval_tokens: number;
	readonly rewards?: Rewards;
}

export interface Objective {
	/** What step `step` (from 1) does, with the parameters as they stand. */
	work(step: number): Promise<StepWork>;
	/** Of the held-out rows; null without any. */
	evaluate(): Promise<Evaluation | null>;
	release(): void;
}

export interface ObjectiveParts {
	readonly layout: AdapterLayout;
	readonly settings: RunSettings;
	/** Without the virtual tokens of a prompt in front. */
	readonly train: EncodedDataset;
	readonly heldOut: EncodedDataset | null;
	/** Of one micro-batch, virtual tokens included. */
	readonly capacity: BatchCapacity;
}
