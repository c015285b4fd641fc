// Summed log-probabilities of answers under the policy and under the reference, which is the base without the adapter.

import { layoutAt, virtualTokensAt } from "../../adapters/layout.ts";
import type { EncodedDataset, TokenBatch } from "../../data/dataset.ts";
import type { Plan } from "../../executor/plan.ts";
import { summedLoss } from "../batches.ts";
import { evaluationGraph } from "../graphs.ts";
import type { ObjectiveParts } from "../objective.ts";
import { compilePlan, type ModelRuntime } from "../runtime.ts";

export interface PolicyParts extends Pick<ObjectiveParts, "capacity"> {
	/** Null for the base alone, which is its own reference. */
	readonly layout: ObjectiveParts["layout"] | null;
	/** Adapter strength; 1 by default. */
	readonly strength?: number;
}

/** Log-probabilities of one answer, in nats. */
export interface LogProbabilities {
	readonly logp: number;
	readonly ref: number;
}

/** The plans of policy and reference. They are the same plan if the adapter can be switched off. */
export class PolicyAndReference {
	private constructor(
		private readonly runtime: ModelRuntime,
		/** Adapter strength for the policy. */
		private readonly strength: number,
		private readonly virtualTokens: number,
		private readonly policy: Plan,
		/** Null for losses without a reference. */
		private readonly reference: Plan | null,
	) {}

	/** @param compares whether the loss has a reference */
	static async create(
		runtime: ModelRuntime,
		{ layout, capacity, strength = 1 }: PolicyParts,
		compares: boolean,
	): Promise<PolicyAndReference> {
		const bare = layoutAt(layout, 0);
		const compile = (of: typeof layout) => compilePlan(runtime, evaluationGraph(runtime.model, of, capacity));
		const policy = await compile(layout);
		const referencePlan = () =>
			bare === layout
				? policy
				: compile(bare).catch((error) => {
						policy.destroy();
						throw error;
					});
		const reference = compares ? await referencePlan() : null;
		return new PolicyAndReference(runtime, strength, virtualTokensAt(layout, strength), policy, reference);
	}

	/**
	 * Scores answers of a data set; the reference's log-probabilities are cached, because they never change.
	 * @returns a function of the key of an answer, and of its batch
	 */
	of(rows: EncodedDataset): (key: string, batchOf: (rows: EncodedDataset) => TokenBatch) => Promise<LogProbabilities> {
		const known = new Map<string, number>();
		const tuned = rows.withVirtualTokens(this.virtualTokens);
		const base = rows.withVirtualTokens(0);
		return async (key, batchOf) => {
			const ref = known.get(key) ?? (this.reference === null ? 0 : await this.sum(this.reference, batchOf(base), 0));
			known.set(key, ref);
			return { logp: await this.sum(this.policy, batchOf(tuned), this.strength), ref };
		};
	}

	release(): void {
		this.policy.destroy();
		if (this.reference !== this.policy) this.reference?.destroy();
	}

	private async sum(plan: Plan, batch: TokenBatch, strength: number): Promise<number> {
		return -(await summedLoss(this.runtime, plan, batch, strength));
	}
}
