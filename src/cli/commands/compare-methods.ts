// The `compare-methods` command: trains several methods on the same rows, steps, seeds and order, and writes a table and a
// folder for each run.

import { join } from "node:path";
import { adapterLayout } from "../../engine/adapters/layout.ts";
import type { MethodInfo, MethodRow, MethodRun, MethodsTable, RunSettings } from "../../engine/api.ts";
import { refuseBestSettings } from "../../engine/train/best.ts";
import { measureSpeed, methodCost } from "../../engine/train/method-run.ts";
import { methods as allMethods, methodNamed, settingsOfMethod } from "../../engine/train/methods.ts";
import { overSeeds, tableText } from "../../engine/train/methods-table.ts";
import { RunControl } from "../../engine/train/run.ts";
import { type ModelRuntime, releaseAdapter } from "../../engine/train/runtime.ts";
import { sampleOnce } from "../../engine/train/sampler.ts";
import { type PreparedRun, prepareRun, TrainingSession } from "../../engine/train/session.ts";
import { resolveSettings } from "../../engine/train/settings.ts";
import { TabTuneError } from "../../shared/errors.ts";
import { englishError } from "../../shared/messages/english-error.ts";
import { need, type ParsedArgs, text } from "../args.ts";
import { cliError } from "../cli-error.ts";
import { encodeRows, evalRows, openRows, type RowFiles, shownFiles, trainRows } from "../data.ts";
import { writeWhole } from "../node-files.ts";
import { openForTraining, startGpu } from "../open.ts";
import { result, say } from "../output.ts";
import { lockRunFolder } from "../run-folder.ts";
import { settingsOf } from "../settings-given.ts";
import { stopOnSignal } from "../signals.ts";
import { writeTrained } from "../trained.ts";
import { type Command, MODEL_OPTIONS, SET_OPTIONS } from "./command.ts";

export const compareMethodsCommand: Command = {
	name: "compare-methods",
	summary:
		"train several methods on the same rows: --model M --methods lora,full --train-file F [--eval-file F] --output-dir D",
	options: {
		model: MODEL_OPTIONS.model,
		dtype: MODEL_OPTIONS.dtype,
		methods: "text",
		seeds: "text",
		...SET_OPTIONS,
		"eval-split": "text",
		"train-file": "text",
		"eval-file": "text",
		"output-dir": "text",
		"sample-prompt": "text",
		config: "text",
	},
	acceptsSettings: true,
	async run(args) {
		const outputDir = need(args, "output-dir");
		const files = { train: await trainRows(args, "train-file"), eval: await evalRows(args) };
		const { model } = await openForTraining(args);
		const shared = await settingsOf(args);
		refuseBestSettings(shared);
		const methods = chosen(text(args, "methods"));
		const seeds = seedsOf(args, shared.seed);
		// Invalid settings of any method are reported before training starts.
		for (const method of methods) checked(shared, method, seeds[0]);
		const rows = (await encodeRows(model, files.train, shared)).length;
		const runtime = await startGpu(model);
		await lockRunFolder(outputDir);
		const table: MethodsTable = {
			model: model.name,
			device: runtime.gpu.info.description || runtime.gpu.info.vendor,
			data: { train: shownFiles(files.train), eval: files.eval && shownFiles(files.eval), rows },
			settings: shared,
			rows: [],
		};
		const control = new RunControl();
		const ignoreSignals = stopOnSignal(control, "finished runs and the adapter of this one are kept");
		const task = { shared, seeds, files, outputDir, prompt: text(args, "sample-prompt"), control };
		for (const method of methods) {
			if (control.stopped) break;
			const found = await row(runtime, method, task);
			// A run that was stopped has no figures to compare.
			if (control.stopped && found.runs.length === 0 && found.error === null) break;
			table.rows.push(found);
			// Written after each method, so that finished results survive a later failure.
			await writeWhole(join(outputDir, "table.json"), tableText(table, "json"));
			await writeWhole(join(outputDir, "table.csv"), tableText(table, "csv"));
			await writeWhole(join(outputDir, "table.md"), tableText(table, "markdown"));
		}
		ignoreSignals();
		await result({
			output_dir: outputDir,
			state: control.stopped ? "stopped" : "finished",
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
	throw cliError("usage", {
		what: `--seeds is "${given}"`,
		where: "tabtune compare-methods",
		next: "write whole numbers separated by commas, each once: --seeds 1,2,3",
	});
}

const checked = (shared: RunSettings, method: MethodInfo, seed: number): RunSettings =>
	resolveSettings({ ...settingsOfMethod(shared, method, seed) }, `the method ${method.name}`);

interface Task {
	readonly shared: RunSettings;
	readonly seeds: readonly number[];
	readonly files: RowFiles;
	readonly outputDir: string;
	readonly prompt: string | undefined;
	readonly control: RunControl;
}

async function row(runtime: ModelRuntime, method: MethodInfo, task: Task): Promise<MethodRow> {
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
			const done = await once(runtime, method, seed, task, found.speed === null);
			if (done === null) break;
			const { cost, run, speed } = done;
			found.cost ??= cost;
			found.speed ??= speed;
			found.runs.push(run);
			say(`${method.name}, seed ${seed}: held-out loss ${run.evalLoss?.toFixed(4) ?? "not measured"}`);
		}
	} catch (thrown) {
		// A method that does not fit this model or device gets a row that says so; any other error ends the command.
		if (!(thrown instanceof TabTuneError) || thrown.code === "device-lost") throw thrown;
		found.error = englishError({ code: thrown.code, ...thrown.parts });
		say(`${method.name}: ${thrown.message}`);
	}
	return found;
}

/** One run with its folder, and once per method a measurement of the answer speed; null if the run was stopped. */
async function once(runtime: ModelRuntime, method: MethodInfo, seed: number, task: Task, timed: boolean) {
	const { model, gpu } = runtime;
	const settings = checked(task.shared, method, seed);
	const rows = await openRows(model, task.files, settings);
	const layout = adapterLayout(model, settings);
	const capacity = rows.train.withVirtualTokens(layout.virtualTokens).capacity(settings.per_device_train_batch_size);
	const cost = methodCost(model, layout, settings, capacity, gpu.info);
	const prepared = await prepareRun(model, { settings, from: null, rows: async () => rows, warn: say });
	try {
		const { summary, adapter } = await gpu.checked(`training ${method.name}`, () =>
			trainOnce(runtime, prepared, task.control),
		);
		const id = join(method.name, `seed-${seed}`);
		await writeTrained(join(task.outputDir, id), model, adapter);
		await writeWhole(join(task.outputDir, id, "run.json"), `${JSON.stringify(settings, null, 2)}\n`);
		if (summary.state === "stopped") {
			say(
				`${method.name}, seed ${seed}: stopped at step ${summary.steps}; the adapter is in ${join(task.outputDir, id)}`,
			);
			return null;
		}
		const run: MethodRun = {
			seed,
			firstEvalLoss: summary.firstEvalLoss,
			evalLoss: summary.lastEvalLoss,
			loss: summary.lastLoss,
			steps: summary.steps,
			elapsed: summary.elapsed,
			stepMilliseconds: summary.stepMilliseconds,
			tokensPerSecond: summary.tokensPerSecond,
			peakBytes: summary.peakBytes,
			sample: task.prompt === undefined ? null : await sampleOnce(runtime, layout, task.prompt, settings),
			id,
		};
		return { cost, run, speed: timed ? await measureSpeed(runtime, adapter) : null };
	} finally {
		releaseAdapter(runtime);
	}
}

async function trainOnce(runtime: ModelRuntime, run: PreparedRun, control: RunControl) {
	const session = await TrainingSession.create(runtime, run);
	try {
		const summary = await session.train(control, { emit: () => undefined });
		return { summary, adapter: await session.adapter() };
	} finally {
		session.release();
	}
}
