// Micro-batches on the GPU: put into the input buffers of a plan, and summed up by an evaluation. Training, evaluation and
// the judging of pairs all go through here.
import type { TokenBatch } from "../data/dataset.ts";
import { TabTuneError } from "../errors.ts";
import type { Plan } from "../executor/plan.ts";
import { METRICS, TOKEN_INPUTS } from "./graphs.ts";
import type { Workbench } from "./workbench.ts";

const INPUTS = [...TOKEN_INPUTS, "target_rows", "target_ids"] as const;

/** Puts a micro-batch into the input buffers its plan has reserved, in queue order. */
export function uploadBatch({ memory }: Workbench, batch: TokenBatch): void {
	for (const name of INPUTS) {
		const home = `batch.${name}`;
		if (batch[name].length > 0 && memory.has(home)) memory.upload(home, batch[name]);
	}
}

/** Frees the buffers of a micro-batch: plans of another capacity make theirs. */
export function releaseBatch({ memory }: Workbench): void {
	for (const input of INPUTS) memory.release(`batch.${input}`);
}

/** The summed token loss of one batch through an evaluation plan, in nats. */
export async function summedLoss(
	bench: Workbench,
	plan: Plan,
	batch: TokenBatch,
	adapter_strength: number,
): Promise<number> {
	bench.memory.clear(METRICS.name);
	uploadBatch(bench, batch);
	await plan.run({ live_tokens: batch.ids.length, live_targets: batch.target_ids.length, adapter_strength });
	const [sum] = await bench.memory.readFloats(METRICS.name, METRICS.lossSum, 1);
	return sum;
}

/** Sums the token losses of batches through an evaluation plan. */
export async function evaluateBatches(
	bench: Workbench,
	plan: Plan,
	batches: readonly TokenBatch[],
	adapter_strength = 1,
): Promise<{ eval_loss: number; eval_tokens: number }> {
	let total = 0;
	let eval_tokens = 0;
	for (const batch of batches) {
		total += await summedLoss(bench, plan, batch, adapter_strength);
		eval_tokens += batch.target_ids.length;
	}
	if (eval_tokens === 0) {
		throw new TabTuneError("data", {
			what: "no token to evaluate: every label is masked",
			where: "the evaluation data",
			next: "give rows with a trained part",
		});
	}
	return { eval_loss: total / eval_tokens, eval_tokens };
}
