// Compares four adapters that answer a prompt in one batch with the same four in sequence, alternating: tokens per second on the
// bundled base. BENCH_ROUNDS and BENCH_TOKENS change what is measured.

import { openModel, startGpu } from "../src/cli/open.ts";
import type { Adapter } from "../src/engine/adapters/adapter.ts";
import { freshAdapter } from "../src/engine/adapters/create-adapter.ts";
import { Generator } from "../src/engine/train/generator.ts";
import { MultiAdapterGenerator } from "../src/engine/train/multi-adapter-generator.ts";
import { releaseAdapter, uploadAdapter } from "../src/engine/train/runtime.ts";
import { resolveSettings } from "../src/engine/train/settings.ts";
import { openTextProcessor, promptIds, textEncoder } from "../src/engine/train/text-processor.ts";

const RANKS = [4, 8, 8, 16];
const rounds = Number(process.env.BENCH_ROUNDS ?? 7);
const tokens = Number(process.env.BENCH_TOKENS ?? 32);

const model = await openModel({
	command: "bench",
	positional: [],
	options: new Map([["model", "demo"]]),
	settings: {},
});
const bench = await startGpu(model);
const language = await openTextProcessor(model.folder, model.config);
const ids = promptIds(language, "Tell me a story about a cow and a hat.");
const sampling = { max_new_tokens: tokens, temperature: 0, top_p: 1, top_k: 0, seed: 0, adapterStrength: 1 };

const adapters: Adapter[] = [];
for (const [i, r] of RANKS.entries()) {
	const settings = resolveSettings({ r, lora_alpha: r / 4, seed: i, init_lora_weights: false }, "the bench");
	adapters.push(await freshAdapter(model, settings, textEncoder(model)));
}

/** Tokens per second, without the time to create generators. */
async function together(): Promise<number> {
	const generator = await MultiAdapterGenerator.create(bench, { slots: adapters, cacheLength: ids.length + tokens });
	const started = performance.now();
	const results = await generator.generate(ids, sampling, [], () => true);
	const seconds = (performance.now() - started) / 1000;
	generator.release();
	return results.reduce((sum, { output_ids }) => sum + output_ids.length, 0) / seconds;
}

async function inTurn(): Promise<number> {
	let [count, seconds] = [0, 0];
	for (const adapter of adapters) {
		uploadAdapter(bench, adapter);
		const generator = await Generator.create(bench, adapter.layout, ids.length + tokens);
		const started = performance.now();
		count += (await generator.generate(ids, sampling, [], () => true)).output_ids.length;
		seconds += (performance.now() - started) / 1000;
		generator.release();
		releaseAdapter(bench);
	}
	return count / seconds;
}

const median = (values: readonly number[]) => [...values].sort((a, b) => a - b)[values.length >> 1];
const batch: number[] = [];
const turns: number[] = [];
for (let round = 0; round <= rounds; round++) {
	const [first, second] = [await together(), await inTurn()];
	if (round === 0) continue; // compiles
	batch.push(first);
	turns.push(second);
}
const ratios = batch.map((rate, i) => rate / turns[i]);
console.log(
	`four in one batch ${median(batch).toFixed(0)} tokens/s, in turn ${median(turns).toFixed(0)}; ${median(ratios).toFixed(2)} times, ${ratios.map((ratio) => ratio.toFixed(2)).join(" ")}`,
);
console.log(JSON.stringify({ batch, turns, ratio: median(ratios), device: bench.gpu.info.description }));
