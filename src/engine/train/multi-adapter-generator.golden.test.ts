// Slots against single answers: adapters of several ranks and modules, and the base, asked together say token for token
// what each says alone, greedy and sampled, over a prompt longer than a chunk, to different ends.

import { afterAll, beforeAll, expect, test } from "vitest";
import type { Adapter } from "../adapters/adapter.ts";
import { freshAdapter } from "../adapters/create-adapter.ts";
import type { RunSettings } from "../api.ts";
import { Generator, type Sampling } from "./generator.ts";
import { MultiAdapterGenerator } from "./multi-adapter-generator.ts";
import { type ModelRuntime, releaseAdapter, uploadAdapter } from "./runtime.ts";
import { resolveSettings } from "./settings.ts";
import { testRuntime } from "./test-runtime.ts";
import { openTextProcessor, promptIds, textEncoder } from "./text-processor.ts";

const CACHE = 128;
const GREEDY: Sampling = { max_new_tokens: 20, temperature: 0, top_p: 1, top_k: 0, seed: 5, adapterStrength: 1 };

let runtime: ModelRuntime;
beforeAll(async () => {
	runtime = await testRuntime("public/base-model");
});
afterAll(() => {
	runtime.memory.releaseAll();
	runtime.gpu.destroy();
});

/** With matrices drawn so that the answers differ. */
async function drawn(over: Partial<RunSettings>): Promise<Adapter> {
	const settings = resolveSettings({ init_lora_weights: false, lora_alpha: 4, ...over }, "the test");
	return freshAdapter(runtime.model, settings, textEncoder(runtime.model));
}

async function alone(adapter: Adapter | null, ids: number[], sampling: Sampling, eos: number[]) {
	if (adapter !== null) uploadAdapter(runtime, adapter);
	const generator = await Generator.create(runtime, adapter?.layout ?? null, CACHE);
	const answer = await generator.generate(ids, sampling, eos, () => true);
	generator.release();
	releaseAdapter(runtime);
	return answer;
}

test("each slot generates the same tokens as alone", { timeout: 120_000 }, async () => {
	const adapters = [
		await drawn({ r: 1, seed: 1 }),
		null,
		await drawn({ r: 5, seed: 2, target_modules: ["q_proj", "down_proj"] }),
		await drawn({ r: 16, seed: 3, use_rslora: true, lora_alpha: 2 }),
	];
	const textProcessor = await openTextProcessor(runtime.model.folder, runtime.model.config);
	const ids = promptIds(
		textProcessor,
		"Tell me a story about a cow and a hat, and about the little girl who found the hat under the old tree by the river.",
	);
	expect(ids.length).toBeGreaterThan(32);
	const slots = await MultiAdapterGenerator.create(runtime, { slots: adapters, cacheLength: CACHE });
	for (const sampling of [GREEDY, { ...GREEDY, temperature: 0.9, top_k: 40, top_p: 0.95 }]) {
		const free = await slots.generate(ids, sampling, [], () => true);
		// A token from the middle of one answer, used as EOS, ends that answer only.
		const eos = [free[1].output_ids[9]];
		const together = await slots.generate(ids, sampling, eos, () => true);
		const single = [];
		for (const adapter of adapters) single.push(await alone(adapter, ids, sampling, eos));
		expect(together).toEqual(single);
		expect(new Set(free.map(({ output_ids }) => output_ids.join())).size).toBe(4);
		expect(new Set(together.map(({ output_ids }) => output_ids.length)).size).toBeGreaterThan(1);
	}
	const heard: number[] = [];
	const stopped = await slots.generate(ids, GREEDY, [], (slot) => heard.push(slot) < 6);
	expect(heard).toEqual([0, 1, 2, 3, 0, 1, 2, 3]);
	expect(stopped.map(({ stopped: why }) => why)).toEqual(Array(4).fill("cancelled"));
	slots.release();
});

test("an empty prompt, too many slots and adapters that cannot share a pass are refused", async () => {
	const allocated = runtime.gpu.allocated.bytes;
	const adapter = await drawn({ r: 2 });
	const none = Array.from({ length: 9 }, () => null);
	await expect(MultiAdapterGenerator.create(runtime, { slots: none, cacheLength: 8 })).rejects.toThrow(/9 adapters/);
	const dora = await drawn({ r: 2, use_dora: true });
	await expect(MultiAdapterGenerator.create(runtime, { slots: [adapter, dora], cacheLength: 8 })).rejects.toThrow(
		/only plain LoRA/,
	);
	const slots = await MultiAdapterGenerator.create(runtime, { slots: [adapter, null], cacheLength: 8 });
	await expect(slots.generate([], GREEDY, [], () => true)).rejects.toThrow(/prompt is empty/);
	await expect(slots.generate(Array(9).fill(5), GREEDY, [], () => true)).rejects.toThrow(/9 tokens/);
	slots.release();
	expect(runtime.gpu.allocated.bytes).toBe(allocated);
});
