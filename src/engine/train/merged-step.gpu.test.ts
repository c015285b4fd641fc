// A training step whose dispatches are merged for a GPU computes the loss and the gradients of the separate dispatches.
import { readFile } from "node:fs/promises";
import { afterAll, expect, test } from "vitest";
import { randomFolder } from "../../../bench/model-shapes.ts";
import { DEFAULT_SETTINGS } from "../../shared/settings.ts";
import type { AdapterLayout } from "../adapters/adapter.ts";
import { adapterLayout } from "../adapters/layout.ts";
import { GpuMemory } from "../executor/memory.ts";
import { Plan } from "../executor/plan.ts";
import { testGpu, values } from "../executor/test-gpu.ts";
import { elements } from "../graph/ir.ts";
import { planMemory } from "../graph/passes/memory-plan.ts";
import { ReferenceMemory, runReference } from "../graph/reference.ts";
import { ropeTables } from "../graph/rope-tables.ts";
import { Pipelines } from "../kernels/pipelines.ts";
import type { Tuning } from "../kernels/tuning.ts";
import { defaultTable, tuningFor } from "../kernels/tuning-defaults.ts";
import { type LoadedModel, openModelFiles } from "../models/load.ts";
import { ropePositions } from "../models/rope.ts";
import { uploadWeights, weightValues } from "../models/upload.ts";
import { evaluationGraph, METRICS, trainingGraph } from "./graphs.ts";
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

const CAPACITY = { tokens: TOKENS, targets: 24 };

/** Two texts, of 13 tokens and of the others. */
function batchOf({ config: { vocab_size } }: LoadedModel): Record<string, Uint32Array> {
	const words = (count: number, number: (i: number) => number) =>
		Uint32Array.from({ length: count }, (_, i) => number(i));
	const start = (i: number) => (i < 13 ? 0 : 13);
	return {
		ids: words(TOKENS, (i) => (i * 7 + 3) % vocab_size),
		positions: words(TOKENS, (i) => i - start(i)),
		kv_start: words(TOKENS, start),
		kv_last: words(TOKENS, (i) => i),
		q_end: words(TOKENS, (i) => (i < 13 ? 13 : 33)),
		virtual: words(TOKENS, () => 0),
		target_rows: words(24, (i) => i + 4),
		target_ids: words(24, (i) => (i * 5 + 1) % vocab_size),
	};
}

/** The slopes of the loss along a random direction in each trained tensor: central differences of the forward pass in float64. */
async function slopes(
	model: LoadedModel,
	layout: AdapterLayout,
	params: Float32Array,
): Promise<{ readonly name: string; readonly direction: Float32Array; readonly slope: number }[]> {
	const memory = new ReferenceMemory("float64");
	for (const { name } of model.family.weights(model.config)) memory.set(name, await weightValues(model, name));
	for (const [table, rope] of Object.entries(model.family.ropes(model.config))) {
		const { cos, sin } = ropeTables(rope, ropePositions(model.config));
		memory.set(`${table}.cos`, cos);
		memory.set(`${table}.sin`, sin);
	}
	for (const [key, numbers] of Object.entries(batchOf(model))) memory.set(`batch.${key}`, numbers, "u32");
	const graph = evaluationGraph(model, layout, CAPACITY);
	const lossAt = (direction: Float32Array, distance: number): number => {
		memory.set(
			"params",
			Float64Array.from(params, (value, i) => value + distance * direction[i]),
		);
		memory.set(METRICS.name, [0, 0, 0, 0]);
		runReference(graph, memory, LIVE);
		return memory.get(METRICS.name)[METRICS.lossSum] * LIVE.loss_scale;
	};
	return layout.tensors.map(({ name, offset, shape }, i) => {
		const direction = new Float32Array(layout.size);
		direction.set(values(elements(shape), i + 10), offset);
		return { name, direction, slope: (lossAt(direction, 1e-5) - lossAt(direction, -1e-5)) / 2e-5 };
	});
}

test("the gradients of a merged step match finite differences of its loss", async () => {
	const { model, settings } = await modelOf("even");
	const layout = adapterLayout(model, settings);
	const params = values(layout.size, 1, 0.1);
	const memory = new GpuMemory(gpu);
	await uploadWeights(model, memory);
	memory.upload("params", params);
	memory.reserve("grads", layout.size * 4);
	memory.reserve(METRICS.name, METRICS.size * 4);
	for (const [key, numbers] of Object.entries(batchOf(model))) memory.upload(`batch.${key}`, numbers);
	const ofGpu = tuningFor("gpu", defaultTable("gpu"));
	const plan = await Plan.compile(trainingGraph(model, layout, CAPACITY, false), memory, new Pipelines(gpu), {
		...ofGpu,
		matmul: tuning.matmul,
	});
	await plan.run(LIVE);
	const grads = await memory.readFloats("grads", 0, layout.size);
	plan.destroy();
	memory.releaseAll();
	const found = await slopes(model, layout, params);
	const scale = Math.max(...found.map(({ slope }) => Math.abs(slope)));
	expect(scale).toBeGreaterThan(0);
	for (const { name, direction, slope } of found) {
		const analytic = grads.reduce((sum, value, i) => sum + value * direction[i], 0);
		expect(Math.abs(analytic - slope) / scale, name).toBeLessThan(1e-4);
	}
});

test.each([
	["even", false],
	["odd", true],
])("%s (layers recomputed: %s)", async (name, recomputed) => {
	const { model, settings } = await modelOf(name);
	const layout = adapterLayout(model, settings);
	const graph = trainingGraph(model, layout, CAPACITY, recomputed);
	const params = values(layout.size, 1, 0.1);
	const inputs = batchOf(model);
	const results: { dispatches: number; activationBytes: number; grads: Float32Array; loss: number }[] = [];
	for (const [device, mergeDispatches] of [
		[gpu, false],
		[gpu, true],
		[minimal, true],
	] as const) {
		const memory = new GpuMemory(device);
		await uploadWeights(model, memory);
		memory.upload("params", params);
		memory.upload("frozen", values(Math.max(4, layout.frozen.size), 2, 0.1));
		memory.reserve("grads", layout.size * 4);
		memory.reserve(METRICS.name, METRICS.size * 4);
		for (const [key, numbers] of Object.entries(inputs)) memory.upload(`batch.${key}`, numbers);
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
