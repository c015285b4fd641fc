// Logits of a whole text: hidden states once, then the head in chunks of rows, so that [T, vocab] need not fit into one
// binding.

import { TabTuneError } from "../../shared/errors.ts";
import { trainMessage } from "../../shared/messages/index.ts";
import type { AdapterLayout } from "../adapters/adapter.ts";
import { layoutAt, virtualTokensAt } from "../adapters/layout.ts";
import { flattenRows } from "../data/batch.ts";
import { headGraph, hiddenGraph, TOKEN_INPUTS } from "./graphs.ts";
import { compilePlan, type ModelRuntime } from "./runtime.ts";
import { requireRows } from "./text-processor.ts";

/** Bytes of logits per chunk. */
const CHUNK_BYTES = 16 * 2 ** 20;

/**
 * Computes the logits after each token of a text.
 * @param strength scales the adapter; 0 is exactly the base.
 * @returns [T, vocab], row-major.
 */
export async function textLogits(
	runtime: ModelRuntime,
	trained: AdapterLayout | null,
	input_ids: readonly number[],
	strength = 1,
): Promise<Float32Array> {
	const adapter = layoutAt(trained, strength);
	const virtual = virtualTokensAt(adapter, strength);
	const ids = Int32Array.from(input_ids);
	const batch = flattenRows([{ input_ids: ids, labels: ids }], virtual);
	const tokens = batch.ids.length;
	const context = runtime.model.config.max_position_embeddings;
	if (virtual > 0 && tokens > context)
		throw new TabTuneError("usage", {
			what: trainMessage("textLengthVirtual", { tokens: input_ids.length, virtual, most: context }),
			where: "input_ids",
			next: trainMessage("textLengthVirtual.next"),
		});
	requireRows(input_ids, runtime.model.config);
	const vocab = runtime.model.config.vocab_size;
	const rows = Math.max(1, Math.min(input_ids.length, Math.floor(CHUNK_BYTES / (vocab * 4))));
	const { memory } = runtime;
	const { graph } = hiddenGraph(runtime.model, adapter, tokens);
	const { graph: chunkGraph, logits } = headGraph(runtime.model, adapter, tokens, rows);
	const [plan, headPlan] = [await compilePlan(runtime, graph), await compilePlan(runtime, chunkGraph)];
	try {
		const reserved = TOKEN_INPUTS.filter((name) => memory.has(`text.${name}`));
		for (const name of reserved) memory.upload(`text.${name}`, batch[name]);
		await plan.run({ live_tokens: tokens, adapter_strength: strength });
		const out = new Float32Array(input_ids.length * vocab);
		for (let first = 0; first < input_ids.length; first += rows) {
			const count = Math.min(rows, input_ids.length - first);
			const listed = Uint32Array.from({ length: count }, (_, i) => virtual + first + i);
			memory.upload("text.target_rows", listed);
			await headPlan.run({ live_tokens: tokens, live_targets: count, adapter_strength: strength });
			out.set(await headPlan.read(logits.id, count * vocab), first * vocab);
		}
		return out;
	} finally {
		plan.destroy();
		headPlan.destroy();
		for (const name of [...TOKEN_INPUTS.map((input) => `text.${input}`), "text.target_rows", "hidden"])
			memory.release(name);
	}
}

/**
 * Log-probability of each token of an answer in nats, given all previous tokens.
 * @param logits [T, vocab] of prompt and answer together: row t predicts token t + 1.
 * @param prompt tokens of the prompt, at least one.
 */
export function tokenScores(logits: Float32Array, prompt: number, output_ids: readonly number[]): number[] {
	const rows = prompt + output_ids.length;
	const vocab = logits.length / rows;
	return output_ids.map((id, i) => {
		const row = logits.subarray((prompt + i - 1) * vocab, (prompt + i) * vocab);
		let highest = Number.NEGATIVE_INFINITY;
		for (const value of row) highest = Math.max(highest, value);
		let sum = 0;
		for (const value of row) sum += Math.exp(value - highest);
		return row[id] - highest - Math.log(sum);
	});
}
