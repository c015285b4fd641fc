// AdapterSlots against runs: what a slot of a race loses and learns is what its own run does, over small random models and the
// bundled one, with accumulation, partial windows, dropout and evaluations.

import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { textOf } from "../../shared/messages/message.ts";
import { freshAdapter } from "../adapters/create-adapter.ts";
import { valuesOf } from "../adapters/trainable.ts";
import type { RunSettings } from "../api.ts";
import { EncodedDataset, type EncodedRow } from "../data/dataset.ts";
import { encodeFile } from "../data/encode-file.ts";
import { raceBytes, requireRaceMemory, slotSettings } from "./race-plan.ts";
import { type RaceOutcome, RaceTrainer, raceCapacity } from "./race-trainer.ts";
import type { ModelRuntime } from "./runtime.ts";
import { resolveSettings } from "./settings.ts";
import { testRuntime } from "./test-runtime.ts";
import { textEncoder } from "./text-processor.ts";
import { Trainer } from "./trainer.ts";

async function rowsOf(runtime: ModelRuntime, path: string, settings: RunSettings): Promise<EncodedDataset> {
	const blob = new Blob([await readFile(path)]);
	const options = { tokenizer: null, template: null, vocabSize: runtime.model.config.vocab_size, settings };
	return (await encodeFile({ name: path, format: "jsonl", blob }, options)).dataset;
}

interface Task {
	readonly slots: readonly RunSettings[];
	readonly train: EncodedDataset;
	readonly heldOut: EncodedDataset | null;
	readonly steps: number;
}

const relative = (a: number, b: number): number => Math.abs(a / b - 1);

async function single(runtime: ModelRuntime, settings: RunSettings, { train, heldOut, steps }: Task) {
	const { layout, params } = await freshAdapter(runtime.model, settings, textEncoder(runtime.model));
	const trainer = await Trainer.create(runtime, { layout, settings, train, heldOut, start: params });
	const outcomes = [];
	for (let i = 0; i < steps; i++) outcomes.push(await trainer.next());
	const found = {
		layout,
		start: params,
		outcomes,
		evaluated: await trainer.evaluate(),
		params: await trainer.params(),
	};
	trainer.release();
	runtime.memory.release("params");
	return found;
}

/** Trains the slots together and each alone. @returns the largest errors: losses and norms relative, tensors to their update */
async function compared(runtime: ModelRuntime, task: Task) {
	const starts = await Promise.all(
		task.slots.map(async (settings) => ({
			settings,
			...(await freshAdapter(runtime.model, settings, textEncoder(runtime.model))),
		})),
	);
	const trainer = await RaceTrainer.create(runtime, { slots: starts, train: task.train, heldOut: task.heldOut });
	const outcomes: RaceOutcome[] = [];
	for (let i = 0; i < task.steps; i++) outcomes.push(await trainer.next());
	const evaluated = await trainer.evaluate();
	const params = await Promise.all(task.slots.map((_, slot) => trainer.params(slot)));
	trainer.release();
	const worst = { loss: 0, grad_norm: 0, eval_loss: 0, tensors: 0 };
	for (const [slot, settings] of task.slots.entries()) {
		const alone = await single(runtime, settings, task);
		alone.outcomes.forEach((one, i) => {
			const mine = outcomes[i].slots[slot];
			expect(mine.skipped).toBeNull();
			expect(mine.learning_rate).toBe(one.learning_rate);
			expect(outcomes[i].num_tokens).toBe(one.num_tokens);
			worst.loss = Math.max(worst.loss, relative(mine.loss, one.loss));
			worst.grad_norm = Math.max(worst.grad_norm, relative(mine.grad_norm, one.grad_norm));
		});
		if (alone.evaluated !== null)
			worst.eval_loss = Math.max(
				worst.eval_loss,
				relative(evaluated?.eval_loss[slot] ?? Number.NaN, alone.evaluated.eval_loss),
			);
		for (const tensor of alone.layout.tensors) {
			const [mine, other, start] = [params[slot], alone.params, alone.start].map((flat) => valuesOf(flat, tensor));
			const largest = Math.max(...other.map((value, i) => Math.abs(value - start[i])));
			const error = Math.max(...other.map((value, i) => Math.abs(value - mine[i])));
			worst.tensors = Math.max(worst.tensors, error / largest);
		}
	}
	console.log(JSON.stringify(worst));
	expect(worst.loss).toBeLessThan(1e-5);
	expect(worst.grad_norm).toBeLessThan(1e-4);
	expect(worst.eval_loss).toBeLessThan(1e-5);
	expect(worst.tensors).toBeLessThan(1e-3);
	return worst;
}

test.each([
	["odd", { init_lora_weights: false }, [1, 7, 12], [2, 7, 16]],
	["odd", { lora_dropout: 0.2, lora_alpha: 9, loraplus_lr_ratio: 4 }, [3, 1], [9, 9]],
	["tied-bf16-llama3", { shuffle: true, use_rslora: true }, [4, 8, 1], [8, 8, 8]],
	["bias-rank1", {}, [1, 3], [2, 2]],
] as const)("%s: every slot of a race is its own run, %j", async (name, over, ranks, lora_alphas) => {
	const path = `fixtures/goldens/${name}`;
	const runtime = await testRuntime(path);
	const given = JSON.parse(await readFile(`${path}/run.json`, "utf8"));
	const shared = resolveSettings({ ...given, ...over, rank_pattern: {}, alpha_pattern: {} }, "run.json");
	const learning_rates = ranks.map((_, i) => shared.learning_rate / (1 + i));
	const train = await rowsOf(runtime, `${path}/train.jsonl`, shared);
	await compared(runtime, {
		slots: slotSettings(shared, { ranks, lora_alphas, learning_rates }),
		train,
		heldOut: train,
		steps: 4,
	});
	runtime.gpu.destroy();
});

test("four slots of common ranks over the bundled model", async () => {
	const runtime = await testRuntime("public/base-model");
	const shared = resolveSettings(
		{ per_device_train_batch_size: 2, gradient_accumulation_steps: 1, max_steps: 20 },
		"here",
	);
	const slots = slotSettings(shared, { ranks: [1, 4, 8, 16] });
	const { vocab_size } = runtime.model.config;
	const row = (seed: number): EncodedRow => {
		const input_ids = Int32Array.from(
			{ length: 9 + ((seed * 7) % 14) },
			(_, t) => (t * t * 31 + seed * 97 + 5) % vocab_size,
		);
		return { input_ids, labels: input_ids.map((id, t) => (t < 3 ? -100 : id)) };
	};
	const train = EncodedDataset.of(Array.from({ length: 7 }, (_, seed) => row(seed)));
	const heldOut = EncodedDataset.of([row(50), row(51), row(52)]);
	await compared(runtime, { slots, train, heldOut, steps: 8 });
	runtime.gpu.destroy();
});

test("a slot that is not finite does not affect the others, bit for bit", async () => {
	const path = "fixtures/goldens/odd";
	const runtime = await testRuntime(path);
	const shared = resolveSettings(
		{ ...JSON.parse(await readFile(`${path}/run.json`, "utf8")), shuffle: true },
		"run.json",
	);
	const train = await rowsOf(runtime, `${path}/train.jsonl`, shared);
	const outcome = async (broken: boolean) => {
		const slots = await Promise.all(
			slotSettings(shared, { ranks: [2, 3, 4] }).map(async (settings) => ({
				settings,
				...(await freshAdapter(runtime.model, settings, textEncoder(runtime.model))),
			})),
		);
		if (broken) slots[1].params.fill(3e38);
		const trainer = await RaceTrainer.create(runtime, { slots, train, heldOut: train });
		const steps = [await trainer.next(), await trainer.next()];
		const found = {
			steps,
			evaluated: await trainer.evaluate(),
			params: await Promise.all([0, 1, 2].map((slot) => trainer.params(slot))),
		};
		trainer.release();
		return found;
	};
	const [whole, hurt] = [await outcome(false), await outcome(true)];
	for (const slot of [0, 2]) {
		expect(hurt.steps.map(({ slots }) => slots[slot])).toEqual(whole.steps.map(({ slots }) => slots[slot]));
		expect(hurt.evaluated?.eval_loss[slot]).toBe(whole.evaluated?.eval_loss[slot]);
		expect(hurt.params[slot]).toEqual(whole.params[slot]);
	}
	expect(textOf(hurt.steps[0].slots[1].skipped ?? "")).toMatch(/^the (loss|gradient)/);
	expect(hurt.params[1].every((value) => value === Math.fround(3e38))).toBe(true);
	runtime.gpu.destroy();
});

test("the predicted memory is within half a MiB; a race that does not fit is refused with the slots that would", async () => {
	const path = "fixtures/goldens/odd";
	const runtime = await testRuntime(path);
	const shared = resolveSettings(JSON.parse(await readFile(`${path}/run.json`, "utf8")), "run.json");
	const settings = slotSettings(shared, { ranks: [1, 2, 8] });
	const train = await rowsOf(runtime, `${path}/train.jsonl`, shared);
	const slots = await Promise.all(
		settings.map(async (one) => ({
			settings: one,
			...(await freshAdapter(runtime.model, one, textEncoder(runtime.model))),
		})),
	);
	const capacity = raceCapacity({ slots, train, heldOut: train });
	const layouts = slots.map(({ layout }) => layout);
	const { peakBytes } = raceBytes(runtime.model, layouts, shared, capacity, true);
	const trainer = await RaceTrainer.create(runtime, { slots, train, heldOut: train });
	expect(trainer.peakBytes).toBeGreaterThanOrEqual(peakBytes * 0.95);
	expect(trainer.peakBytes - peakBytes).toBeLessThan(512 * 1024);
	await trainer.next();
	const created = { ...runtime.gpu.created };
	await trainer.next();
	expect(runtime.gpu.created).toEqual(created);
	trainer.release();
	const device = { maxBufferSize: 2 ** 31, maxStorageBufferBindingSize: 2 ** 27 };
	expect(requireRaceMemory(runtime.model, settings, capacity, true, device)).toBe(peakBytes);
	const wide = { tokens: 300_000, targets: 8 };
	expect(() => requireRaceMemory(runtime.model, settings, wide, false, device)).toThrow(
		/3 ranks would take .*race the ranks 1, 2 together/,
	);
	expect(() => requireRaceMemory(runtime.model, settings, { tokens: 900_000, targets: 8 }, false, device)).toThrow(
		/not even one rank fits/,
	);
	runtime.gpu.destroy();
});
