// Measures the GPU memory of training. Without BENCH_RUN: the planned peaks of known shapes, as the table of docs/memory.md,
// computed from graphs. BENCH_RUN=NAME,DTYPE,TOKENS trains a random model of that shape for a step or two (BENCH_STEPS) and
// prints planned and allocated bytes; BENCH_MODEL=FOLDER uses the model in that folder instead of random weights.
import { open, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { freshAdapter } from "../src/engine/adapters/create-adapter.ts";
import { adapterLayout } from "../src/engine/adapters/layout.ts";
import { encodeFile } from "../src/engine/data/encode-file.ts";
import { Gpu } from "../src/engine/device/gpu.ts";
import { nodeGpu } from "../src/engine/device/node-gpu.ts";
import type { ModelFolder } from "../src/engine/formats/index.ts";
import { type BaseDType, openModelFiles } from "../src/engine/models/load.ts";
import { runBytes } from "../src/engine/train/estimate.ts";
import { startRuntime } from "../src/engine/train/runtime.ts";
import { textEncoder } from "../src/engine/train/text-processor.ts";
import { Trainer } from "../src/engine/train/trainer.ts";
import { planTraining } from "../src/engine/train/training-plan.ts";
import { DEFAULT_SETTINGS } from "../src/shared/settings.ts";
import { randomFolder } from "./model-shapes.ts";

const TABLE = ["Qwen2.5-0.5B", "Llama-3.2-1B", "Gemma-3-1B"];
const DTYPES = ["bfloat16", "int8", "nf4"] as const;
const TOKENS = [512, 1024, 2048];
const settings = {
	...DEFAULT_SETTINGS,
	r: 16,
	max_length: 4096,
	per_device_train_batch_size: 1,
	gradient_accumulation_steps: 1,
};
const mb = (bytes: number) => Math.round(bytes / 1e6).toLocaleString("en");

/** A folder on disk, read by ranges. */
function diskFolder(path: string): ModelFolder {
	return {
		name: path,
		list: () => readdir(path),
		text: (file) => readFile(join(path, file), "utf8"),
		async open(file) {
			const handle = await open(join(path, file));
			const read = async (offset: number, length: number) => {
				const bytes = new Uint8Array(length);
				await handle.read(bytes, 0, length, offset);
				return bytes;
			};
			return { size: (await handle.stat()).size, read };
		},
	};
}

async function planned(folder: ModelFolder, dtype: BaseDType, tokens: number) {
	const model = await openModelFiles(folder, folder.name, dtype);
	const layout = adapterLayout(model, settings);
	const capacity = { tokens, targets: tokens };
	return {
		model,
		bytes: runBytes(model, layout, settings, capacity, false),
		recomputed: planTraining(model, layout, capacity, settings).recomputed,
	};
}

async function table(): Promise<string> {
	const lines = [
		`| model | parameters | base precision | weights | ${TOKENS.map((t) => `T = ${t.toLocaleString("en")}`).join(" | ")} |`,
		`| --- | --- | --- | --- | ${TOKENS.map(() => "---").join(" | ")} |`,
	];
	for (const name of TABLE) {
		const folder = await randomFolder(name);
		for (const dtype of DTYPES) {
			const peaks = [];
			let about = "";
			for (const tokens of TOKENS) {
				const { model, bytes, recomputed } = await planned(folder, dtype, tokens);
				about = `${name} | ${Math.round(model.parameters / 1e6).toLocaleString("en")} M | ${dtype} | ${mb(model.weightBytes)}`;
				peaks.push(`${mb(bytes)}${recomputed ? " *" : ""}`);
			}
			lines.push(`| ${about} | ${peaks.join(" | ")} |`);
		}
	}
	return `${lines.join("\n")}\n`;
}

async function run(name: string, dtype: BaseDType, tokens: number): Promise<void> {
	const path = process.env.BENCH_MODEL;
	const folder = path === undefined ? await randomFolder(name) : diskFolder(path);
	const { model, bytes, recomputed } = await planned(folder, dtype, tokens);
	const gpu = await Gpu.request({ gpu: await nodeGpu() });
	const bench = await startRuntime(gpu, model);
	const ids = Array.from({ length: tokens }, (_, i) => (i * 31 + 7) % model.config.vocab_size);
	const row = JSON.stringify({ input_ids: ids, labels: ids });
	const { dataset: train } = await encodeFile(
		{ name: "bench.jsonl", format: "jsonl", blob: new Blob([row]) },
		{ tokenizer: null, template: null, vocabSize: model.config.vocab_size, settings },
	);
	const { layout, params } = await freshAdapter(model, settings, textEncoder(model));
	const steps = Number(process.env.BENCH_STEPS ?? 1);
	const given = { ...settings, max_steps: steps };
	const trainer = await Trainer.create(bench, { layout, settings: given, train, heldOut: null, start: params });
	const says = `${name} ${dtype} T=${tokens}${recomputed ? ", layers recomputed" : ""}: planned ${mb(bytes)} MB, allocated`;
	console.log(`${says} ${mb(gpu.allocated.bytes)} MB (${((gpu.allocated.bytes / bytes - 1) * 100).toFixed(1)} %)`);
	for (let step = 0; step < steps; step++) {
		const started = performance.now();
		const { loss, grad_norm } = await trainer.next();
		const seconds = ((performance.now() - started) / 1000).toFixed(1);
		console.log(`step ${step + 1}: loss ${loss.toFixed(4)}, grad_norm ${grad_norm.toFixed(3)}, ${seconds} s`);
	}
}

const requested = process.env.BENCH_RUN;
if (requested === undefined) {
	const FILE = "docs/memory.md";
	const [before, after] = (await readFile(FILE, "utf8")).split(/(?<=<!-- table -->\n)[\s\S]*(?=<!-- \/table -->)/);
	const text = await table();
	console.log(text);
	await writeFile(FILE, `${before}\n${text}\n${after}`);
} else {
	const [name, dtype, tokens] = requested.split(",");
	await run(name, dtype as BaseDType, Number(tokens));
}
