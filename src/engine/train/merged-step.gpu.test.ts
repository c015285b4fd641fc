// A training step whose dispatches are merged for a GPU computes the loss and the gradients of the separate dispatches.
import { readFile } from "node:fs/promises";
import { afterAll, expect, test } from "vitest";
import { randomFolder } from "../../../bench/model-shapes.ts";
import { DEFAULT_SETTINGS } from "../../shared/settings.ts";
import { adapterLayout } from "../adapters/layout.ts";
import { GpuMemory } from "../executor/memory.ts";
import { Plan } from "../executor/plan.ts";
import { testGpu, values } from "../executor/test-gpu.ts";
import { planMemory } from "../graph/passes/memory-plan.ts";
import { Pipelines } from "../kernels/pipelines.ts";
import type { Tuning } from "../kernels/tuning.ts";
import { openModelFiles } from "../models/load.ts";
import { uploadWeights } from "../models/upload.ts";
import { METRICS, trainingGraph } from "./graphs.ts";
import { resolveSettings } from "./settings.ts";
import { testFolder } from "./test-runtime.ts";

const gpu = await testGpu();
const minimal = await testGpu(true);
afterAll(() => {
	gpu.destroy();
	minimal.destroy();
});

const TOKENS = 37;
const LIVE = { live_tokens: 33, live_targets: 20, loss_scale: 0.05, seed: 3 };
/** Small kernels compile fast. */
const tuning: Tuning = {
	matmul: () => ({ strategy: "direct", rows: 2, columns: 2, unroll: 1, threads: 32 }),
};

const ALL = { r: 8, target_modules: "all-linear" } as const;
/** A model whose widths are multiples of four, so that every pass applies. */
const EVEN = {
	hidden_size: 64,
	intermediate_size: 96,
	num_hidden_layers: 2,
	num_attention_heads: 4,
	num_key_value_heads: 2,
	vocab_size: 64,
} as const;

async function modelOf(name: string) {
	if (name === "even") {
		return {
			model: await openModelFiles(await randomFolder(name, EVEN), name),
			settings: { ...DEFAULT_SETTINGS, ...ALL },
		};
	}
	const path = `fixtures/goldens/${name}`;
	const settings = resolveSettings(JSON.parse(await readFile(`${path}/run.json`, "utf8")), "run.json");
	return { model: await openModelFiles(testFolder(path), path), settings };
}

test.each([
	["even", false],
	["odd", true],
])("%s (layers recomputed: %s)", async (name, recomputed) => {
	const { model, settings } = await modelOf(name);
	const layout = adapterLayout(model, settings);
	const graph = trainingGraph(model, layout, { tokens: TOKENS, targets: 24 }, recomputed);
	const results: { dispatches: number; activationBytes: number; grads: Float32Array; loss: number }[] = [];
	for (const [device, mergeDispatches] of [
		[gpu, false],
		[gpu, true],
		[minimal, true],
	] as const) {
		const memory = new GpuMemory(device);
		await uploadWeights(model, memory);
		memory.upload("params", values(layout.size, 1, 0.1));
		memory.upload("frozen", values(Math.max(4, layout.frozen.size), 2, 0.1));
		memory.reserve("grads", layout.size * 4);
		memory.reserve(METRICS.name, METRICS.size * 4);
		const input = (key: string, numbers: (i: number) => number, count = TOKENS) =>
			memory.upload(
				`batch.${key}`,
				Uint32Array.from({ length: count }, (_, i) => numbers(i)),
			);
		// Two texts, of 13 tokens and of the others.
		const start = (i: number) => (i < 13 ? 0 : 13);
		input("ids", (i) => (i * 7 + 3) % model.config.vocab_size);
		input("positions", (i) => i - start(i));
		input("kv_start", start);
		input("kv_last", (i) => i);
		input("q_end", (i) => (i < 13 ? 13 : 33));
		input("virtual", () => 0);
		input("target_rows", (i) => i + 4, 24);
		input("target_ids", (i) => (i * 5 + 1) % model.config.vocab_size, 24);
		const plan = await Plan.compile(graph, memory, new Pipelines(device), { ...tuning, mergeDispatches });
		await plan.run(LIVE);
		results.push({
			dispatches: plan.dispatchCount,
			activationBytes: planMemory(plan.graph).activationBytes,
			grads: await memory.readFloats("grads", 0, layout.size),
			loss: (await memory.readFloats(METRICS.name, 0, 1))[0],
		});
		plan.destroy();
		memory.releaseAll();
	}
	const [apart, ...merged] = results;
	const scale = apart.grads.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
	expect(scale).toBeGreaterThan(0);
	for (const { dispatches, activationBytes, grads, loss } of merged) {
		expect(dispatches).toBeLessThan(apart.dispatches);
		expect(activationBytes - apart.activationBytes).toBeLessThanOrEqual(2 ** 16);
		expect(Math.abs(loss - apart.loss) / apart.loss).toBeLessThan(1e-6);
		const worst = grads.reduce((most, value, i) => Math.max(most, Math.abs(value - apart.grads[i])), 0);
		expect(worst / scale).toBeLessThan(1e-5);
	}
});
