// Stores the runs of this device as they train, so that a closed tab or a lost GPU costs little training. The record is in
// IndexedDB; the checkpoint and the data are files. A run whose storage fails continues without it.

import type { OpenedAdapter } from "../engine/adapters/adapter-files.ts";
import type { DataSource, RunEvent, RunPatch, RunRecord, RunSummary } from "../engine/api.ts";
import type { ModelFolder } from "../engine/formats/index.ts";
import type { LoadedModel } from "../engine/models/load.ts";
import type { PeftFile } from "../engine/peft/index.ts";
import { PrivateFiles } from "../engine/persistence/private-files.ts";
import { RunRecords } from "../engine/persistence/run-records.ts";
import type { RunStorage } from "../engine/persistence/run-storage.ts";
import type { Checkpoint, SavedState } from "../engine/train/checkpoint/checkpoint.ts";
import { TabTuneError } from "../shared/errors.ts";
import type { Message, MessageText } from "../shared/messages/message.ts";
import { workerMessage } from "../shared/messages/worker.en.ts";
import { errorInfo } from "./error-info.ts";
import { noteEvent } from "./run-record.ts";
import { someTabTrains } from "./training-lock.ts";

/** Loaded with the first run or adapter that is stored. */
const checkpoints = async () => ({
	...(await import("../engine/adapters/adapter-files.ts")),
	...(await import("../engine/train/checkpoint/checkpoint.ts")),
	...(await import("../engine/train/checkpoint/numbered.ts")),
});

/** The most seconds of training that a closed tab may lose. */
const CHECKPOINT_SECONDS = 15;

// The files of a run are in a folder named by its id: its checkpoints as checkpoint-N, and these.
/** The folder of an adapter without a state. Checkpoints of earlier versions also use it. */
const CHECKPOINT = "checkpoint";
/** An adapter stored without a run. Runs of earlier versions also use this file, next to their state. */
const ADAPTER_ZIP = "adapter.zip";
const DATA = "data";

/** What a run resumes from. */
export interface StoredState extends OpenedAdapter {
	readonly data: DataSource;
	readonly saved: SavedState;
	/** Why newer checkpoints are not used. */
	readonly warnings: readonly Message[];
}

export class RunStore {
	private constructor(
		private readonly records: RunRecords,
		private readonly files: PrivateFiles,
	) {}

	/** @throws TabTuneError "storage" if the browser offers no storage */
	static async open(): Promise<RunStore> {
		return new RunStore(await RunRecords.open(), await PrivateFiles.open("runs"));
	}

	/** All runs; a running one whose tab was closed is marked as interrupted. @param own the runs that this tab trains now */
	async all(own: ReadonlySet<string>): Promise<RunRecord[]> {
		const records = await this.records.all();
		const elsewhere = records.some(({ state, id }) => state === "running" && !own.has(id)) && (await someTabTrains());
		for (const record of records) {
			if (record.state !== "running" || own.has(record.id) || elsewhere) continue;
			record.state = "interrupted";
			await this.records.change(record.id, (stored) => ({ ...stored, state: "interrupted" }));
		}
		return records;
	}

	async update(id: string, patch: RunPatch): Promise<RunRecord> {
		return this.records.change(id, (record) => ({ ...record, ...patch }));
	}

	async remove(id: string): Promise<void> {
		await this.files.remove(id);
		await this.records.remove(id);
	}

	async record(id: string): Promise<RunRecord> {
		return this.records.get(id);
	}

	/** The adapter of a run, with the base that it is for. @throws TabTuneError "adapter" if it is for another base */
	async adapter(model: LoadedModel, { id, name, checkpoint }: RunRecord): Promise<OpenedAdapter> {
		if (checkpoint === null)
			throw new TabTuneError("storage", {
				what: workerMessage("noKeptAdapter"),
				where: id,
				next: workerMessage("noKeptAdapter.next"),
			});
		const { newestCheckpoint, openAdapterFolder, storageFolder } = await checkpoints();
		const newest = await newestCheckpoint(this.files, `${id}/`, id, () => undefined);
		if (newest !== null) return openAdapterFolder(model, storageFolder(this.files, `${id}/${newest.name}`, name), name);
		const zip = await this.files.read(`${id}/${ADAPTER_ZIP}`);
		const { adapterZipFolder } = await import("../engine/formats/zip.ts");
		const folder =
			(await this.oldFolder(id, name)) ?? adapterZipFolder(new Uint8Array((await zip?.arrayBuffer()) ?? []), name);
		return openAdapterFolder(model, folder, name);
	}

	/** What the run resumes from. */
	async stored(model: LoadedModel, record: RunRecord): Promise<StoredState> {
		const { id, name } = record;
		const blob = await this.files.read(`${id}/${DATA}`);
		if (blob === null || record.checkpoint === null || !record.resumable)
			throw new TabTuneError("storage", {
				what: workerMessage("noCheckpoint"),
				where: name,
				next: workerMessage("noCheckpoint.next"),
			});
		const { rows: _rows, heldOutRows: _heldOutRows, ...source } = record.data;
		const warnings: Message[] = [];
		const { newestCheckpoint, readCheckpoint, storageFolder } = await checkpoints();
		const newest = await newestCheckpoint(this.files, `${id}/`, id, (message) => warnings.push(message));
		const old = (await this.oldFolder(id, name)) ?? storageFolder(this.files, id, name);
		return {
			...(await this.adapter(model, record)),
			data: { ...source, blob },
			saved: newest?.saved ?? (await readCheckpoint(old)),
			warnings,
		};
	}

	/** The folder of an adapter without a state, or of a checkpoint of an earlier version; null without either. */
	private async oldFolder(id: string, name: string): Promise<ModelFolder | null> {
		const { storageFolder } = await checkpoints();
		const folder = storageFolder(this.files, `${id}/${CHECKPOINT}`, name);
		return (await folder.list()).length === 0 ? null : folder;
	}

	/** Stores an adapter that was not trained on this device. */
	async keepAdapter(record: RunRecord, zip: Blob): Promise<void> {
		await this.files.write(`${record.id}/${ADAPTER_ZIP}`, zip);
		await this.records.put(record);
	}

	/** A run to store, or a resumed one to continue. Nothing is written until `begin`. */
	run(record: RunRecord, data: DataSource | null): StoredRun {
		return new StoredRun(record, this.records, this.files, data);
	}
}

/** A run that is being stored. A write that fails is tried again at the next checkpoint; training continues. */
export class StoredRun {
	private savedAt = performance.now();
	private begun = false;
	/** Whether the last write failed. */
	private failing = false;
	/** The last checkpoint, if it is not written. */
	private unsaved: (() => Promise<void>) | null = null;

	constructor(
		readonly record: RunRecord,
		private readonly records: Pick<RunRecords, "put" | "change">,
		private readonly files: RunStorage,
		private readonly data: DataSource | null,
	) {}

	/** Writes the record and the data. @returns a warning if it fails */
	begin(): Promise<MessageText | null> {
		return this.guarded(async () => undefined);
	}

	note(event: RunEvent): void {
		noteEvent(this.record, event);
	}

	get due(): boolean {
		return performance.now() - this.savedAt > CHECKPOINT_SECONDS * 1000;
	}

	/** @returns a warning if it fails, and a message when it succeeds again */
	async save(model: LoadedModel, checkpoint: Checkpoint): Promise<MessageText | null> {
		return this.checkpointed(async () => {
			const { id } = this.record;
			const { saveNumberedCheckpoint } = await checkpoints();
			await saveNumberedCheckpoint(this.files, `${id}/`, model, checkpoint, { save_steps: 0, save_total_limit: 0 });
			await this.files.remove(`${id}/${CHECKPOINT}`); // of an earlier version
			await this.saved(checkpoint.state.step);
		});
	}

	/** Stores the adapter alone, for a run that cannot be resumed. @returns as `save` */
	async saveAdapter(step: number, files: readonly PeftFile[]): Promise<MessageText | null> {
		return this.checkpointed(async () => {
			for (const { path, bytes } of files) await this.files.write(`${this.record.id}/${CHECKPOINT}/${path}`, bytes);
			await this.saved(step);
		});
	}

	private async checkpointed(save: () => Promise<void>): Promise<MessageText | null> {
		this.unsaved = save;
		return this.guarded(async () => {
			await save();
			this.unsaved = null;
		});
	}

	private async saved(step: number): Promise<void> {
		this.record.checkpoint = step;
		await this.putRecord();
	}

	/** @returns as `save` */
	async end(result: { summary: RunSummary } | { error: unknown }): Promise<MessageText | null> {
		return this.guarded(async () => {
			await this.unsaved?.();
			if ("summary" in result) {
				this.record.summary = result.summary;
				this.record.state = result.summary.state;
			} else {
				this.record.error = errorInfo(result.error);
				this.record.state = "failed";
			}
			await this.putRecord();
		});
	}

	/** The user may have renamed or tagged the run in the meantime; those fields are not overwritten. */
	private async putRecord(): Promise<void> {
		await this.records.change(this.record.id, ({ name, tags, note, deleted }) =>
			Object.assign(this.record, { name, tags, note, deleted }),
		);
	}

	private async guarded(work: () => Promise<void>): Promise<MessageText | null> {
		try {
			if (!this.begun) {
				const { id, resumable } = this.record;
				if (this.data !== null && resumable) await this.files.write(`${id}/${DATA}`, this.data.blob);
				await this.records.put(this.record);
				this.begun = true;
			}
			await work();
			if (!this.failing) return null;
			this.failing = false;
			return workerMessage("keptAgain");
		} catch (error) {
			if (this.failing) return null;
			this.failing = true;
			return workerMessage("noLongerKept", { reason: errorInfo(error).what });
		} finally {
			this.savedAt = performance.now();
		}
	}
}
