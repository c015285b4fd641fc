// The trainer on the GPU: it works with WebGPU's default limits, creates nothing after the first step, and stays at the
// predicted peak. Also tests the training loop.
import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { freshAdapter } from "../adapters/create-adapter.ts";
import { adapterFromPeft } from "../adapters/peft-adapter.ts";
import type { RunEvent, RunSettings } from "../api.ts";
import type { EncodedDataset } from "../data/dataset.ts";
import { encodeFile } from "../data/encode-file.ts";
import { readPeftAdapter } from "../peft/index.ts";
import { runBytes } from "./estimate.ts";
import { RunControl, runTraining } from "./run.ts";
import type { ModelRuntime } from "./runtime.ts";
import { resolveSettings } from "./settings.ts";
import { testFolder, testRuntime } from "./test-runtime.ts";
import { Trainer } from "./trainer.ts";

const PATH = "fixtures/goldens/odd";

async function start(
	runtime: ModelRuntime,
	given: Partial<RunSettings> = {},
): Promise<{ trainer: Trainer; settings: RunSettings; train: EncodedDataset; expected: number }> {
	const settings = resolveSettings({ ...JSON.parse(await readFile(`${PATH}/run.json`, "utf8")), ...given }, "run.json");
	const { layout, params } = adapterFromPeft(runtime.model, await readPeftAdapter(testFolder(`${PATH}/init`)), PATH);
	const blob = new Blob([await readFile(`${PATH}/train.jsonl`)]);
	const { dataset: train } = await encodeFile(
		{ name: "train.jsonl", format: "jsonl", blob },
		{ tokenizer: null, template: null, vocabSize: runtime.model.config.vocab_size, settings },
	);
	const expected = runBytes(
		runtime.model,
		layout,
		settings,
		train.capacity(settings.per_device_train_batch_size),
		true,
	);
	const trainer = await Trainer.create(runtime, { layout, settings, train, heldOut: train, start: params });
	return { trainer, settings, train, expected };
}

async function golden(): Promise<{ loss: number; grad_norm: number }[]> {
	return JSON.parse(await readFile(`${PATH}/expected.json`, "utf8")).metrics;
}

test("a device with WebGPU's default limits and no features computes the same losses", {
	timeout: 300_000,
}, async () => {
	const runtime = await testRuntime(PATH, { minimal: true });
	expect(runtime.gpu.device.limits.maxStorageBufferBindingSize).toBe(128 * 2 ** 20);
	expect(runtime.gpu.device.limits.maxComputeInvocationsPerWorkgroup).toBe(256);
	expect(runtime.gpu.has("subgroups")).toBe(false);
	const { trainer } = await start(runtime);
	const expected = await golden();
	for (let i = 0; i < 4; i++) {
		const { loss, grad_norm } = await trainer.next();
		expect(Math.abs(loss / expected[i].loss - 1)).toBeLessThan(1e-5);
		expect(Math.abs(grad_norm / expected[i].grad_norm - 1)).toBeLessThan(1e-4);
	}
	trainer.release();
	runtime.gpu.destroy();
});

test("after the first step neither buffers nor pipelines are created, and the peak was predicted", async () => {
	const runtime = await testRuntime(PATH);
	const { trainer, expected } = await start(runtime, { max_steps: 12 });
	await trainer.evaluate();
	await trainer.next();
	const created = { ...runtime.gpu.created };
	const allocated = { ...runtime.gpu.allocated };
	for (let i = 0; i < 10; i++) await trainer.next();
	expect(runtime.gpu.created).toEqual(created);
	expect(runtime.gpu.allocated).toEqual(allocated);
	// The prediction includes all but the small fixed buffers: staging, uniforms, packed parameters.
	expect(trainer.peakBytes).toBeGreaterThanOrEqual(expected * 0.95);
	expect(trainer.peakBytes - expected).toBeLessThan(512 * 1024);
	const before = runtime.gpu.allocated.bytes;
	trainer.release();
	expect(runtime.gpu.allocated.bytes).toBeLessThan(before);
	runtime.gpu.destroy();
});

test.each(["float32", "bfloat16", "int8", "nf4"] as const)(
	"a base in %s: the plan's peak is within 5 % of the memory that the device allocates",
	async (dtype) => {
		const runtime = await testRuntime("public/base-model", { dtype });
		const settings = resolveSettings({ per_device_train_batch_size: 2, max_length: 128 }, "the settings");
		const { layout, params } = await freshAdapter(runtime.model, settings, async () => []);
		const input_ids = Array.from({ length: 128 }, (_, i) => i + 5);
		const rows = Array.from({ length: 2 }, () => JSON.stringify({ input_ids, labels: input_ids })).join("\n");
		const { dataset: train } = await encodeFile(
			{ name: "rows.jsonl", format: "jsonl", blob: new Blob([rows]) },
			{ tokenizer: null, template: null, vocabSize: runtime.model.config.vocab_size, settings },
		);
		const planned = runBytes(runtime.model, layout, settings, train.capacity(2), false);
		const trainer = await Trainer.create(runtime, { layout, settings, train, heldOut: null, start: params });
		console.log(`${dtype}: planned ${planned}, allocated ${runtime.gpu.allocated.bytes}`);
		expect(Math.abs(runtime.gpu.allocated.bytes / planned - 1)).toBeLessThan(0.05);
		trainer.release();
		runtime.gpu.destroy();
	},
);

test("pause suspends the run between two steps, resume continues it, stop keeps the trained adapter", async () => {
	const runtime = await testRuntime(PATH);
	const { trainer, settings } = await start(runtime, { max_steps: 20, eval_steps: 0 });
	const control = new RunControl();
	const events: RunEvent[] = [];
	const running = runTraining(trainer, settings, control, {
		emit(event) {
			events.push(event);
			if (event.type === "step" && event.step === 3) control.pause();
			if (event.type === "step" && event.step === 6) control.stop();
		},
	});
	while (!events.some((event) => event.type === "state" && event.state === "paused"))
		await new Promise((resolve) => setTimeout(resolve, 5));
	const atPause = events.filter((event) => event.type === "step").length;
	await new Promise((resolve) => setTimeout(resolve, 100));
	expect(events.filter((event) => event.type === "step").length).toBe(atPause);
	control.resume();
	const result = await running;
	expect(result).toMatchObject({ state: "stopped", steps: 6 });
	expect(events.filter((event) => event.type === "eval").map((event) => event.type === "eval" && event.step)).toEqual([
		0, 6,
	]);
	expect(
		events.filter((event) => event.type === "state").map((event) => event.type === "state" && event.state),
	).toEqual(["running", "paused", "running", "stopped"]);
	expect(result.lastEvalLoss).toBeLessThan(result.firstEvalLoss ?? 0);
	trainer.release();
	runtime.gpu.destroy();
});

test("a resumed run has the same result as an uninterrupted one, bit for bit", async () => {
	const runtime = await testRuntime(PATH);
	const { trainer, settings, train } = await start(runtime, { max_steps: 8 });
	for (let i = 0; i < 4; i++) await trainer.next();
	const state = await trainer.state();
	for (let i = 0; i < 4; i++) await trainer.next();
	const whole = await trainer.params();
	trainer.release();
	const { layout } = adapterFromPeft(runtime.model, await readPeftAdapter(testFolder(`${PATH}/init`)), PATH);
	const again = await Trainer.create(runtime, { layout, settings, train, heldOut: null, start: state });
	for (let i = 0; i < 4; i++) expect((await again.next()).step).toBe(5 + i);
	expect(await again.params()).toEqual(whole);
	again.release();
	runtime.gpu.destroy();
});
