// Opens the checkpoint that --resume-from-checkpoint names, and what a resumed run takes from it: its settings, its adapter and the
// lines of its log.
import { readFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import type { Adapter } from "../engine/adapters/adapter.ts";
import { type OpenedAdapter, openAdapterFolder, settingsFixedBy } from "../engine/adapters/adapter-files.ts";
import type { RunSettings } from "../engine/api.ts";
import type { LoadedModel } from "../engine/models/load.ts";
import { readCheckpoint, type SavedState, storageFolder } from "../engine/train/checkpoint/checkpoint.ts";
import { newRunId, type RunIdentity } from "../engine/train/checkpoint/identity.ts";
import { bestParams, newestCheckpoint, numberedCheckpoints } from "../engine/train/checkpoint/numbered.ts";
import { resumedSettings } from "../engine/train/checkpoint/resume.ts";
import { resolveSettings } from "../engine/train/settings.ts";
import { type Message, textOf } from "../shared/messages/message.ts";
import { type ParsedArgs, text } from "./args.ts";
import { cliError } from "./cli-error.ts";
import { diskStorage } from "./disk-storage.ts";
import { diskFolder } from "./node-files.ts";
import { processorOf } from "./open.ts";
import { say } from "./output.ts";
import { runFileOf } from "./run-folder.ts";
import { settingsGiven } from "./settings-given.ts";

/** What --resume-from-checkpoint names. */
export interface Resume {
	readonly run: ResumedRun | null;
	/** The settings of a run that ended before its first checkpoint, which begins again. */
	readonly begun: Partial<RunSettings> | null;
}

export interface ResumedRun {
	readonly saved: SavedState;
	/** The parameters of the best evaluation so far; null if there is none or its checkpoint is gone. */
	readonly best: Float32Array | null;
	/** The path of the checkpoint. */
	readonly where: string;
}

/** @throws TabTuneError "usage" without a checkpoint, "model" for a damaged one */
export async function openResume(args: ParsedArgs, outputDir: string): Promise<Resume> {
	const name = text(args, "resume-from-checkpoint");
	if (name === undefined) return { run: null, begun: null };
	if (name === "latest") return latest(outputDir);
	return { run: await readAt(name), begun: null };
}

async function readAt(path: string): Promise<ResumedRun> {
	return withBest(path, await readCheckpoint(storageFolder(diskStorage(path), "", path)));
}

async function withBest(where: string, saved: SavedState): Promise<ResumedRun> {
	const warn = (message: Message) => say(`warning: ${textOf(message)}`);
	return { where, saved, best: await bestParams(diskStorage(dirname(resolve(where))), "", saved, warn) };
}

/** The newest whole checkpoint of the run that the folder holds. */
async function latest(outputDir: string): Promise<Resume> {
	const storage = diskStorage(outputDir);
	const all = await numberedCheckpoints(storage);
	const file = await runFileOf(outputDir);
	const ids = [...new Set(all.map(({ run }) => run).filter((run) => run !== undefined))];
	const next = "train with --save-steps N, or leave --resume-from-checkpoint out";
	if (file === null && ids.length > 1)
		throw cliError("usage", {
			what: `the folder has checkpoints of ${ids.length} runs`,
			where: outputDir,
			next: "name one: --resume-from-checkpoint FOLDER/checkpoint-N",
		});
	const run = file?.run ?? ids[0] ?? null;
	const skipped: string[] = [];
	const found = await newestCheckpoint(storage, "", run, (message) => skipped.push(textOf(message)));
	for (const message of skipped) say(`warning: ${message}`);
	if (found !== null) return { run: await withBest(join(outputDir, found.name), found.saved), begun: null };
	if (file?.branched_from !== undefined)
		return { run: await readAt(resolve(outputDir, file.branched_from)), begun: null };
	if (file?.running === true) {
		say("warning: the run ended before its first checkpoint: it begins again with its settings");
		const begun = JSON.parse(await readFile(join(outputDir, "run.json"), "utf8")) as Partial<RunSettings>;
		return { run: null, begun };
	}
	const others = all.filter((one) => one.run !== undefined && one.run !== run).map(({ name }) => name);
	throw cliError("usage", {
		what:
			others.length === 0
				? "there is no checkpoint to resume from"
				: `there is no checkpoint to resume from: ${others.join(", ")} belong to an earlier run`,
		where: outputDir,
		next,
	});
}

/** The settings of the run, and what differs from the checkpoint's. @param from the adapter that training continues */
export async function runSettings(
	args: ParsedArgs,
	from: Adapter | null,
	{ run, begun }: Resume,
): Promise<{ settings: RunSettings; branches: boolean }> {
	const { given, where } = await settingsGiven(args);
	const fixed = from === null ? {} : settingsFixedBy(from);
	const saved = run?.saved.settings ?? begun;
	if (saved === null) return { settings: resolveSettings({ ...given, ...fixed }, where), branches: false };
	const { settings, warning, branches } = resumedSettings(saved, { ...given, ...fixed }, run?.where ?? "run.json");
	if (warning !== null) say(`warning: ${textOf(warning)}`);
	return { settings: resolveSettings(settings, where), branches };
}

/** The adapter of the checkpoint, for a run that continued an adapter: its configuration is not in the settings. */
export async function resumedAdapter(model: LoadedModel, resume: ResumedRun | null): Promise<OpenedAdapter | null> {
	if (resume?.saved.run?.continues !== true) return null;
	return openAdapterFolder(model, await diskFolder(resume.where, "adapter"), resume.where);
}

/** @throws TabTuneError "usage" if --add-tokens names a token that the run does not have */
export async function refuseMoreTokens(args: ParsedArgs, model: LoadedModel): Promise<void> {
	const asked = text(args, "add-tokens");
	if (asked === undefined) return;
	const { tokenizer } = await processorOf(model);
	const token = asked.split(",").find((one) => one !== "" && tokenizer.idOf(one) === undefined);
	if (token === undefined) return;
	throw cliError("usage", {
		what: `a resumed run cannot get more tokens: ${JSON.stringify(token)}`,
		where: "--add-tokens",
		next: "leave out --add-tokens, or start a new run",
	});
}

/**
 * The identity of a run: a new one, or that of the checkpoint. With other settings it branches off if the folder has later
 * checkpoints of the run.
 */
export async function identityOf(
	outputDir: string,
	resume: ResumedRun | null,
	branches: boolean,
	continues: boolean,
): Promise<RunIdentity & { readonly branched_from?: string }> {
	const fresh = { id: newRunId(), folder: outputDir, continues };
	if (resume === null) return fresh;
	const { run, state } = resume.saved;
	const branched_from = resolve(resume.where);
	if (run === null) return { ...fresh, branched_from };
	const later = (await numberedCheckpoints(diskStorage(outputDir))).some(
		(one) => one.run === run.id && one.step > state.step,
	);
	if (branches && later) return { ...fresh, branched_from };
	const same = { id: run.id, folder: run.folder, continues: run.continues };
	// In another folder, the run has no checkpoint until it saves one.
	return resolve(dirname(resume.where)) === resolve(outputDir) ? same : { ...same, branched_from };
}

/**
 * The lines of a log of the run up to the step from which it resumes. A line that was cut off when the process ended is left out.
 * @param file "metrics.jsonl" or "samples.jsonl"
 */
export async function keptLines(outputDir: string, file: string, { saved, where }: ResumedRun): Promise<string> {
	const id = saved.run?.id;
	const own = [outputDir, dirname(where)];
	for (const folder of own) {
		if (id !== undefined && (await runFileOf(folder))?.run !== id) continue;
		const log = await readFile(join(folder, file), "utf8").catch(() => null);
		if (log !== null)
			return log
				.split("\n")
				.filter((line) => stepOf(line) <= saved.state.step)
				.map((line) => `${line}\n`)
				.join("");
	}
	return "";
}

/** The step of a line; NaN for a line that is not whole. */
function stepOf(line: string): number {
	try {
		return Number((JSON.parse(line) as { step: unknown }).step);
	} catch {
		return Number.NaN;
	}
}
