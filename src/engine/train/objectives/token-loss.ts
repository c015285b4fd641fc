// The token-weighted negative log-likelihood of the rows, the objective of ordinary fine-tuning.
import type { RunSettings } from "../../api.ts";
import type { EncodedDataset, TokenBatch } from "../../data/dataset.ts";
import type { Plan } from "../../executor/plan.ts";
import { evaluateBatches } from "../batches.ts";
import { stepWindow } from "../epochs.ts";
import { evaluationGraph } from "../graphs.ts";
import type { Evaluation, Objective, ObjectiveParts, StepWork } from "../objective.ts";
import { compilePlan, type ModelRuntime } from "../runtime.ts";

export class TokenLoss implements Objective {
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
			batches: heldOut.withVirtualTokens(layout.virtualTokens).batchesInOrder(settings.per_device_train_batch_size),
		};
		return new TokenLoss(runtime, settings, train.withVirtualTokens(layout.virtualTokens), evaluation);
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
