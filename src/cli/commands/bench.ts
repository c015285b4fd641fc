// The `bench` command: measures training steps per second on this machine. The kernel benchmarks are in bench/.

import { freshAdapter } from "../../engine/adapters/create-adapter.ts";
import { EncodedDataset } from "../../engine/data/dataset.ts";
import { randomU32 } from "../../engine/random.ts";
import { textEncoder } from "../../engine/train/text-processor.ts";
import { Trainer } from "../../engine/train/trainer.ts";
import { numberOr } from "../args.ts";
import { openModel, startGpu } from "../open.ts";
import { result, say } from "../output.ts";
import { settingsOf } from "../settings-given.ts";
import type { Command } from "./command.ts";

export const benchCommand: Command = {
	name: "bench",
	summary: "measure the time of training steps: --model M [--tokens N] [--rows N] [--steps N]",
	options: { model: "text", dtype: "text", tokens: "number", rows: "number", steps: "number", config: "text" },
	acceptsSettings: true,
	async run(args) {
		const tokens = numberOr(args, "tokens", 128);
		const rows = numberOr(args, "rows", 1);
		const steps = numberOr(args, "steps", 5);
		const model = await openModel(args);
		const settings = {
			...(await settingsOf(args)),
			per_device_train_batch_size: rows,
			gradient_accumulation_steps: 1,
			max_steps: steps + 1,
			shuffle: false,
		};
		const adapter = await freshAdapter(model, settings, textEncoder(model));
		const random = Array.from({ length: rows }, (_, row) => {
			const input_ids = Int32Array.from(
				{ length: tokens },
				(_, t) => randomU32(1, 0, row, t) % model.config.vocab_size,
			);
			return { input_ids, labels: input_ids };
		});
		const bench = await startGpu(model);
		const started = performance.now();
		const trainer = await Trainer.create(bench, {
			layout: adapter.layout,
			settings,
			train: EncodedDataset.of(random),
			heldOut: null,
			start: adapter.params,
		});
		const prepared = performance.now() - started;
		const first = performance.now();
		await trainer.next();
		const firstStep = performance.now() - first;
		const times: number[] = [];
		for (let step = 0; step < steps; step++) {
			const started = performance.now();
			await trainer.next();
			times.push(performance.now() - started);
			say(`step ${step + 1}: ${times[step].toFixed(0)} ms`);
		}
		const best = Math.min(...times);
		await result({
			device: bench.gpu.info.description,
			tokens: tokens * rows,
			prepare_ms: prepared,
			first_step_ms: firstStep,
			step_ms: { min: best, median: times.sort((a, b) => a - b)[Math.floor(times.length / 2)] },
			flops_per_step: trainer.flops,
			gflops: trainer.flops / best / 1e6,
			tokens_per_second: (tokens * rows * 1000) / best,
			peak_gpu_bytes: trainer.peakBytes,
		});
		trainer.release();
	},
};
