// The checkpoint-N folders of a run: saving one, removing those beyond the limit, and finding the newest that is whole. Folders
// of other runs are never read, counted or removed.
import { TabTuneError } from "../../../shared/errors.ts";
import { checkpointMessage } from "../../../shared/messages/index.ts";
import type { Message } from "../../../shared/messages/message.ts";
import type { RunSettings } from "../../api.ts";
import type { LoadedModel } from "../../models/load.ts";
import type { RunStorage } from "../../persistence/run-storage.ts";
import {
	type Checkpoint,
	checkpointFiles,
	readCheckpoint,
	runOfCheckpoint,
	type SavedState,
	storageFolder,
	verifyCheckpoint,
} from "./checkpoint.ts";

/** Checkpoints that are saved by time and not by save_steps: the newest, and the one before it. */
const AUTOMATIC_KEPT = 2;

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
 * Writes the folder checkpoint-N, reads it again, and removes older ones of the run: those beyond save_total_limit, or without a
 * limit those that save_steps does not ask for, except the newest two.
 * @returns the new name of a folder of the same name that is not the run's; null without one
 */
export async function saveNumberedCheckpoint(
	storage: RunStorage,
	folder: string,
	model: LoadedModel,
	checkpoint: Checkpoint,
	{ save_steps, save_total_limit }: Pick<RunSettings, "save_steps" | "save_total_limit"> = checkpoint.settings,
): Promise<string | null> {
	const { run, state } = checkpoint;
	const files = await checkpointFiles(model, checkpoint);
	const path = `${folder}checkpoint-${state.step}`;
	const before = storageFolder(storage, path, path);
	const exists = (await before.list()).length > 0;
	const foreign = exists && (await runOfCheckpoint(before)) !== run.id;
	const moved = foreign ? ((await storage.setAside?.(path)) ?? null) : null;
	await storage.writeFolder(path, files);
	await verifyCheckpoint(storageFolder(storage, path, path));
	const older = (await numberedCheckpoints(storage, folder)).filter(
		(one) => one.run === run.id && one.step <= state.step,
	);
	const surplus =
		save_total_limit > 0
			? older.slice(0, -save_total_limit)
			: older.slice(0, -AUTOMATIC_KEPT).filter(({ step }) => save_steps === 0 || step % save_steps !== 0);
	for (const { name } of surplus) await storage.remove(folder + name);
	return moved;
}

/** Removes the checkpoints of a finished run that were saved by time. */
export async function removeAutomatic(storage: RunStorage, run: string): Promise<void> {
	for (const one of await numberedCheckpoints(storage)) if (one.run === run) await storage.remove(one.name);
}
