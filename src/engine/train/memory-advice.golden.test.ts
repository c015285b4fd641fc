// A run that does not fit: the error lists changes that would, computed from its plans; its GPU memory is freed, and a
// smaller run trains.
import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { TabTuneError } from "../../shared/errors.ts";
import { deviceMessage } from "../../shared/messages/index.ts";
import { freshAdapter } from "../adapters/create-adapter.ts";
import type { RunSettings } from "../api.ts";
import { encodeFile } from "../data/encode-file.ts";
import type { Gpu } from "../device/gpu.ts";
import { openModelFiles } from "../models/load.ts";
import { runBytes } from "./estimate.ts";
import { METRICS } from "./graphs.ts";
import { refuseLargeTensor, waysToFit } from "./memory-advice.ts";
import { type ModelRuntime, startRuntime } from "./runtime.ts";
import { resolveSettings } from "./settings.ts";
import { testFolder, testRuntime } from "./test-runtime.ts";
import { Trainer } from "./trainer.ts";
import { capacityOf, planTraining } from "./training-plan.ts";

const PATH = "fixtures/goldens/odd";
const MIB = 2 ** 20;

async function runOf(runtime: Pick<ModelRuntime, "model">, given: Partial<RunSettings> = {}) {
	const run = JSON.parse(await readFile(`${PATH}/run.json`, "utf8"));
	const settings = resolveSettings({ ...run, target_modules: "all-linear", ...given }, "run.json");
	const blob = new Blob([await readFile(`${PATH}/train.jsonl`)]);
	const { dataset: train } = await encodeFile(
		{ name: "train.jsonl", format: "jsonl", blob },
		{ tokenizer: null, template: null, vocabSize: runtime.model.config.vocab_size, settings },
	);
	const { layout, params } = await freshAdapter(runtime.model, settings, async () => []);
	return { settings, layout, train, heldOut: null, start: params };
}

/** The device as one that has room for `bytes` more: it refuses the buffer that goes over, as a full one does. */
function full(gpu: Gpu, bytes: number): () => void {
	const whole = gpu.createBuffer.bind(gpu);
	const before = gpu.allocated.bytes;
	gpu.createBuffer = (label, size, usage) => {
		if (gpu.allocated.bytes - before + size > bytes)
			throw new TabTuneError("memory", { what: deviceMessage("outOfMemory"), where: label });
		return whole(label, size, usage);
	};
	return () => {
		gpu.createBuffer = whole;
	};
}

test("each suggestion states the peak of a run with it, and all together have the lowest peak", async () => {
	const runtime = await testRuntime(PATH);
	const { settings, layout, train, heldOut } = await runOf(runtime, { per_device_train_batch_size: 4 });
	const rows = { train, heldOut };
	const now = runBytes(runtime.model, layout, settings, capacityOf(rows, layout, settings), false);
	const ways = waysToFit(runtime.model, settings, rows);
	expect(ways.map(({ change }) => change.split(" ")[0])).toEqual(
		expect.arrayContaining(["per_device_train_batch_size", "max_length"]),
	);
	for (const { peakBytes } of ways) expect(peakBytes).toBeLessThan(now);
	expect(ways.at(-1)?.change).toContain(" + ");
	expect(ways.at(-1)?.peakBytes).toBe(Math.min(...ways.map(({ peakBytes }) => peakBytes)));
	const alone = { ...settings, per_device_train_batch_size: 1 };
	const way = ways.find(({ change }) => change.startsWith("per_device_train_batch_size 1,"));
	expect(way?.peakBytes).toBe(runBytes(runtime.model, layout, alone, capacityOf(rows, layout, alone), false));
	// NF4 is among them where the weights weigh more than the activations do, and not where the base is quantised already.
	const one = { ...alone, max_length: 16 };
	expect(waysToFit(runtime.model, one, rows).some(({ change }) => change === "NF4")).toBe(true);
	const nf4 = await openModelFiles(testFolder(PATH), PATH, "nf4");
	expect(waysToFit(nf4, one, rows).some(({ change }) => change === "NF4")).toBe(false);
	runtime.gpu.destroy();
});

test("a run that does not fit reports what would fit and frees its memory; a smaller one then trains", async () => {
	const runtime = await testRuntime(PATH);
	const big = await runOf(runtime, { per_device_train_batch_size: 6 });
	runtime.memory.upload("params", big.start);
	runtime.memory.reserve(METRICS.name, 4 * METRICS.size); // shared by all that runs on a runtime: it stays
	const before = { ...runtime.gpu.allocated };
	const refused = full(runtime.gpu, 0.6 * MIB);
	await expect(Trainer.create(runtime, big)).rejects.toThrow(
		/the run does not fit in GPU memory: it needs \d+ MiB.*these settings need less: .*per_device_train_batch_size 1, gradient_accumulation_steps 18 \(\d+ MiB\)/,
	);
	refused();
	expect(runtime.gpu.allocated).toEqual(before);
	const trainer = await Trainer.create(runtime, await runOf(runtime, { per_device_train_batch_size: 1 }));
	expect((await trainer.next()).skipped).toBeNull();
	trainer.release();
	runtime.gpu.destroy();
});

test("a tensor over the device's limit is refused before any allocation", async () => {
	const runtime = await testRuntime(PATH);
	const { settings, layout, train, heldOut } = await runOf(runtime);
	const { graph } = planTraining(runtime.model, layout, capacityOf({ train, heldOut }, layout, settings), settings);
	const run = { model: runtime.model, settings, rows: { train, heldOut } };
	const device = { maxBufferSize: 4096, maxStorageBufferBindingSize: 4096 };
	expect(() => refuseLargeTensor(graph, device, run)).toThrow(
		/one tensor of the run would need \d+ MiB; this device allows 1 MiB per buffer \(the run\): these settings need less: /,
	);
	expect(() => refuseLargeTensor(graph, { ...device, ...runtime.gpu.info }, run)).not.toThrow();
	runtime.gpu.destroy();
});

test("the error for a model that does not fit states its size and its size in NF4", async () => {
	const { gpu, model, memory } = await testRuntime(PATH);
	memory.releaseAll();
	const before = { ...gpu.allocated };
	const refused = full(gpu, 50_000);
	await expect(startRuntime(gpu, model)).rejects.toThrow(
		/the model does not fit in GPU memory: its weights need 1 MiB \(model\..*weight\): load the base as NF4 \(1 MiB\)/,
	);
	const nf4 = await openModelFiles(testFolder(PATH), PATH, "nf4");
	refused();
	expect(gpu.allocated).toEqual(before);
	const small = full(gpu, 10_000);
	await expect(startRuntime(gpu, nf4)).rejects.toThrow(/use a smaller model/);
	small();
	gpu.destroy();
});
