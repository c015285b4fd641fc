// The `train` command: trains an adapter. All input is checked before anything is written.

import { mkdtemp } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { criterionOf } from "../../engine/train/best.ts";
import { checkpointName } from "../../engine/train/checkpoint/checkpoint.ts";
import { removeAutomatic, saveNumberedCheckpoint } from "../../engine/train/checkpoint/numbered.ts";
import { epochPlan } from "../../engine/train/epochs.ts";
import { savesAfter, savesRegularly } from "../../engine/train/intervals.ts";
import { RunControl } from "../../engine/train/run.ts";
import { createRunAnswers } from "../../engine/train/sampler.ts";
import { prepareRun, TrainingSession } from "../../engine/train/session.ts";
import { TabTuneError } from "../../shared/errors.ts";
import { formatMebibytes } from "../../shared/format-bytes.ts";
import { flag, need, numberOr, type ParsedArgs, text } from "../args.ts";
import { cliError } from "../cli-error.ts";
import { evalRows, openQuestions, openRows, trainRows } from "../data.ts";
import { diskStorage } from "../disk-storage.ts";
import { MetricsLog } from "../metrics-log.ts";
import { exists, writeWhole } from "../node-files.ts";
import { openForTraining, startGpu } from "../open.ts";
import { result, say } from "../output.ts";
import { identityOf, keptLines, openResume, refuseMoreTokens, resumedAdapter, runSettings } from "../resume.ts";
import { checkRunFolder, endRunFile, lockRunFolder, writeRunAdapter, writeRunFile } from "../run-folder.ts";
import { stopOnSignal } from "../signals.ts";
import { defaultLoggingDir, TensorBoardLog } from "../tensorboard-log.ts";
import { writeTrained } from "../trained.ts";
import { type Command, RUN_OPTIONS } from "./command.ts";

/** Minutes after which a checkpoint is saved without save_steps. */
const CHECKPOINT_MINUTES = 3;

export const trainCommand: Command = {
	name: "train",
	summary: "train an adapter: --model M --train-file F [--eval-file F] --output-dir D",
	options: {
		...RUN_OPTIONS,
		"overwrite-output-dir": "flag",
		"resume-from-checkpoint": "text",
		"allow-other-data": "flag",
		"checkpoint-minutes": "number",
		quiet: "flag",
		"report-to": "text",
		"logging-dir": "text",
		"sample-prompt": "text",
		"sample-steps": "number",
	},
	acceptsSettings: true,
	async run(args) {
		const outputDir = need(args, "output-dir");
		const loggingDir = loggingDirOf(args, outputDir);
		const files = { train: await trainRows(args, "train-file"), eval: await evalRows(args) };
		await checkRunFolder(outputDir, flag(args, "overwrite-output-dir"));
		const given = await openForTraining(args);
		const opened = await openResume(args, outputDir);
		const resume = opened.run;
		const resumed = given.adapter === null ? await resumedAdapter(given.model, resume) : null;
		const { model, adapter: from } = resumed ?? given;
		if (resumed !== null) await refuseMoreTokens(args, resumed.model);
		const { settings, branches } = await runSettings(args, given.adapter, opened);
		const run = await prepareRun(model, { settings, from, rows: () => openRows(model, files, settings), warn: say });
		const scored = await openQuestions(model, files, settings);
		const runtime = await startGpu(model);
		const session = await TrainingSession.create(
			runtime,
			run,
			resume && { ...resume, anyRows: flag(args, "allow-other-data") },
		);
		const { layout } = run.adapter;
		const { totalSteps, peakBytes } = session;
		const rows = run.train.length;
		say(
			`${layout.parameters.toLocaleString("en")} trainable parameters in ${layout.modules.length} modules; ${rows} rows, ${epochPlan(rows, settings).stepsPerEpoch} steps per epoch, ${totalSteps} steps; ${formatMebibytes(peakBytes)} of GPU memory`,
		);
		if (resume !== null && resume.saved.state.step >= totalSteps)
			say(`the checkpoint has all ${totalSteps} steps of the run: give a higher --max-steps to train more`);

		const unlock = await lockRunFolder(outputDir);
		try {
			const { branched_from, ...identity } = await identityOf(
				outputDir,
				resume,
				branches,
				from !== null || model.changes !== null,
			);
			const logs = ["metrics.jsonl", "samples.jsonl"];
			const kept = await Promise.all(logs.map((file) => (resume === null ? "" : keptLines(outputDir, file, resume))));
			await writeWhole(join(outputDir, "run.json"), `${JSON.stringify(settings, null, 2)}\n`);
			await writeRunFile(outputDir, identity, branched_from);
			for (const [i, file] of logs.entries()) await startLog(join(outputDir, file), kept[i], file === "metrics.jsonl");
			const log = new MetricsLog(join(outputDir, "metrics.jsonl"), flag(args, "quiet"));
			const board = loggingDir === null ? null : new TensorBoardLog(loggingDir);
			const control = new RunControl();
			const ignoreSignals = stopOnSignal(control, "the adapter is kept");

			const storage = diskStorage(outputDir);
			let savedAt = performance.now();
			const minutes = numberOr(args, "checkpoint-minutes", CHECKPOINT_MINUTES);
			const saveCheckpoint = async (step: number) => {
				savedAt = performance.now();
				try {
					const moved = await saveNumberedCheckpoint(storage, "", model, await session.checkpoint(identity));
					if (moved !== null) say(`checkpoint-${step} of another run is now ${moved}`);
					say(`saved checkpoint-${step}`);
				} catch (error) {
					// "model": its files differ when they are read again.
					if (!(error instanceof TabTuneError) || !["storage", "model"].includes(error.code)) throw error;
					say(
						`warning: checkpoint-${step} is not saved, earlier ones are kept, and training continues: ${error.message}`,
					);
				}
			};
			const keepsBest = criterionOf(settings) !== null;
			const saveAdapter = async () => {
				const adapter = await session.adapter();
				await writeRunAdapter(outputDir, model, adapter).catch((error) =>
					saveElsewhere(error, (folder) => writeTrained(folder, model, adapter), outputDir),
				);
			};
			const prompt = text(args, "sample-prompt") ?? null;
			const { sample, score } = await createRunAnswers(runtime, layout, prompt, scored, settings);
			const every = numberOr(args, "sample-steps", Math.max(1, Math.round(totalSteps / 8)));
			const summary = await session
				.train(control, {
					emit(event) {
						log.add(event);
						board?.add(event);
					},
					...(prompt === null || sample === null ? {} : { samples: { prompt, every, answer: sample } }),
					...(score === null ? {} : { score }),
					saveDue: () => minutes > 0 && performance.now() - savedAt > minutes * 60_000,
					async save(step, last) {
						await Promise.all([log.flush(), board?.flush()]);
						if (last) await saveAdapter();
						// With a best checkpoint, that of the last step follows when its evaluation is compared.
						const due = !last || (savesRegularly(settings) && !keepsBest) || control.stopped;
						if (due && settings.save_strategy !== "no") await saveCheckpoint(step);
					},
					loaded: saveAdapter,
				})
				.catch(async (thrown: unknown) => {
					if (thrown instanceof TabTuneError && thrown.code === "numeric")
						await saveAdapter().catch((error: Error) => say(`warning: the adapter is not saved: ${error.message}`));
					throw thrown;
				})
				.finally(() => Promise.all([log.close(), board?.flush()]));
			ignoreSignals();
			await endRunFile(outputDir).catch(() => undefined); // the adapter is saved
			const { steps, best, loadedStep, stoppedEarly } = summary;
			if (summary.state === "finished" && (keepsBest || !savesRegularly(settings)))
				await removeAutomatic(
					storage,
					identity.id,
					(step) => savesAfter(step, rows, settings) || (keepsBest && [best?.best_global_step, steps].includes(step)),
				);
			session.release();
			const checkpointAt = async (step: number | undefined) => {
				const folders = [outputDir, ...(resume === null ? [] : [dirname(resume.where)])];
				const paths = step === undefined ? [] : folders.map((folder) => join(folder, checkpointName(step)));
				for (const path of paths) if (await exists(path)) return path;
				return null;
			};
			const best_model_checkpoint = await checkpointAt(best?.best_global_step);
			const last_checkpoint = keepsBest ? await checkpointAt(steps) : null;
			if (stoppedEarly === true)
				say(
					`stopped early at step ${steps} of ${totalSteps}: no improvement in ${settings.early_stopping_patience} evaluations`,
				);
			if (best !== undefined)
				say(
					`best ${best.metric} ${best.best_metric.toFixed(4)} at step ${best.best_global_step}; the adapter has the weights of step ${loadedStep ?? steps}${loadedStep === undefined ? "" : `, those of step ${steps} are in ${last_checkpoint}`}`,
				);
			await result({
				output_dir: outputDir,
				state: summary.state,
				steps: summary.steps,
				loss: summary.lastLoss,
				first_eval_loss: summary.firstEvalLoss,
				eval_loss: summary.lastEvalLoss,
				...(keepsBest && {
					stopped_early: stoppedEarly ?? false,
					best_metric: best?.best_metric ?? null,
					best_global_step: best?.best_global_step ?? null,
					best_model_checkpoint,
					last_checkpoint,
				}),
				trainable_parameters: summary.trainableParameters,
				peak_gpu_bytes: peakBytes,
				elapsed: summary.elapsed,
			});
		} finally {
			await unlock();
		}
	},
};

/** Where the TensorBoard event file is written; null without one. @throws TabTuneError "usage" for another tracker */
function loggingDirOf(args: ParsedArgs, outputDir: string): string | null {
	const tracker = text(args, "report-to") ?? "none";
	const folder = text(args, "logging-dir");
	if (tracker === "tensorboard" || tracker === "all") return folder ?? defaultLoggingDir(outputDir);
	if (tracker !== "none")
		throw cliError("usage", {
			what: `--report-to is "${tracker}"`,
			where: "tabtune train",
			next: "use tensorboard or none; metrics.jsonl is always written",
		});
	if (folder !== undefined)
		throw cliError("usage", {
			what: "--logging-dir is given without --report-to tensorboard",
			where: "tabtune train",
			next: "add --report-to tensorboard, or leave it out",
		});
	return null;
}

/** Begins a log with the lines of the resumed run; a file without lines is created if it `always` exists. */
async function startLog(path: string, kept: string, always: boolean): Promise<void> {
	if (kept === "" && !always && !(await exists(path))) return;
	await writeWhole(path, kept);
}

/**
 * Writes an adapter to a new folder because its own cannot be written to.
 * @throws TabTuneError "storage" that names the new folder; other errors unchanged
 */
async function saveElsewhere(
	error: unknown,
	write: (folder: string) => Promise<void>,
	outputDir: string,
): Promise<never> {
	if (!(error instanceof TabTuneError) || error.code !== "storage") throw error;
	for (const parent of [tmpdir(), homedir()]) {
		let folder: string;
		try {
			folder = await mkdtemp(join(parent, "tabtune-adapter-"));
			await write(folder);
		} catch {
			continue;
		}
		throw cliError(
			"storage",
			{
				what: `the adapter cannot be saved in its folder: ${error.message}`,
				where: outputDir,
				next: `it is saved in ${folder}: move it to a disk with space`,
			},
			{ cause: error },
		);
	}
	throw error;
}
