// Direct preference optimisation (DPO, arXiv 2305.18290), as trl/trainer/dpo_trainer.py computes loss_type "sigmoid":
//   loss = mean over pairs of −log σ(β · ((log π(chosen) − log ref(chosen)) − (log π(rejected) − log ref(rejected))))
// where a log-probability is summed over an answer's tokens and the reference is the base without the adapter. The
// gradient of a pair is β σ(−β · margin) times the gradient of its answers' losses. So each answer runs backward through
// the ordinary training graph with this factor as its weight, and memory is that of one answer.

import { TabTuneError } from "../../../shared/errors.ts";
import { trainMessage } from "../../../shared/messages/index.ts";
import { layoutAt, virtualTokensAt } from "../../adapters/layout.ts";
import type { Rewards, RunSettings } from "../../api.ts";
import type { EncodedDataset } from "../../data/dataset.ts";
import type { Plan } from "../../executor/plan.ts";
import { summedLoss } from "../batches.ts";
import { stepUnits } from "../epochs.ts";
import { evaluationGraph } from "../graphs.ts";
import type { Evaluation, Objective, ObjectiveParts, StepWork } from "../objective.ts";
import { compilePlan, type ModelRuntime } from "../runtime.ts";

/** Summed log-probabilities of a pair's answers, in nats. */
interface Likelihoods {
	readonly chosen: number;
	readonly rejected: number;
}

/** Rewards of a pair: beta times the difference of the log-probabilities under the policy and the reference. */
interface PairRewards {
	readonly chosen: number;
	readonly rejected: number;
}

interface JudgeParts extends Pick<ObjectiveParts, "capacity"> {
	/** Null for the base alone, whose rewards are 0. */
	readonly layout: ObjectiveParts["layout"] | null;
	readonly beta: number;
	/** Adapter strength; 1 by default. */
	readonly strength?: number;
}

/** The plans of policy and reference. They are the same plan if the adapter can be switched off. */
export class PairJudge {
	private constructor(
		private readonly runtime: ModelRuntime,
		private readonly beta: number,
		/** Adapter strength for the policy. */
		private readonly strength: number,
		private readonly virtualTokens: number,
		private readonly policy: Plan,
		private readonly reference: Plan,
	) {}

	static async create(runtime: ModelRuntime, { layout, beta, capacity, strength = 1 }: JudgeParts): Promise<PairJudge> {
		const bare = layoutAt(layout, 0);
		const compile = (of: typeof layout) => compilePlan(runtime, evaluationGraph(runtime.model, of, capacity));
		const policy = await compile(layout);
		const reference =
			bare === layout
				? policy
				: await compile(bare).catch((error) => {
						policy.destroy();
						throw error;
					});
		return new PairJudge(runtime, beta, strength, virtualTokensAt(layout, strength), policy, reference);
	}

	/** Scores the pairs of a data set; the reference's log-probabilities are cached, because they never change. */
	of(pairs: EncodedDataset): (unit: number) => Promise<PairRewards> {
		const known = new Map<number, Likelihoods>();
		const tuned = pairs.withVirtualTokens(this.virtualTokens);
		const base = pairs.withVirtualTokens(0);
		return async (unit) => {
			const reference = known.get(unit) ?? (await this.likelihoods(this.reference, base, unit, 0));
			known.set(unit, reference);
			const policy = await this.likelihoods(this.policy, tuned, unit, this.strength);
			return {
				chosen: this.beta * (policy.chosen - reference.chosen),
				rejected: this.beta * (policy.rejected - reference.rejected),
			};
		};
	}

	/** The losses of all pairs, in the order of the file. */
	async evaluate(pairs: EncodedDataset, ask = this.of(pairs)): Promise<Evaluation & { readonly rewards: Rewards }> {
		const rewards: PairRewards[] = [];
		for (let unit = 0; unit < pairs.length; unit++) rewards.push(await ask(unit));
		return { eval_loss: lossOf(rewards), eval_tokens: pairs.trainedTokens, rewards: meanRewards(rewards) };
	}

	release(): void {
		this.policy.destroy();
		if (this.reference !== this.policy) this.reference.destroy();
	}

	private async likelihoods(plan: Plan, pairs: EncodedDataset, unit: number, strength: number): Promise<Likelihoods> {
		const { chosen, rejected } = pairs.pair(unit);
		return {
			chosen: -(await summedLoss(this.runtime, plan, chosen, strength)),
			rejected: -(await summedLoss(this.runtime, plan, rejected, strength)),
		};
	}
}

/** @throws TabTuneError "data" if the held-out rows are not pairs, "usage" for dropout */
export function requirePairs({ settings, heldOut }: Pick<ObjectiveParts, "settings" | "heldOut">): void {
	if (heldOut !== null && !heldOut.inPairs) {
		throw new TabTuneError("data", {
			what: trainMessage("trainPairs"),
			where: trainMessage("heldOutRows"),
			next: trainMessage("trainPairs.next"),
		});
	}
	// TRL's disable_dropout: both answers and the reference use the same model.
	if (settings.lora_dropout > 0) {
		throw new TabTuneError("usage", {
			what: trainMessage("pairsDropout", { value: settings.lora_dropout }),
			where: trainMessage("theSettings"),
			next: trainMessage("pairsDropout.next"),
		});
	}
}

/** A run's objective on pairs. */
export class PairLoss implements Objective {
	private constructor(
		private readonly judge: PairJudge,
		private readonly settings: RunSettings,
		private readonly train: EncodedDataset,
		private readonly askTrained: (unit: number) => Promise<PairRewards>,
		private readonly evaluated: () => Promise<Evaluation | null>,
	) {}

	static async create(
		runtime: ModelRuntime,
		{ layout, settings, train, heldOut, capacity }: ObjectiveParts,
	): Promise<PairLoss> {
		const judge = await PairJudge.create(runtime, { layout, beta: settings.beta, capacity });
		const askHeldOut = heldOut && judge.of(heldOut);
		return new PairLoss(
			judge,
			settings,
			train.withVirtualTokens(layout.virtualTokens),
			judge.of(train),
			async () => heldOut && askHeldOut && judge.evaluate(heldOut, askHeldOut),
		);
	}

	async work(step: number): Promise<StepWork> {
		const units = stepUnits(this.train, this.settings, step);
		const parts: StepWork["parts"][number][] = [];
		const rewards: PairRewards[] = [];
		for (const unit of units) {
			const judged = await this.askTrained(unit);
			rewards.push(judged);
			const weight = (this.settings.beta * sigmoid(judged.rejected - judged.chosen)) / units.length;
			const { chosen, rejected } = this.train.pair(unit);
			parts.push({ batch: chosen, loss_scale: weight }, { batch: rejected, loss_scale: -weight });
		}
		const num_tokens = parts.reduce((total, { batch }) => total + batch.target_ids.length, 0);
		return { parts, num_tokens, loss: lossOf(rewards), rewards: meanRewards(rewards) };
	}

	evaluate(): Promise<Evaluation | null> {
		return this.evaluated();
	}

	release(): void {
		this.judge.release();
	}
}

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
/** −log σ(x), without overflow for a large −x. */
const negativeLogSigmoid = (x: number): number => Math.max(-x, 0) + Math.log1p(Math.exp(-Math.abs(x)));

const mean = (values: readonly number[]): number => values.reduce((total, x) => total + x, 0) / values.length;

function lossOf(pairs: readonly PairRewards[]): number {
	return mean(pairs.map(({ chosen, rejected }) => negativeLogSigmoid(chosen - rejected)));
}

function meanRewards(pairs: readonly PairRewards[]): Rewards {
	const chosen = mean(pairs.map((pair) => pair.chosen));
	const rejected = mean(pairs.map((pair) => pair.rejected));
	const accuracy = mean(pairs.map((pair) => (pair.chosen > pair.rejected ? 1 : 0)));
	return { chosen, rejected, margin: chosen - rejected, accuracy };
}
