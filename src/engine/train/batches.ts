// Uploads micro-batches to the input buffers of a plan, and sums losses over evaluation batches.

import { TabTuneError } from "../../shared/errors.ts";
import { trainMessage } from "../../shared/messages/index.ts";
import type { TokenBatch } from "../data/dataset.ts";
import type { Plan } from "../executor/plan.ts";
import { METRICS, TOKEN_INPUTS } from "./graphs.ts";
import type { ModelRuntime } from "./runtime.ts";

const INPUTS = [...TOKEN_INPUTS, "target_rows", "target_ids"] as const;

/** Uploads a micro-batch to the input buffers that its plan reserved, in queue order. */
export function uploadBatch({ memory }: ModelRuntime, batch: TokenBatch): void {
	for (const name of INPUTS) {
		const key = `batch.${name}`;
		if (batch[name].length > 0 && memory.has(key)) memory.upload(key, batch[name]);
	}
}

/** Frees the input buffers of a micro-batch; a plan of another capacity creates its own. */
export function releaseBatch({ memory }: ModelRuntime): void {
	for (const input of INPUTS) memory.release(`batch.${input}`);
}

/** The summed token loss of one batch through an evaluation plan, in nats. */
export async function summedLoss(
	runtime: ModelRuntime,
	plan: Plan,
	batch: TokenBatch,
	adapter_strength: number,
): Promise<number> {
	runtime.memory.clear(METRICS.name);
	uploadBatch(runtime, batch);
	await plan.run({ live_tokens: batch.ids.length, live_targets: batch.target_ids.length, adapter_strength });
	const [sum] = await runtime.memory.readFloats(METRICS.name, METRICS.lossSum, 1);
	return sum;
}

/** Sums the token losses of batches through an evaluation plan. */
export async function evaluateBatches(
	runtime: ModelRuntime,
	plan: Plan,
	batches: readonly TokenBatch[],
	adapter_strength = 1,
): Promise<{ eval_loss: number; eval_tokens: number }> {
	let total = 0;
	let eval_tokens = 0;
	for (const batch of batches) {
		total += await summedLoss(runtime, plan, batch, adapter_strength);
		eval_tokens += batch.target_ids.length;
	}
	if (eval_tokens === 0) {
		throw new TabTuneError("data", {
			what: trainMessage("noTrainedToken"),
			where: trainMessage("evaluationData"),
			next: trainMessage("noTrainedToken.next"),
		});
	}
	return { eval_loss: total / eval_tokens, eval_tokens };
}
