// Compares a training step with the frozen matmuls it contains, alternating: the share of the matmul rate that a step reaches.
// On the bundled base, and on SmolLM2-135M's shapes with fewer layers and random weights.
// BENCH_TOKENS and BENCH_ROUNDS change what is measured; BENCH_LAYERS the layers of the second.

import { readFileSync } from "node:fs";
import { freshAdapter } from "../src/engine/adapters/create-adapter.ts";
import { Gpu } from "../src/engine/device/gpu.ts";
import { nodeGpu } from "../src/engine/device/node-gpu.ts";
import { Plan } from "../src/engine/executor/plan.ts";
import { type ModelFolder, memoryFolder, writeSafetensors } from "../src/engine/formats/index.ts";
import type { Graph, Node } from "../src/engine/graph/ir.ts";
import type { MatmulAttrs } from "../src/engine/graph/ops/index.ts";
import { opOf } from "../src/engine/graph/ops/index.ts";
import { readModelConfig } from "../src/engine/models/config.ts";
import { llama } from "../src/engine/models/llama.ts";
import { openModelFiles } from "../src/engine/models/load.ts";
import { trainingGraph } from "../src/engine/train/graphs.ts";
import { type ModelRuntime, startRuntime } from "../src/engine/train/runtime.ts";
import { textEncoder } from "../src/engine/train/text-processor.ts";
import { DEFAULT_SETTINGS } from "../src/shared/settings.ts";

const tokenCounts = (process.env.BENCH_TOKENS ?? "128,256").split(",").map(Number);
const rounds = Number(process.env.BENCH_ROUNDS ?? 7);
const layers = Number(process.env.BENCH_LAYERS ?? 4);

/** The nodes that multiply by a frozen weight, with only their first segment: the products of a model without adapters. */
function frozenProducts(graph: Graph): Graph {
	const nodes = graph.nodes.flatMap((node): Node[] => {
		if (node.op !== "matmul" || graph.tensors[node.inputs[1]].role !== "weight") return [];
		const { segments } = node.attrs as MatmulAttrs;
		return [
			{
				...node,
				inputs: node.inputs.slice(0, 2),
				attrs: { segments: segments.slice(0, 1), accumulate: false, bias: false },
			},
		];
	});
	return { ...graph, nodes };
}

/** Floating-point operations of the products of a graph. Attention, norms and other ops count as overhead here. */
function productFlops(bench: ModelRuntime, graph: Graph): number {
	let flops = 0;
	for (const node of graph.nodes) {
		if (node.op !== "matmul") continue;
		const spec = (id: number) => graph.tensors[id];
		for (const call of opOf(node.op).lower({
			attrs: node.attrs,
			inputs: node.inputs.map(spec),
			outputs: node.outputs.map(spec),
			tuning: bench.tuning,
			limits: bench.gpu.device.limits,
		}))
			flops += call.flops;
	}
	return flops;
}

async function smolFolder(): Promise<ModelFolder> {
	const config = JSON.stringify({
		model_type: "llama",
		hidden_size: 576,
		intermediate_size: 1536,
		num_hidden_layers: layers,
		num_attention_heads: 9,
		num_key_value_heads: 3,
		vocab_size: 49152,
		max_position_embeddings: 2048,
		rms_norm_eps: 1e-5,
		rope_theta: 10000,
		tie_word_embeddings: true,
	});
	const shape = await readModelConfig(memoryFolder("smollm2", { "config.json": config }));
	const tensors = llama.weights(shape).map(({ name, shape: size }) => {
		const halves = Uint16Array.from(
			{ length: size.reduce((a, b) => a * b, 1) },
			(_, i) => 0x3c00 + ((i * 2654435761) >>> 24),
		); // small bf16 numbers
		return { name, dtype: "BF16", shape: size, bytes: new Uint8Array(halves.buffer) };
	});
	return memoryFolder("smollm2", { "config.json": config, "model.safetensors": writeSafetensors(tensors, {}) });
}

const bundled = memoryFolder("bundled", {
	"config.json": readFileSync("public/base-model/config.json", "utf8"),
	"model.safetensors": new Uint8Array(readFileSync("public/base-model/model.safetensors")),
});
const models = [
	["bundled base", bundled],
	[`SmolLM2-135M, ${layers} of 30 layers`, await smolFolder()],
] as const;
const report: Record<string, unknown>[] = [];

for (const [name, folder] of models) {
	for (const tokens of tokenCounts) {
		const model = await openModelFiles(folder, name);
		const gpu = await Gpu.request({ gpu: await nodeGpu() });
		const bench = await startRuntime(gpu, model);
		const { layout, params } = await freshAdapter(model, { ...DEFAULT_SETTINGS, r: 16 }, textEncoder(model));
		for (const flat of ["params", "grads"]) bench.memory.reserve(flat, layout.size * 4);
		bench.memory.upload("params", params);
		const graph = trainingGraph(model, layout, { tokens, targets: tokens }, false);
		const frozen = frozenProducts(graph);
		const [step, products] = [
			await Plan.compile(graph, bench.memory, bench.pipelines, bench.tuning),
			await Plan.compile(frozen, bench.memory, bench.pipelines, bench.tuning),
		];
		const order = Uint32Array.from({ length: tokens }, (_, t) => t);
		for (const input of ["positions", "kv_last", "target_rows"]) bench.memory.upload(`batch.${input}`, order);
		bench.memory.upload(
			"batch.q_end",
			order.map(() => tokens),
		);
		const scalars = { live_tokens: tokens, live_targets: tokens, loss_scale: 1 / tokens };
		const best = { step: Number.POSITIVE_INFINITY, products: Number.POSITIVE_INFINITY };
		for (let round = 0; round <= rounds; round++) {
			for (const [which, plan] of [
				["step", step],
				["products", products],
			] as const) {
				const started = performance.now();
				await plan.run(scalars);
				if (round > 0) best[which] = Math.min(best[which], performance.now() - started); // the first round compiles
			}
		}
		const rates = {
			step: productFlops(bench, graph) / best.step / 1e6,
			products: productFlops(bench, frozen) / best.products / 1e6,
		};
		const share = rates.step / rates.products;
		console.log(
			`${name}, ${tokens} tokens in one text: step ${best.step.toFixed(0)} ms, frozen products alone ${best.products.toFixed(0)} ms; ${rates.step.toFixed(1)} of ${rates.products.toFixed(1)} GFLOPS = ${(100 * share).toFixed(0)} %`,
		);
		report.push({ model: name, tokens, milliseconds: best, gflops: rates, share, device: gpu.info.description });
		step.destroy();
		products.destroy();
		bench.memory.releaseAll();
		gpu.destroy();
	}
}
console.log(JSON.stringify(report));
