// compare-methods: several ways of fine-tuning on the same rows, steps, seeds and order, as a table and one folder a run.

import { join } from "node:path";
import { freshAdapter } from "../../engine/adapters/create-adapter.ts";
import { adapterLayout } from "../../engine/adapters/layout.ts";
import type { MethodInfo, MethodRow, MethodRun, MethodsTable, RunSettings } from "../../engine/api.ts";
import type { LoadedModel } from "../../engine/models/load.ts";
import { measureSpeed, methodCost, pace } from "../../engine/train/method-run.ts";
import { methods as allMethods, methodNamed, settingsOfMethod } from "../../engine/train/methods.ts";
import { overSeeds, tableText } from "../../engine/train/methods-table.ts";
import { RunControl, runTraining } from "../../engine/train/run.ts";
import { type ModelRuntime, releaseAdapter } from "../../engine/train/runtime.ts";
import { resolveSettings } from "../../engine/train/settings.ts";
import { textEncoder } from "../../engine/train/text-processor.ts";
import { Trainer, type TrainerOptions } from "../../engine/train/trainer.ts";
import { TabTuneError } from "../../shared/errors.ts";
import { need, type ParsedArgs, settingsOf, text } from "../args.ts";
import { encodeRows } from "../data.ts";
import { writeWhole } from "../node-files.ts";
import { openModel, startGpu } from "../open.ts";
import { result, say } from "../output.ts";
import { sampler } from "../samples.ts";
import { writeTrained } from "../trained.ts";
import { type Command, MODEL_OPTIONS } from "./command.ts";

export const compareMethodsCommand: Command = {
	name: "compare-methods",
	summary: "train several methods alike: --model M --methods lora,full --train-file F [--eval-file F] --output-dir D",
	options: {
		model: MODEL_OPTIONS.model,
		dtype: MODEL_OPTIONS.dtype,
		methods: "text",
		seeds: "text",
		"train-file": "text",
		"eval-file": "text",
		"output-dir": "text",
		"sample-prompt": "text",
		config: "text",
	},
	takesSettings: true,
	async run(args) {
		const outputDir = need(args, "output-dir");
		const files = { train: need(args, "train-file"), eval: text(args, "eval-file") ?? null };
		const model = await openModel(args);
		const shared = await settingsOf(args);
		const methods = chosen(text(args, "methods"));
		const seeds = seedsOf(args, shared.seed);
		// What is wrong with a method's settings is told before anything is trained.
		for (const method of methods) checked(shared, method, seeds[0]);
		const rows = (await encodeRows(model, files.train, shared)).length;
		const bench = await startGpu(model);
		const table: MethodsTable = {
			model: model.name,
			device: bench.gpu.info.description || bench.gpu.info.vendor,
			data: { ...files, rows },
			settings: shared,
			rows: [],
		};
		for (const method of methods) {
			table.rows.push(
				await row(bench, method, { shared, seeds, files, outputDir, prompt: text(args, "sample-prompt") }),
			);
			// After each method: what is done stays when a later one ends badly.
			await writeWhole(join(outputDir, "table.json"), tableText(table, "json"));
			await writeWhole(join(outputDir, "table.csv"), tableText(table, "csv"));
			await writeWhole(join(outputDir, "table.md"), tableText(table, "markdown"));
		}
		await result({
			output_dir: outputDir,
			rows: table.rows.map((one) => ({
				method: one.method,
				trainable_parameters: one.cost?.trainableParameters ?? null,
				eval_loss: overSeeds(one).evalLoss,
				error: one.error,
			})),
		});
	},
};

function chosen(names: string | undefined): MethodInfo[] {
	if (names === undefined) return allMethods();
	return [...new Set(names.split(",").map((name) => name.trim()))].map((name) => methodNamed(name));
}

function seedsOf(args: ParsedArgs, fallback: number): number[] {
	const given = text(args, "seeds");
	if (given === undefined) return [fallback];
	const seeds = given.split(",").map(Number);
	if (
		seeds.every((seed) => Number.isInteger(seed) && seed >= 0 && seed < 2 ** 32) &&
		new Set(seeds).size === seeds.length
	)
		return seeds;
	throw new TabTuneError("usage", {
		what: `--seeds is "${given}"`,
		where: "tabtune compare-methods",
		next: "give whole numbers with commas, each once: --seeds 1,2,3",
	});
}

const checked = (shared: RunSettings, method: MethodInfo, seed: number): RunSettings =>
	resolveSettings({ ...settingsOfMethod(shared, method, seed) }, `the method ${method.name}`);

interface Task {
	readonly shared: RunSettings;
	readonly seeds: readonly number[];
	readonly files: { readonly train: string; readonly eval: string | null };
	readonly outputDir: string;
	readonly prompt: string | undefined;
}

async function row(bench: ModelRuntime, method: MethodInfo, task: Task): Promise<MethodRow> {
	const { shared, seeds } = task;
	const found: MethodRow = {
		method: method.name,
		learning_rate: checked(shared, method, seeds[0]).learning_rate,
		cost: null,
		runs: [],
		speed: null,
		error: null,
	};
	try {
		for (const seed of seeds) {
			say(`${method.name}, seed ${seed}`);
			const { cost, run, speed } = await once(bench, method, seed, task, found.speed === null);
			found.cost ??= cost;
			found.speed ??= speed;
			found.runs.push(run);
			say(`${method.name}, seed ${seed}: held-out loss ${run.evalLoss?.toFixed(4) ?? "not measured"}`);
		}
	} catch (thrown) {
		// A method that does not fit this model or device leaves a row that says so; anything else is a failure of all.
		if (!(thrown instanceof TabTuneError) || thrown.code === "device-lost") throw thrown;
		found.error = { code: thrown.code, ...thrown.parts };
		say(`${method.name}: ${thrown.message}`);
	}
	return found;
}

/** One run, its folder, and (once a method) how fast it answers. */
async function once(bench: ModelRuntime, method: MethodInfo, seed: number, task: Task, timed: boolean) {
	const { model, gpu } = bench;
	const settings = checked(task.shared, method, seed);
	const { batch, train, heldOut } = await rowsOf(model, settings, task.files);
	const layout = adapterLayout(model, settings);
	const capacity = train.behind(layout.virtualTokens).capacity(batch);
	const cost = methodCost(model, layout, settings, capacity, gpu.info);
	const start = await freshAdapter(model, settings, textEncoder(model), say);
	try {
		const trained = await gpu.checked(`training ${method.name}`, () =>
			trainOnce(bench, { ...start, settings, train, heldOut, start: start.params }),
		);
		const { outcome, params, steps, peakBytes } = trained;
		const adapter = { ...start, params };
		const id = join(method.name, `seed-${seed}`);
		await writeTrained(join(task.outputDir, id), model, adapter);
		await writeWhole(join(task.outputDir, id, "run.json"), `${JSON.stringify(settings, null, 2)}\n`);
		const run: MethodRun = {
			seed,
			firstEvalLoss: outcome.firstEvalLoss,
			evalLoss: outcome.lastEvalLoss,
			loss: outcome.lastLoss,
			steps: outcome.steps,
			elapsed: outcome.elapsed,
			...pace(train, settings, steps),
			peakBytes,
			sample: task.prompt === undefined ? null : await answered(bench, adapter.layout, task.prompt),
			id,
		};
		return { cost, run, speed: timed ? await measureSpeed(bench, adapter) : null };
	} finally {
		releaseAdapter(bench);
	}
}

async function rowsOf(model: LoadedModel, settings: RunSettings, files: Task["files"]) {
	const train = await encodeRows(model, files.train, settings);
	const heldOut = files.eval === null ? null : await encodeRows(model, files.eval, { ...settings, packing: false });
	return { train, heldOut, batch: settings.per_device_train_batch_size };
}

/** A run from its first step to its last; "params" holds what it learnt. */
async function trainOnce(bench: ModelRuntime, options: TrainerOptions) {
	const trainer = await Trainer.create(bench, options);
	try {
		const steps: { step: number; elapsed: number }[] = [];
		const { peakBytes } = trainer;
		const outcome = await runTraining(trainer, options.settings, new RunControl(), {
			emit: (event) => event.type === "step" && steps.push(event),
		});
		return { outcome, params: await trainer.params(), steps, peakBytes };
	} finally {
		trainer.release();
	}
}

async function answered(bench: ModelRuntime, layout: Parameters<typeof sampler>[1], prompt: string) {
	const { ask, release } = await sampler(bench, layout, prompt);
	try {
		return await ask();
	} finally {
		release();
	}
}
