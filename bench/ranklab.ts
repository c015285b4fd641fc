// Times the rank lab's interactive operations on the bundled base, alternating: truncation of a rank 16 adapter with its held-out
// loss, an exchange of two adapters, and the overlap of rank 8 and rank 64. BENCH_ROUNDS sets the repetitions.

import { openAsBlob } from "node:fs";
import { join } from "node:path";
import { freshAdapter } from "../src/engine/adapters/create-adapter.ts";
import { truncatableUpdates } from "../src/engine/analysis/low-rank.ts";
import { adapterOverlap } from "../src/engine/analysis/overlap.ts";
import { decompose } from "../src/engine/analysis/spectrum.ts";
import { truncatedParams } from "../src/engine/analysis/truncate.ts";
import { prepareData } from "../src/engine/data/describe.ts";
import { evaluateBatches } from "../src/engine/train/batches.ts";
import { evaluationGraph } from "../src/engine/train/graphs.ts";
import { compilePlan, uploadAdapter } from "../src/engine/train/runtime.ts";
import { textEncoder } from "../src/engine/train/text-processor.ts";
import { PAGE_DEFAULTS } from "../src/shared/settings.ts";
import { bench, gallery, language, model } from "./train-set.ts";

const rounds = Number(process.env.BENCH_ROUNDS ?? 7);
const [{ file, settings: suggested }] = gallery;
const fresh = (r: number, seed: number) =>
	freshAdapter(model, { ...PAGE_DEFAULTS, ...suggested, r, seed, init_lora_weights: false }, textEncoder(model));
const [one, other, eight, wide] = [await fresh(16, 1), await fresh(16, 2), await fresh(8, 3), await fresh(64, 4)];

const settings = { ...PAGE_DEFAULTS, ...suggested };
const { tokenizer, template } = language;
const source = { name: file, format: "jsonl" as const, blob: await openAsBlob(join("public", "gallery", file)) };
const { heldOut } = await prepareData(source, 0.1, { tokenizer, template, vocabSize: tokenizer.vocabSize, settings });
if (heldOut === null) throw new Error(`${file} has no held-out rows`);
const size = settings.per_device_train_batch_size;
const batches = heldOut.batchesInOrder(size);
uploadAdapter(bench, one);
const plan = await compilePlan(bench, evaluationGraph(bench.model, one.layout, heldOut.capacity(size)));
const apart = truncatableUpdates(one, "the bench").map(decompose);

const measures: Record<string, (round: number) => unknown> = {
	/** Truncates the factors, uploads them and evaluates every held-out row. */
	slider: (round) => {
		bench.memory.upload("params", truncatedParams(one, apart, { rank: round % 16 }));
		return evaluateBatches(bench, plan, batches);
	},
	/** Evaluates the same rows without truncation, for comparison. */
	evaluation: () => evaluateBatches(bench, plan, batches),
	/** Switches adapters and waits until a value of the new one can be read back. The browser test times reading its file. */
	switch: async (round) => {
		bench.memory.upload("params", (round % 2 === 0 ? one : other).params);
		await bench.memory.readFloats("params", 0, 1);
	},
	/** Decomposes both adapters and compares every module. */
	overlap: () => {
		const [left, right] = [eight, wide].map((adapter) => truncatableUpdates(adapter, "the bench").map(decompose));
		return adapterOverlap(left, right, "A");
	},
};

const times = new Map(Object.keys(measures).map((name) => [name, [] as number[]]));
for (let round = 0; round <= rounds; round++) {
	for (const [name, measure] of Object.entries(measures)) {
		const started = performance.now();
		await measure(round);
		if (round > 0) times.get(name)?.push(performance.now() - started); // the first compiles
	}
}
const rows = [...times].map(([name, values]) => {
	const sorted = [...values].sort((a, b) => a - b);
	return { name, median: sorted[sorted.length >> 1], least: sorted[0], most: sorted[sorted.length - 1] };
});
for (const { name, median, least, most } of rows)
	console.log(`${name}: ${median.toFixed(1)} ms (${least.toFixed(1)}-${most.toFixed(1)})`);
const [slider, evaluation] = ["slider", "evaluation"].map((name) => times.get(name) ?? []);
const ratios = slider.map((time, round) => time / evaluation[round]);
console.log(`slider to evaluation alone, by round: ${ratios.map((ratio) => ratio.toFixed(2)).join(" ")}`);
console.log(JSON.stringify({ rows, ratios, device: bench.gpu.info.description }));
