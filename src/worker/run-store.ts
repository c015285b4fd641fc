// Keeps runs on this device while they happen, so that a closed tab, a lost GPU or a full table loses no training: the
// record in IndexedDB, the adapter, the checkpoint and the data as files. A run never fails because it cannot be kept.

import type { DataSource, RunEvent, RunPatch, RunRecord, RunSummary } from "../engine/api.ts";
import {
	bytesSource,
	decodeToFloat32,
	encodeFloat32,
	openSafetensors,
	writeSafetensors,
} from "../engine/formats/index.ts";
import { PrivateFiles } from "../engine/persistence/private-files.ts";
import { RunRecords } from "../engine/persistence/run-records.ts";
import type { TrainerState } from "../engine/train/trainer.ts";
import { TabTuneError } from "../shared/errors.ts";
import type { MessageText } from "../shared/messages/message.ts";
import { workerMessage } from "../shared/messages/worker.en.ts";
import { errorInfo } from "./error-info.ts";
import { noteEvent } from "./run-record.ts";
import { someTabTrains } from "./training-lock.ts";

/** Seconds of training that a closed tab may cost. */
const CHECKPOINT_SECONDS = 15;

const ADAPTER = "adapter.zip";
const STATE = "state.safetensors";
const DATA = "data";
const FLAT = ["params", "exp_avg", "exp_avg_sq"] as const;

/** What a run needs to be kept or gone on with. */
export interface StoredState {
	readonly adapter: Uint8Array; // zip of the PEFT folder
	readonly data: DataSource;
	readonly state: TrainerState;
}

export class RunStore {
	private constructor(
		private readonly records: RunRecords,
		private readonly files: PrivateFiles,
	) {}

	/** @throws TabTuneError "storage" where the browser keeps nothing */
	static async open(): Promise<RunStore> {
		return new RunStore(await RunRecords.open(), await PrivateFiles.open("runs"));
	}

	/** All runs; those whose tab went away in the middle are now interrupted. @param own the runs of this tab that go on */
	async all(own: ReadonlySet<string>): Promise<RunRecord[]> {
		const records = await this.records.all();
		const elsewhere = records.some(({ state, id }) => state === "running" && !own.has(id)) && (await someTabTrains());
		for (const record of records) {
			if (record.state !== "running" || own.has(record.id) || elsewhere) continue;
			record.state = "interrupted";
			await this.records.put(record);
		}
		return records;
	}

	async update(id: string, patch: RunPatch): Promise<RunRecord> {
		const record = { ...(await this.records.get(id)), ...patch };
		await this.records.put(record);
		return record;
	}

	async remove(id: string): Promise<void> {
		await this.files.remove([id]);
		await this.records.remove(id);
	}

	async record(id: string): Promise<RunRecord> {
		return this.records.get(id);
	}

	/** The adapter of a run as a PEFT zip. */
	async adapter(id: string): Promise<Uint8Array> {
		const file = await this.files.read([id, ADAPTER]);
		if (file === null)
			throw new TabTuneError("storage", {
				what: workerMessage("noKeptAdapter"),
				where: id,
				next: workerMessage("noKeptAdapter.next"),
			});
		return new Uint8Array(await file.arrayBuffer());
	}

	/** What the run goes on from. */
	async kept(record: RunRecord): Promise<StoredState> {
		const [state, data] = [await this.files.read([record.id, STATE]), await this.files.read([record.id, DATA])];
		if (state === null || data === null || record.checkpoint === null)
			throw new TabTuneError("storage", {
				what: workerMessage("noCheckpoint"),
				where: record.name,
				next: workerMessage("noCheckpoint.next"),
			});
		const file = await openSafetensors(bytesSource(new Uint8Array(await state.arrayBuffer())), STATE);
		const read = async (name: string) => decodeToFloat32(await file.readTensor(name), "F32");
		const [step, updates] = await read("counts");
		return {
			adapter: await this.adapter(record.id),
			data: { name: record.data.name, format: record.data.format, blob: data },
			state: {
				step,
				updates,
				params: await read("params"),
				exp_avg: await read("exp_avg"),
				exp_avg_sq: await read("exp_avg_sq"),
			},
		};
	}

	/** Keeps an adapter that no run here made. */
	async keepAdapter(record: RunRecord, zip: Blob): Promise<void> {
		await this.files.write([record.id, ADAPTER], zip);
		await this.records.put(record);
	}

	/** Begins to keep a run, or goes on keeping one. */
	async begin(record: RunRecord, data: DataSource | null): Promise<StoredRun> {
		if (data !== null && record.resumable) await this.files.write([record.id, DATA], data.blob);
		await this.records.put(record);
		return new StoredRun(record, this.records, this.files);
	}
}

/** One run being kept. The first write that fails ends the keeping, with a warning; the run goes on. */
export class StoredRun {
	private savedAt = performance.now();
	private broken = false;

	constructor(
		readonly record: RunRecord,
		private readonly records: RunRecords,
		private readonly files: PrivateFiles,
	) {}

	note(event: RunEvent): void {
		noteEvent(this.record, event);
	}

	get due(): boolean {
		return !this.broken && performance.now() - this.savedAt > CHECKPOINT_SECONDS * 1000;
	}

	/** @returns what to warn of, or null */
	async save(state: TrainerState, adapter: Uint8Array): Promise<MessageText | null> {
		return this.guarded(async () => {
			if (this.record.resumable) await this.files.write([this.record.id, STATE], stateFile(state));
			await this.writeAdapter(state.step, adapter);
		});
	}

	/** For a run that will not go on: its adapter alone. @returns what to warn of, or null */
	async saveAdapter(step: number, adapter: Uint8Array): Promise<MessageText | null> {
		return this.guarded(() => this.writeAdapter(step, adapter));
	}

	private async writeAdapter(step: number, adapter: Uint8Array): Promise<void> {
		await this.files.write([this.record.id, ADAPTER], adapter);
		this.record.checkpoint = step;
		await this.putRecord();
		this.savedAt = performance.now();
	}

	async end(result: { summary: RunSummary } | { error: unknown }): Promise<void> {
		await this.guarded(async () => {
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

	/** The person may have renamed or tagged the run meanwhile: theirs wins. */
	private async putRecord(): Promise<void> {
		const { name, tags, note, deleted } = await this.records.get(this.record.id);
		Object.assign(this.record, { name, tags, note, deleted });
		await this.records.put(this.record);
	}

	private async guarded(work: () => Promise<void>): Promise<MessageText | null> {
		if (this.broken) return null;
		try {
			await work();
			return null;
		} catch (error) {
			this.broken = true;
			return workerMessage("noLongerKept", { reason: errorInfo(error).what });
		}
	}
}

function stateFile(state: TrainerState): Uint8Array {
	const flat = FLAT.map((name) => ({
		name,
		dtype: "F32",
		shape: [state[name].length],
		bytes: encodeFloat32(state[name]),
	}));
	const counts = {
		name: "counts",
		dtype: "F32",
		shape: [2],
		bytes: encodeFloat32(new Float32Array([state.step, state.updates])),
	};
	return writeSafetensors([...flat, counts], { format: "pt" });
}
