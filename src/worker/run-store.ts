// Stores the runs of this device as they train, so that a closed tab or a lost GPU costs little training. The record is in
// IndexedDB; the checkpoint and the data are files. A run whose storage fails continues without it.

import type { Adapter } from "../engine/adapters/adapter.ts";
import type { OpenedAdapter } from "../engine/adapters/adapter-files.ts";
import type { DataSource, RunPatch, RunRecord } from "../engine/api.ts";
import type { ModelFolder } from "../engine/formats/index.ts";
import type { LoadedModel } from "../engine/models/load.ts";
import { PrivateFiles } from "../engine/persistence/private-files.ts";
import { RunRecords } from "../engine/persistence/run-records.ts";
import type { SavedState } from "../engine/train/checkpoint/checkpoint.ts";
import { TabTuneError } from "../shared/errors.ts";
import { workerMessage } from "../shared/messages/index.ts";
import type { Message } from "../shared/messages/message.ts";
import { baseOf } from "./open-model.ts";
import { CHECKPOINT, DATA, StoredRun } from "./stored-run.ts";
import { someTabTrains } from "./training-lock.ts";

/** Loaded with the first run or adapter that is stored. */
const checkpoints = async () => ({
	...(await import("../engine/adapters/adapter-files.ts")),
	...(await import("../engine/train/checkpoint/checkpoint.ts")),
	...(await import("../engine/train/checkpoint/numbered.ts")),
});

/** An adapter stored without a run. Runs of earlier versions also use this file, next to their state. */
const ADAPTER_ZIP = "adapter.zip";

/** What a run resumes from. */
export interface StoredState {
	readonly model: LoadedModel;
	readonly adapter: Adapter | null;
	readonly data: DataSource;
	readonly saved: SavedState | null;
	/** The parameters of its best evaluation; null if there is none or its checkpoint is gone. */
	readonly best: Float32Array | null;
	/** Why newer checkpoints are not used. */
	readonly warnings: readonly Message[];
}

function sourceOf({ data: { rows: _rows, heldOutRows: _heldOutRows, ...source } }: RunRecord, blob: Blob): DataSource {
	return { ...source, blob };
}

export class RunStore {
	/** Records of runs that ended in this tab and whose end could not be written. */
	private readonly unwritten = new Map<string, RunRecord>();

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
		for (const record of this.unwritten.values()) await this.write(record);
		const stored = await this.records.all();
		const records = [...this.unwritten.values(), ...stored.filter(({ id }) => !this.unwritten.has(id))];
		records.sort((a, b) => b.created - a.created);
		const elsewhere = records.some(({ state, id }) => state === "running" && !own.has(id)) && (await someTabTrains());
		for (const record of records) {
			if (record.state !== "running" || own.has(record.id) || elsewhere) continue;
			record.state = "interrupted";
			// Where that cannot be written, the run is marked again on the next visit.
			await this.records.change(record.id, (kept) => ({ ...kept, state: "interrupted" })).catch(() => undefined);
		}
		return records;
	}

	/** Tries again to write the end of a run. */
	private async write(record: RunRecord): Promise<void> {
		try {
			await this.records.put(record);
			this.unwritten.delete(record.id);
		} catch (error) {
			if (!(error instanceof TabTuneError)) throw error;
		}
	}

	async update(id: string, patch: RunPatch): Promise<RunRecord> {
		return this.records.change(id, (record) => ({ ...record, ...patch }));
	}

	async remove(id: string): Promise<void> {
		this.unwritten.delete(id);
		await this.files.remove(id);
		await this.records.remove(id);
	}

	async record(id: string): Promise<RunRecord> {
		return this.records.get(id);
	}

	/** The adapter of a run, with the base that it is for. @throws TabTuneError "adapter" if it is for another base */
	async adapter(model: LoadedModel, { id, name, checkpoint, summary }: RunRecord): Promise<OpenedAdapter> {
		if (checkpoint === null)
			throw new TabTuneError("storage", {
				what: workerMessage("noKeptAdapter"),
				where: id,
				next: workerMessage("noKeptAdapter.next"),
			});
		const { checkpointName, newestCheckpoint, openAdapterFolder, storageFolder } = await checkpoints();
		if (summary?.loadedStep !== undefined) {
			const best = storageFolder(this.files, `${id}/${checkpointName(summary.loadedStep)}`, name);
			if ((await best.list()).length > 0) return openAdapterFolder(model, best, name);
		}
		const newest = await newestCheckpoint(this.files, `${id}/`, id, () => undefined);
		if (newest !== null) return openAdapterFolder(model, storageFolder(this.files, `${id}/${newest.name}`, name), name);
		const zip = await this.files.read(`${id}/${ADAPTER_ZIP}`);
		const { adapterZipFolder } = await import("../engine/formats/zip.ts");
		const folder =
			(await this.oldFolder(id, name)) ?? adapterZipFolder(new Uint8Array((await zip?.arrayBuffer()) ?? []), name);
		return openAdapterFolder(model, folder, name);
	}

	/**
	 * What the run resumes from; `saved` is null for a run that starts again because it ended before its first checkpoint.
	 * @throws TabTuneError "storage" if its data or its checkpoints are gone
	 */
	async stored(model: LoadedModel, record: RunRecord): Promise<StoredState> {
		const { id, name } = record;
		const blob = await this.files.read(`${id}/${DATA}`);
		const warnings: Message[] = [];
		const { bestParams, newestCheckpoint, readCheckpoint } = await checkpoints();
		const newest = await newestCheckpoint(this.files, `${id}/`, id, (message) => warnings.push(message));
		const old = newest === null ? await this.oldFolder(id, name) : null;
		const unstarted = record.checkpoint === null && record.continued !== true;
		if (blob === null || !record.resumable || (newest === null && old === null && !unstarted))
			throw new TabTuneError("storage", {
				what: workerMessage("noCheckpoint"),
				where: name,
				next: workerMessage("noCheckpoint.next"),
			});
		const data = sourceOf(record, blob);
		if (newest === null && old === null)
			return { model: baseOf(model), adapter: null, data, saved: null, best: null, warnings };
		const saved = newest?.saved ?? (await readCheckpoint(old as ModelFolder));
		const checkpoint = saved.state.step; // the record may be older than the files
		const best = await bestParams(this.files, `${id}/`, saved, (message) => warnings.push(message));
		return { ...(await this.adapter(model, { ...record, checkpoint, summary: null })), data, saved, best, warnings };
	}

	/** The rows of a run. @throws TabTuneError "storage" if they are not stored */
	async data(record: RunRecord): Promise<DataSource> {
		const { id, name } = record;
		const blob = await this.files.read(`${id}/${DATA}`);
		if (blob === null)
			throw new TabTuneError("storage", {
				what: workerMessage("noKeptRows"),
				where: name,
				next: workerMessage("noKeptRows.next"),
			});
		return sourceOf(record, blob);
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
		return new StoredRun(record, this.records, this.files, data, (ended) => this.unwritten.set(ended.id, ended));
	}
}
