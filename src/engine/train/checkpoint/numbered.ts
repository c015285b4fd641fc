// The checkpoint-N folders of a run: saving one, removing those beyond the limit, and finding the newest that is whole. Folders
// of other runs are never read, counted or removed.
import { TabTuneError } from "../../../shared/errors.ts";
import { checkpointMessage } from "../../../shared/messages/index.ts";
import type { Message } from "../../../shared/messages/message.ts";
import type { RunSettings } from "../../api.ts";
import type { LoadedModel } from "../../models/load.ts";
import type { RunStorage } from "../../persistence/run-storage.ts";
import { savesAfter } from "../intervals.ts";
import {
	type Checkpoint,
	checkpointFiles,
	checkpointName,
	readCheckpoint,
	runOfCheckpoint,
	type SavedState,
	storageFolder,
	verifyCheckpoint,
} from "./checkpoint.ts";

/** Checkpoints that are saved by time and not by save_steps: the newest, and the one before it. */
const AUTOMATIC_KEPT = 2;

type SaveIntervals = Pick<RunSettings, "save_strategy" | "save_steps" | "save_total_limit">;

export interface NumberedCheckpoint {
	readonly name: string; // "checkpoint-12"
	readonly step: number;
	/** As in `runOfCheckpoint`. */
	readonly run: string | null | undefined;
}

/** The folders checkpoint-N in ascending order. @param folder "" or a path that ends with a slash */
export async function numberedCheckpoints(storage: RunStorage, folder = ""): Promise<NumberedCheckpoint[]> {
	const found: NumberedCheckpoint[] = [];
	for (const name of await storage.folders(folder.slice(0, -1))) {
		const step = /^checkpoint-(\d+)$/.exec(name)?.[1];
		if (step === undefined) continue;
		const run = await runOfCheckpoint(storageFolder(storage, folder + name, name));
		found.push({ name, step: Number(step), run });
	}
	return found.sort((a, b) => a.step - b.step);
}

/**
 * The newest whole checkpoint of a run; null without one.
 * @param skipped receives a warning for each newer folder that is damaged or incomplete
 */
export async function newestCheckpoint(
	storage: RunStorage,
	folder: string,
	run: string | null,
	skipped: (message: Message) => void,
): Promise<{ readonly name: string; readonly saved: SavedState } | null> {
	for (const one of (await numberedCheckpoints(storage, folder)).reverse()) {
		const { name } = one;
		if (one.run !== run && one.run !== undefined) continue;
		try {
			const saved = await readCheckpoint(storageFolder(storage, folder + name, name));
			if ((saved.run?.id ?? null) === run) return { name, saved };
		} catch (error) {
			if (!(error instanceof TabTuneError)) throw error;
			skipped(checkpointMessage("skipped", { name, reason: error.parts.what }));
		}
	}
	return null;
}

/**
 * Writes the folder checkpoint-N, reads it again, and removes older ones of the run, but never the best: those beyond
 * save_total_limit, as transformers' rotate_checkpoints, or without a limit those that the settings do not ask for, except the
 * newest two.
 * @returns the new name of a folder of the same name that is not the run's; null without one
 */
export async function saveNumberedCheckpoint(
	storage: RunStorage,
	folder: string,
	model: LoadedModel,
	checkpoint: Checkpoint,
	intervals: SaveIntervals = checkpoint.settings,
): Promise<string | null> {
	const { run, state, rows, best } = checkpoint;
	const { save_total_limit } = intervals;
	const files = await checkpointFiles(model, checkpoint);
	const path = folder + checkpointName(state.step);
	const before = storageFolder(storage, path, path);
	const exists = (await before.list()).length > 0;
	const foreign = exists && (await runOfCheckpoint(before)) !== run.id;
	const moved = foreign ? ((await storage.setAside?.(path)) ?? null) : null;
	await storage.writeFolder(path, files);
	await verifyCheckpoint(storageFolder(storage, path, path));
	const older = (await numberedCheckpoints(storage, folder)).filter(
		(one) => one.run === run.id && one.step <= state.step,
	);
	const kept = save_total_limit > 0 ? 1 : AUTOMATIC_KEPT;
	const removable = older
		.slice(0, -kept)
		.filter(({ step }) => step !== best?.best_global_step)
		.filter(({ step }) => save_total_limit > 0 || !savesAfter(step, rows, { ...checkpoint.settings, ...intervals }));
	const surplus = save_total_limit > 0 ? removable.slice(0, Math.max(0, older.length - save_total_limit)) : removable;
	for (const { name } of surplus) await storage.remove(folder + name);
	return moved;
}

/** Removes the checkpoints of a finished run, except those of the steps to keep. */
export async function removeAutomatic(
	storage: RunStorage,
	run: string,
	keeps: (step: number) => boolean,
): Promise<void> {
	for (const { name, step, run: owner } of await numberedCheckpoints(storage))
		if (owner === run && !keeps(step)) await storage.remove(name);
}

/**
 * The parameters of the best evaluation that a checkpoint names.
 * @param skipped receives a warning if its checkpoint is missing or damaged
 */
export async function bestParams(
	storage: RunStorage,
	folder: string,
	{ best, state, run }: SavedState,
	skipped: (message: Message) => void,
): Promise<Float32Array | null> {
	const step = best?.best_global_step ?? null;
	if (step === null) return null;
	if (step === state.step) return state.params;
	const name = checkpointName(step);
	try {
		const saved = await readCheckpoint(storageFolder(storage, folder + name, name));
		if (saved.run?.id === run?.id && saved.state.params.length === state.params.length) return saved.state.params;
		skipped(checkpointMessage("bestMissing", { name }));
	} catch (error) {
		if (!(error instanceof TabTuneError)) throw error;
		skipped(checkpointMessage("bestMissing", { name }));
	}
	return null;
}
