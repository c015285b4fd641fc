// What a run lowers: the loss of tokens, here, or of pairs of answers (preference.ts). An objective says which batches a step
// runs backward and how much each weighs, and measures the held-out rows. To add one: a class beside this one and a branch
// in `objectiveOf`.

import { TabTuneError } from "../../shared/errors.ts";
import { trainMessage } from "../../shared/messages/train.en.ts";
import type { AdapterLayout } from "../adapters/adapter.ts";
import type { Rewards, RunSettings } from "../api.ts";
import type { EncodedDataset, TokenBatch } from "../data/dataset.ts";
import type { Plan } from "../executor/plan.ts";
import { evaluateBatches } from "./batches.ts";
import { stepWindow } from "./epochs.ts";
import { type BatchCapacity, evaluationGraph } from "./graphs.ts";
import { compilePlan, type ModelRuntime } from "./runtime.ts";

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

/** Before anything is allocated. @throws TabTuneError "data" or "usage" where rows and settings do not go together */
export async function requireObjective(parts: Pick<ObjectiveParts, "train" | "heldOut" | "settings">): Promise<void> {
	if (parts.train.inPairs) (await import("./preference.ts")).requirePairs(parts);
	else if (parts.heldOut?.inPairs) {
		throw new TabTuneError("data", {
			what: trainMessage("heldOutPairs"),
			where: trainMessage("heldOutRows"),
			next: trainMessage("heldOutPairs.next"),
		});
	}
}

export async function objectiveOf(runtime: ModelRuntime, parts: ObjectiveParts): Promise<Objective> {
	if (!parts.train.inPairs) return TokenLoss.create(runtime, parts);
	const { PairLoss } = await import("./preference.ts");
	return PairLoss.create(runtime, parts);
}

/** The token-weighted negative log-likelihood of the rows. */
class TokenLoss implements Objective {
	private constructor(
		private readonly runtime: ModelRuntime,
		private readonly settings: RunSettings,
		private readonly train: EncodedDataset,
		private readonly evaluation: { readonly plan: Plan; readonly batches: readonly TokenBatch[] } | null,
	) {}

	static async create(
		runtime: ModelRuntime,
		{ layout, settings, train, heldOut, capacity }: ObjectiveParts,
	): Promise<TokenLoss> {
		const evaluation = heldOut && {
			plan: await compilePlan(runtime, evaluationGraph(runtime.model, layout, capacity)),
			batches: heldOut.behind(layout.virtualTokens).batchesInOrder(settings.per_device_train_batch_size),
		};
		return new TokenLoss(runtime, settings, train.behind(layout.virtualTokens), evaluation);
	}

	async work(step: number): Promise<StepWork> {
		const window = stepWindow(this.train, this.settings, step);
		const num_tokens = window.reduce((total, batch) => total + batch.target_ids.length, 0);
		return { parts: window.map((batch) => ({ batch, loss_scale: 1 / num_tokens })), num_tokens, loss: null };
	}

	async evaluate(): Promise<Evaluation | null> {
		return this.evaluation && evaluateBatches(this.runtime, this.evaluation.plan, this.evaluation.batches);
	}

	release(): void {
		this.evaluation?.plan.destroy();
	}
}
