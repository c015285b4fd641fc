// The `train` command: trains an adapter. All input is checked before anything is written.

import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { settingsFixedBy } from "../../engine/adapters/adapter-files.ts";
import {
	numberedCheckpoints,
	readCheckpoint,
	saveNumberedCheckpoint,
	storageFolder,
} from "../../engine/train/checkpoint.ts";
import { epochPlan } from "../../engine/train/epochs.ts";
import { RunControl } from "../../engine/train/run.ts";
import { createSampler } from "../../engine/train/sampler.ts";
import { prepareRun, type ResumePoint, TrainingSession } from "../../engine/train/session.ts";
import { TabTuneError } from "../../shared/errors.ts";
import { formatMebibytes } from "../../shared/format-bytes.ts";
import { flag, need, numberOr, settingsOf, text } from "../args.ts";
import { cliError } from "../cli-error.ts";
import { openRows } from "../data.ts";
import { diskStorage } from "../disk-storage.ts";
import { MetricsLog } from "../metrics-log.ts";
import { storageError, writeWhole } from "../node-files.ts";
import { openAdapter, openModel, startGpu } from "../open.ts";
import { result, say } from "../output.ts";
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
	acceptsSettings: true,
	async run(args) {
		const outputDir = need(args, "output-dir");
		const files = { train: need(args, "train-file"), eval: text(args, "eval-file") ?? null };
		const model = await openModel(args);
		const from = await openAdapter(args, model);
		const settings = await settingsOf(args, from === null ? {} : settingsFixedBy(from));
		const resumeFrom = text(args, "resume-from-checkpoint");
		const resume = resumeFrom === undefined ? null : await openCheckpoint(resumeFrom, outputDir);
		const run = await prepareRun(model, { settings, from, rows: () => openRows(model, files, settings), warn: say });
		const runtime = await startGpu(model);
		const session = await TrainingSession.create(runtime, run, resume);
		const { layout } = run.adapter;
		const { totalSteps, peakBytes } = session;
		const rows = run.train.length;
		say(
			`${layout.parameters.toLocaleString("en")} trainable parameters in ${layout.modules.length} modules; ${rows} rows, ${epochPlan(rows, settings).stepsPerEpoch} steps per epoch, ${totalSteps} steps; ${formatMebibytes(peakBytes)} of GPU memory`,
		);

		const metricsPath = join(outputDir, "metrics.jsonl");
		try {
			await mkdir(outputDir, { recursive: true });
			await writeFile(metricsPath, resume === null ? "" : await keptMetrics(metricsPath, resume.saved.state.step));
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

		const storage = diskStorage(outputDir);
		const write = async () => writeTrained(outputDir, model, await session.adapter());
		const prompt = text(args, "sample-prompt");
		const sampler = prompt === undefined ? null : await createSampler(runtime, layout, prompt);
		const every = numberOr(args, "sample-steps", Math.max(1, Math.round(totalSteps / 8)));
		const summary = await session
			.train(control, {
				emit: (event) => log.add(event),
				...(sampler === null ? {} : { samples: { prompt: sampler.prompt, every, answer: () => sampler.answer() } }),
				async save(step, last) {
					await log.flush();
					if (settings.save_steps > 0) await saveNumberedCheckpoint(storage, model, await session.checkpoint());
					if (last) await write();
					else say(`saved checkpoint-${step}`);
				},
			})
			.catch(async (thrown: unknown) => {
				if (thrown instanceof TabTuneError && thrown.code === "numeric") await write();
				throw thrown;
			})
			.finally(() => log.flush());
		process.removeListener("SIGINT", interrupt);
		session.release();
		await result({
			output_dir: outputDir,
			state: summary.state,
			steps: summary.steps,
			loss: summary.lastLoss,
			first_eval_loss: summary.firstEvalLoss,
			eval_loss: summary.lastEvalLoss,
			trainable_parameters: summary.trainableParameters,
			peak_gpu_bytes: peakBytes,
			elapsed: summary.elapsed,
		});
	},
};

/** The checkpoint that --resume-from-checkpoint names; "latest" is the newest in the output folder. */
async function openCheckpoint(name: string, outputDir: string): Promise<ResumePoint> {
	let where = name;
	if (name === "latest") {
		const step = (await numberedCheckpoints(diskStorage(outputDir))).at(-1);
		if (step === undefined)
			throw cliError("usage", {
				what: "there is no checkpoint to resume from",
				where: outputDir,
				next: "train with --save-steps N, or omit --resume-from-checkpoint",
			});
		where = join(outputDir, `checkpoint-${step}`);
	}
	return { where, saved: await readCheckpoint(storageFolder(diskStorage(where), "", where)) };
}

/** The lines of an interrupted run up to the step from which it resumes. */
async function keptMetrics(path: string, step: number): Promise<string> {
	const lines = await readFile(path, "utf8").catch(() => "");
	return lines
		.split("\n")
		.filter((line) => line !== "" && (JSON.parse(line) as { step: number }).step <= step)
		.map((line) => `${line}\n`)
		.join("");
}
