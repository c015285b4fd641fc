// Compares the forms in which an adapter of a quantised base can be deployed: unmerged, merged in 16 bits, or merged
// and requantised. All forms use the same held-out rows and questions.

import { TabTuneError } from "../../shared/errors.ts";
import { formatBytes } from "../../shared/format-bytes.ts";
import { studyMessage } from "../../shared/messages/index.ts";
import type { Adapter } from "../adapters/adapter.ts";
import { adaptedModule, mergeInto } from "../adapters/merge/merge.ts";
import type { EncodedDataset } from "../data/dataset.ts";
import type { Gpu } from "../device/gpu.ts";
import { GpuMemory } from "../executor/memory.ts";
import { decodeToFloat32, encodeBf16 } from "../formats/index.ts";
import { isQuantisedFormat } from "../kernels/weight-format.ts";
import type { LoadedModel } from "../models/load.ts";
import { uploadWeights, weightValues } from "../models/upload.ts";
import { evaluateBatches, releaseBatch } from "./batches.ts";
import { markdownTable } from "./format-table.ts";
import { Generator } from "./generator.ts";
import { evaluationGraph } from "./graphs.ts";
import { compilePlan, type ModelRuntime, startRuntime, uploadAdapter } from "./runtime.ts";

export const MERGE_STATES = ["unmerged", "merged", "merged and quantised"] as const;

export interface MergeStudyRow {
	/** Base precision: "int8", "nf4", or the dtype of the file. */
	readonly base: LoadedModel["dtype"];
	readonly state: (typeof MERGE_STATES)[number];
	/** GPU memory of the weights, including the adapter if it is unmerged. */
	readonly weight_bytes: number;
	readonly loss: number;
	readonly perplexity: number;
	readonly num_tokens: number;
	readonly answers: readonly { readonly input_ids: number[]; readonly output_ids: number[] }[];
}

export interface MergeStudyTask {
	readonly rows: EncodedDataset;
	readonly batch: number;
	/** Number of rows whose prompts (up to the first trained token) are answered. */
	readonly samples: number;
	readonly max_new_tokens: number;
	readonly eos: readonly number[];
}

/**
 * Measures the three states of a base and an adapter, or the first two if the base is not quantised.
 * @param adapter must be plain LoRA or DoRA
 */
export async function studyMerges(
	gpu: Gpu,
	model: LoadedModel,
	adapter: Adapter,
	task: MergeStudyTask,
): Promise<MergeStudyRow[]> {
	const linear = new Set(model.family.linearModules(model.config).map(({ path }) => `${path}.weight`));
	const other = adapter.layout.modules.find(({ module }) => !linear.has(`${module.path}.weight`));
	if (other !== undefined || adapter.layout.parts.length !== 1)
		throw new TabTuneError("adapter", {
			what: studyMessage("mergeModules"),
			where: other?.module.path ?? studyMessage("theAdapter"),
			next: studyMessage("mergeModules.next"),
		});
	const runtime = await startRuntime(gpu, model);
	const rows: MergeStudyRow[] = [];
	try {
		uploadAdapter(runtime, adapter);
		rows.push(await measured(runtime, adapter, "unmerged", task));
	} finally {
		runtime.memory.releaseAll();
	}
	const merged = async (name: string): Promise<Float32Array | undefined> => {
		if (!linear.has(name)) return undefined;
		const values = (await weightValues(model, name)).slice();
		const entry = adaptedModule(adapter.layout, name);
		if (entry !== undefined) mergeInto(values, adapter, entry);
		return decodeToFloat32(encodeBf16(values), "BF16");
	};
	const storageOf: LoadedModel["storageOf"] = (name) => (linear.has(name) ? "bf16" : model.storageOf(name));
	const states = [{ state: "merged", base: { ...model, storageOf } } as const];
	const all = isQuantisedFormat(model.dtype)
		? [...states, { state: "merged and quantised", base: model } as const]
		: states;
	for (const { state, base } of all) {
		const memory = new GpuMemory(gpu);
		try {
			await uploadWeights(base, memory, undefined, merged);
			rows.push(await measured({ ...runtime, memory, model: base }, null, state, task));
		} finally {
			memory.releaseAll();
		}
	}
	return rows;
}

async function measured(
	runtime: ModelRuntime,
	adapter: Adapter | null,
	state: MergeStudyRow["state"],
	{ rows: heldOut, batch, samples, max_new_tokens, eos }: MergeStudyTask,
): Promise<MergeStudyRow> {
	const rows = heldOut.chosen();
	const { model } = runtime;
	const before = runtime.gpu.allocated.bytes;
	const layout = adapter?.layout ?? null;
	const plan = await compilePlan(runtime, evaluationGraph(model, layout, rows.capacity(batch)));
	const { eval_loss, eval_tokens } = await evaluateBatches(runtime, plan, rows.batchesInOrder(batch));
	plan.destroy();
	releaseBatch(runtime);
	const answers = [];
	for (const { ids, target_rows } of rows.batchesInOrder(1).slice(0, samples)) {
		const input_ids = [...ids.subarray(0, target_rows[0] + 1)];
		const cacheLength = Math.min(model.config.max_position_embeddings, input_ids.length + max_new_tokens);
		const generator = await Generator.create(runtime, layout, cacheLength);
		const sampling = { max_new_tokens, temperature: 0, top_p: 1, top_k: 0, seed: 0, adapterStrength: 1 };
		const { output_ids } = await generator.generate(input_ids, sampling, eos, () => true);
		generator.release();
		answers.push({ input_ids, output_ids });
	}
	return {
		base: model.dtype,
		state,
		weight_bytes: before,
		loss: eval_loss,
		perplexity: Math.exp(eval_loss),
		num_tokens: eval_tokens,
		answers,
	};
}

/** Formats the study as Markdown: losses, and the change from the unmerged adapter. */
export function mergeStudyTable(rows: readonly MergeStudyRow[]): string {
	const change = (row: MergeStudyRow) => {
		const unmerged = rows.find(({ base, state }) => base === row.base && state === "unmerged");
		return unmerged === undefined || unmerged === row ? "—" : signed(row.loss - unmerged.loss);
	};
	return markdownTable(
		["base precision", "adapter", "weights and adapter", "held-out loss", "change", "same answers"],
		rows.map((row) => [
			row.base,
			row.state,
			formatBytes(row.weight_bytes),
			row.loss.toFixed(4),
			change(row),
			sameAnswers(rows, row),
		]),
	);
}

const signed = (value: number): string => `${value < 0 ? "-" : "+"}${Math.abs(value).toFixed(4)}`;

/** Number of answers whose tokens are identical to those of the first row. */
function sameAnswers([first]: readonly MergeStudyRow[], { answers }: MergeStudyRow): string {
	const same = answers.filter(({ output_ids }, i) => output_ids.join() === first.answers[i]?.output_ids.join());
	return `${same.length} of ${answers.length}`;
}
