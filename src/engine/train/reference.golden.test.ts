// The training graph on the reference executor in float64 against PyTorch and PEFT: the first step's loss, its gradients
// tensor by tensor, and its norm. Holds the graph itself, its gradients and its passes, without a GPU.
import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { readAdapterFolder } from "../adapters/adapter-files.ts";
import { encodeFile } from "../data/encode-file.ts";
import { bytesSource, decodeToFloat32, openSafetensors } from "../formats/index.ts";
import { elements } from "../graph/ir.ts";
import { ReferenceMemory, runReference } from "../graph/reference.ts";
import { ropeTables } from "../graph/rope-tables.ts";
import { openModelFiles } from "../models/load.ts";
import { ropePositions } from "../models/rope.ts";
import { weightValues } from "../models/upload.ts";
import { stepWindow } from "./epochs.ts";
import { METRICS, trainingGraph, updateGraph } from "./graphs.ts";
import { resolveSettings } from "./settings.ts";
import { testFolder } from "./test-runtime.ts";

test.each([
	["odd", false],
	["odd", true],
	["tied-bf16-llama3", false],
	["bias-rank1", false],
	["full-rank-long", true],
	["turns-epochs", false],
	["prompt-random", false],
	["prompt-words", true],
	["lora-prompt", true],
	["bottleneck-houlsby", true],
	["bottleneck-pfeiffer-gelu", false],
	["lora-bottleneck", true],
])("%s: loss and gradients of the first step (layers recomputed: %s)", async (name, checkpointLayers) => {
	const path = `fixtures/goldens/${name}`;
	const model = await openModelFiles(testFolder(path), path);
	const settings = resolveSettings(JSON.parse(await readFile(`${path}/run.json`, "utf8")), "run.json");
	const { layout, params } = await readAdapterFolder(model, testFolder(`${path}/init`), name);
	const blob = new Blob([await readFile(`${path}/train.jsonl`)]);
	const { dataset } = await encodeFile(
		{ name: "train.jsonl", format: "jsonl", blob },
		{ tokenizer: null, template: null, vocabSize: model.config.vocab_size, settings },
	);

	const memory = new ReferenceMemory("float64");
	for (const { name: weight } of model.family.weights(model.config))
		memory.set(weight, await weightValues(model, weight));
	for (const [table, rope] of Object.entries(model.family.ropes(model.config))) {
		const { cos, sin } = ropeTables(rope, ropePositions(model.config));
		memory.set(`${table}.cos`, cos);
		memory.set(`${table}.sin`, sin);
	}
	memory.set("params", params);
	memory.set("grads", new Float64Array(layout.size));
	memory.set(METRICS.name, [0, 0, 0, 0]);

	const rows = dataset.withVirtualTokens(layout.virtualTokens);
	const window = stepWindow(rows, settings, 1);
	const tokens = window.reduce((total, batch) => total + batch.target_ids.length, 0);
	const graph = trainingGraph(model, layout, rows.capacity(settings.per_device_train_batch_size), checkpointLayers);
	for (const batch of window) {
		for (const input of [
			"ids",
			"positions",
			"kv_start",
			"kv_last",
			"q_end",
			"virtual",
			"target_rows",
			"target_ids",
		] as const)
			memory.set(`batch.${input}`, batch[input], "u32");
		runReference(graph, memory, {
			live_tokens: batch.ids.length,
			live_targets: batch.target_ids.length,
			loss_scale: 1 / tokens,
		});
	}
	const grads = Float64Array.from(memory.get("grads"));
	runReference(updateGraph(layout, settings), memory, {});

	const [first] = JSON.parse(await readFile(`${path}/expected.json`, "utf8")).metrics;
	const metrics = memory.get(METRICS.name);
	expect(Math.abs(metrics[METRICS.lossSum] / tokens / first.loss - 1)).toBeLessThan(1e-6);
	expect(Math.abs(metrics[METRICS.gradNorm] / first.grad_norm - 1)).toBeLessThan(1e-5);
	const golden = await openSafetensors(
		bytesSource(new Uint8Array(await readFile(`${path}/first-gradients.safetensors`))),
		"first-gradients",
	);
	for (const { name: tensor, shape, offset } of layout.tensors) {
		const expected = decodeToFloat32(
			await golden.readTensor(tensor.includes("lora_") ? `base_model.model.${tensor}` : tensor),
			"F32",
		);
		const scale = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-12);
		const worst = grads
			.subarray(offset, offset + elements(shape))
			.reduce((most, value, i) => Math.max(most, Math.abs(value - expected[i])), 0);
		expect(worst / scale, tensor).toBeLessThan(1e-5);
	}
});
