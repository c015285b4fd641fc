// A run that is being stored: its record, its data and its checkpoints. A write that fails is tried again at the next checkpoint;
// training continues.
import type { DataSource, RunEvent, RunRecord, RunSummary } from "../engine/api.ts";
import type { LoadedModel } from "../engine/models/load.ts";
import type { PeftFile } from "../engine/peft/index.ts";
import type { RunRecords } from "../engine/persistence/run-records.ts";
import type { RunStorage } from "../engine/persistence/run-storage.ts";
import type { Checkpoint } from "../engine/train/checkpoint/checkpoint.ts";
import type { MessageText } from "../shared/messages/message.ts";
import { errorInfo } from "./error-info.ts";
import { noteEvent } from "./run-record.ts";

/** The most seconds of training that a closed tab or a lost GPU may lose. */
const CHECKPOINT_SECONDS = 15;
/** The same before the first checkpoint. */
const FIRST_CHECKPOINT_SECONDS = 3;

// The files of a run are in a folder named by its id: its checkpoints as checkpoint-N, and these.
/** The folder of an adapter without a state. Checkpoints of earlier versions also use it. */
export const CHECKPOINT = "checkpoint";
export const DATA = "data";

/** Whether the last write failed, and why; null if it did not. */
type Problem = MessageText | null;

export class StoredRun {
	private savedAt = performance.now();
	/** Whether the record was written before. If it is missing then, the site's data was cleared. */
	private begun = false;
	/** Why the last write failed; null if it did not. */
	problem: Problem = null;
	/** The last checkpoint, if it is not written. */
	private unsaved: (() => Promise<void>) | null = null;
	private ended = false;

	/** @param keepEnd receives the record of a run whose end could not be written */
	constructor(
		readonly record: RunRecord,
		private readonly records: Pick<RunRecords, "put" | "find" | "change">,
		private readonly files: RunStorage,
		private readonly data: DataSource | null,
		private readonly keepEnd: (record: RunRecord) => void = () => undefined,
	) {}

	/** Writes the record and the data. @returns whether `problem` has changed */
	begin(): Promise<boolean> {
		return this.guarded(() => this.writeRecord());
	}

	note(event: RunEvent): void {
		noteEvent(this.record, event);
	}

	get due(): boolean {
		const seconds = this.record.checkpoint === null ? FIRST_CHECKPOINT_SECONDS : CHECKPOINT_SECONDS;
		return performance.now() - this.savedAt > seconds * 1000;
	}

	/** @returns as `begin` */
	save(model: LoadedModel, checkpoint: Checkpoint): Promise<boolean> {
		return this.checkpointed(async () => {
			const { id } = this.record;
			const { saveNumberedCheckpoint } = await import("../engine/train/checkpoint/numbered.ts");
			const byTime = { save_strategy: "no", save_steps: 0, save_total_limit: 0 } as const;
			await saveNumberedCheckpoint(this.files, `${id}/`, model, checkpoint, byTime);
			await this.files.remove(`${id}/${CHECKPOINT}`); // of an earlier version
			this.record.checkpoint = checkpoint.state.step;
		});
	}

	/** Stores the adapter alone, for a run that cannot be resumed. @returns as `begin` */
	saveAdapter(step: number, files: readonly PeftFile[]): Promise<boolean> {
		return this.checkpointed(async () => {
			for (const { path, bytes } of files) await this.files.write(`${this.record.id}/${CHECKPOINT}/${path}`, bytes);
			this.record.checkpoint = step;
		});
	}

	private checkpointed(save: () => Promise<void>): Promise<boolean> {
		this.unsaved = save;
		return this.guarded(() => this.writeCheckpoint());
	}

	/**
	 * Writes the record before and after the checkpoint: a tab that is closed in between leaves a record with all steps of its
	 * newest checkpoint, whichever that is.
	 */
	private async writeCheckpoint(): Promise<void> {
		await this.writeRecord();
		await this.unsaved?.();
		this.unsaved = null;
		await this.writeRecord();
	}

	/** @returns as `begin` */
	async end(result: { summary: RunSummary } | { error: unknown }): Promise<boolean> {
		this.ended = true;
		if ("summary" in result) {
			this.record.summary = result.summary;
			this.record.state = result.summary.state;
		} else {
			this.record.error = errorInfo(result.error);
			this.record.state = "failed";
		}
		// The record is written first: it is small, and states how the run ended even where a checkpoint finds no space.
		return this.guarded(() => (this.unsaved === null ? this.writeRecord() : this.writeCheckpoint()));
	}

	/** Writes the record; and the data if they are missing, at first or because the site's data was cleared. */
	private async writeRecord(): Promise<void> {
		const { id, resumable, state } = this.record;
		if (this.begun && (await this.records.find(id)) !== undefined) {
			// The user may have renamed or tagged the run in the meantime; those fields are not overwritten.
			await this.records.change(id, ({ name, tags, note, deleted }) =>
				Object.assign(this.record, { name, tags, note, deleted }),
			);
		} else await this.records.put(this.record);
		this.begun = true;
		const needsData = this.data !== null && resumable && state !== "finished";
		const path = `${id}/${DATA}`;
		if (needsData && (await this.files.read(path)) === null) await this.files.write(path, this.data.blob);
	}

	private async guarded(work: () => Promise<void>): Promise<boolean> {
		const before = this.problem;
		try {
			await work();
			this.problem = null;
		} catch (error) {
			this.problem = errorInfo(error).what;
			if (this.ended) this.keepEnd(this.record);
		} finally {
			this.savedAt = performance.now();
		}
		return (before === null) !== (this.problem === null);
	}
}
