// Compares four ranks in one race with the same four runs in sequence, alternating: training tokens per second on the bundled
// base and a gallery set. BENCH_ROUNDS, BENCH_STEPS and BENCH_BATCHES change what is measured.
import { readFileSync } from "node:fs";
import { freshAdapter } from "../src/engine/adapters/create-adapter.ts";
import { encodeFile } from "../src/engine/data/encode-file.ts";
import { stepWindow } from "../src/engine/train/epochs.ts";
import { slotSettings } from "../src/engine/train/race-plan.ts";
import { RaceTrainer } from "../src/engine/train/race-trainer.ts";
import { resolveSettings } from "../src/engine/train/settings.ts";
import { textEncoder } from "../src/engine/train/text-processor.ts";
import { Trainer } from "../src/engine/train/trainer.ts";
import { bench, language, model } from "./train-set.ts";

const RANKS = [1, 4, 8, 16];
const rounds = Number(process.env.BENCH_ROUNDS ?? 5);
const steps = Number(process.env.BENCH_STEPS ?? 3);
const batches = (process.env.BENCH_BATCHES ?? "1,4").split(",").map(Number);

const rows = readFileSync("public/gallery/pirate.jsonl");

/** Seconds that `steps` steps take, after one that is not counted because it compiles kernels. */
async function timed(trainer: { next(): Promise<unknown> }): Promise<number> {
	await trainer.next();
	const started = performance.now();
	for (let step = 0; step < steps; step++) await trainer.next();
	return (performance.now() - started) / 1000;
}

function median(values: readonly number[]): number {
	const sorted = [...values].sort((a, b) => a - b);
	return (sorted[(values.length - 1) >> 1] + sorted[values.length >> 1]) / 2;
}

const report: Record<string, unknown>[] = [];
for (const batch of batches) {
	const shared = resolveSettings(
		{ per_device_train_batch_size: batch, gradient_accumulation_steps: 1, max_steps: steps + 1 },
		"the bench",
	);
	const slots = await Promise.all(
		slotSettings(shared, { ranks: RANKS }).map(async (settings) => ({
			settings,
			...(await freshAdapter(model, settings, textEncoder(model))),
		})),
	);
	const { tokenizer, template } = language;
	const { dataset: train } = await encodeFile(
		{ name: "rows", format: "jsonl", blob: new Blob([rows]) },
		{ tokenizer, template, vocabSize: model.config.vocab_size, settings: shared },
	);
	// Only steps from 2 on count. Every slot has the same rows.
	const tokens = Array.from({ length: steps }, (_, i) => stepWindow(train, shared, i + 2))
		.flat()
		.reduce((total, { ids }) => total + ids.length, 0);
	const race: number[] = [];
	const singles: number[] = [];
	for (let round = 0; round <= rounds; round++) {
		const racer = await RaceTrainer.create(bench, { slots, train, heldOut: null });
		const together = await timed(racer);
		racer.release();
		let alone = 0;
		for (const { params, ...slot } of slots) {
			const trainer = await Trainer.create(bench, { ...slot, train, heldOut: null, start: params });
			alone += await timed(trainer);
			trainer.release();
			bench.memory.release("params");
		}
		if (round === 0) continue; // compiles
		race.push((RANKS.length * tokens) / together);
		singles.push((RANKS.length * tokens) / alone);
	}
	const gain = median(race.map((rate, i) => rate / singles[i]));
	console.log(
		`batch ${batch} (${(tokens / steps).toFixed(0)} tokens a step and slot): race ${median(race).toFixed(0)} tokens/s, single runs ${median(singles).toFixed(0)}; ${gain.toFixed(2)} times, ${race.map((rate, i) => (rate / singles[i]).toFixed(2)).join(" ")}`,
	);
	report.push({ batch, tokens: tokens / steps, race, singles, gain, device: bench.gpu.info.description });
}
console.log(JSON.stringify(report));
