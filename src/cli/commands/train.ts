// train: a run from the command line. Everything that can be wrong with the input is found before anything is written.

import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { settingsFixedBy } from "../../engine/adapters/adapter-files.ts";
import { forTraining, freshAdapter } from "../../engine/adapters/create-adapter.ts";
import { epochPlan } from "../../engine/train/epochs.ts";
import { RunControl, runTraining } from "../../engine/train/run.ts";
import { textEncoder } from "../../engine/train/text-processor.ts";
import { Trainer } from "../../engine/train/trainer.ts";
import { TabTuneError } from "../../shared/errors.ts";
import { flag, need, numberOr, settingsOf, text } from "../args.ts";
import { findCheckpoint, readCheckpoint, saveCheckpoint } from "../checkpoints.ts";
import { encodeRows } from "../data.ts";
import { MetricsLog } from "../metrics-log.ts";
import { storageError, writeWhole } from "../node-files.ts";
import { openAdapter, openModel, startGpu } from "../open.ts";
import { result, say } from "../output.ts";
import { sampler } from "../samples.ts";
import { writeTrained } from "../trained.ts";
import { type Command, MODEL_OPTIONS } from "./command.ts";

export const trainCommand: Command = {
	name: "train",
	summary: "train an adapter: --model M --train-file F [--eval-file F] --output-dir D",
	options: {
		...MODEL_OPTIONS,
		"train-file": "text",
		"eval-file": "text",
		"output-dir": "text",
		"resume-from-checkpoint": "text",
		config: "text",
		quiet: "flag",
		"sample-prompt": "text",
		"sample-steps": "number",
	},
	takesSettings: true,
	async run(args) {
		const outputDir = need(args, "output-dir");
		const trainFile = need(args, "train-file");
		const evalFile = text(args, "eval-file");
		const model = await openModel(args);
		const given = await openAdapter(args, model);
		const settings = await settingsOf(args, given === null ? {} : settingsFixedBy(given));
		const resumeFrom = text(args, "resume-from-checkpoint");
		const checkpoint = resumeFrom === undefined ? null : await findCheckpoint(resumeFrom, outputDir);
		const start =
			given === null
				? await freshAdapter(model, settings, textEncoder(model), say)
				: forTraining(model, given, settings);
		const train = await encodeRows(model, trainFile, settings);
		const heldOut = evalFile === undefined ? null : await encodeRows(model, evalFile, { ...settings, packing: false });
		const bench = await startGpu(model);
		const state = checkpoint === null ? null : await readCheckpoint(checkpoint, start.layout);
		const trainer = await Trainer.create(bench, { ...start, settings, train, heldOut, start: state ?? start.params });
		const { totalSteps, stepsPerEpoch } = epochPlan(train.length, settings);
		say(
			`${start.layout.parameters.toLocaleString("en")} trainable parameters in ${start.layout.modules.length} modules; ${train.length} rows, ${stepsPerEpoch} steps an epoch, ${totalSteps} steps; ${(trainer.peakBytes / 2 ** 20).toFixed(0)} MiB of GPU memory`,
		);

		const metricsPath = join(outputDir, "metrics.jsonl");
		try {
			await mkdir(outputDir, { recursive: true });
			await writeFile(metricsPath, state === null ? "" : await keptMetrics(metricsPath, state.step));
		} catch (cause) {
			throw storageError(outputDir, cause);
		}
		await writeWhole(join(outputDir, "run.json"), `${JSON.stringify(settings, null, 2)}\n`);
		const log = new MetricsLog(metricsPath, flag(args, "quiet"));
		const control = new RunControl();
		const interrupt = () => {
			say("stopping after this step; the adapter is kept");
			control.stop();
		};
		process.once("SIGINT", interrupt);

		const write = async (folder: string) =>
			writeTrained(folder, model, { ...start, params: await trainer.params(), stored: null });
		const prompt = text(args, "sample-prompt");
		const sample = prompt === undefined ? undefined : await sampler(bench, start.layout, prompt);
		const outcome = await runTraining(trainer, settings, control, {
			emit: (event) => log.add(event),
			...(sample === undefined
				? {}
				: {
						sample: () => sample.ask(),
						sampleEvery: numberOr(args, "sample-steps", Math.max(1, Math.round(totalSteps / 8))),
					}),
			async save(step, last) {
				await log.flush();
				if (settings.save_steps > 0) await saveCheckpoint(outputDir, await trainer.state(), settings, write);
				if (last) await write(outputDir);
				if (!last) say(`saved checkpoint-${step}`);
			},
		})
			.catch(async (thrown: unknown) => {
				if (thrown instanceof TabTuneError && thrown.code === "numeric") await write(outputDir);
				throw thrown;
			})
			.finally(() => log.flush());
		process.removeListener("SIGINT", interrupt);
		const peakBytes = trainer.peakBytes;
		trainer.release();
		await result({
			output_dir: outputDir,
			state: outcome.state,
			steps: outcome.steps,
			loss: outcome.lastLoss,
			first_eval_loss: outcome.firstEvalLoss,
			eval_loss: outcome.lastEvalLoss,
			trainable_parameters: start.layout.parameters,
			peak_gpu_bytes: peakBytes,
			elapsed: outcome.elapsed,
		});
	},
};

/** Lines of an interrupted run up to the step it resumes from. */
async function keptMetrics(path: string, step: number): Promise<string> {
	const lines = await readFile(path, "utf8").catch(() => "");
	return lines
		.split("\n")
		.filter((line) => line !== "" && (JSON.parse(line) as { step: number }).step <= step)
		.map((line) => `${line}\n`)
		.join("");
}
