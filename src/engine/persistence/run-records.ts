// Run records in IndexedDB: settings, results, and the user's name, tags and note. Tensors are separate files
// (private-files.ts). Raise VERSION only when existing records can no longer be read.

import { type DBSchema, type IDBPDatabase, openDB } from "idb";
import { TabTuneError } from "../../shared/errors.ts";
import { storageMessage } from "../../shared/messages/storage.en.ts";
import type { RunRecord } from "../api.ts";

interface Schema extends DBSchema {
	runs: { key: string; value: RunRecord };
}

const NAME = "tabtune";
const VERSION = 1;

export class RunRecords {
	private constructor(private readonly db: IDBPDatabase<Schema>) {}

	/** @throws TabTuneError "storage" if the browser stores nothing */
	static async open(): Promise<RunRecords> {
		try {
			return new RunRecords(
				await openDB<Schema>(NAME, VERSION, { upgrade: (db) => void db.createObjectStore("runs", { keyPath: "id" }) }),
			);
		} catch (cause) {
			throw new TabTuneError(
				"storage",
				{
					what: storageMessage("noRecords"),
					where: storageMessage("siteStorage"),
					next: storageMessage("noRecords.next"),
				},
				{ cause },
			);
		}
	}

	/** All records, newest first. */
	async all(): Promise<RunRecord[]> {
		return (await this.db.getAll("runs")).toSorted((a, b) => b.created - a.created);
	}

	/** @throws TabTuneError "storage" when there is no such run: it may have been deleted in another tab */
	async get(id: string): Promise<RunRecord> {
		return existing(id, await this.db.get("runs", id));
	}

	/**
	 * Replaces a record by `change(record)` in one transaction, so that no other change is lost in between.
	 * @throws TabTuneError "storage" when there is no such run
	 */
	async change(id: string, change: (record: RunRecord) => RunRecord): Promise<RunRecord> {
		const { store, done } = this.db.transaction("runs", "readwrite");
		const record = await store.get(id);
		const changed = record === undefined ? undefined : change(record);
		if (changed !== undefined) await store.put(changed);
		await done;
		return existing(id, changed);
	}

	async put(record: RunRecord): Promise<void> {
		await this.db.put("runs", record);
	}

	async remove(id: string): Promise<void> {
		await this.db.delete("runs", id);
	}
}

function existing(id: string, record: RunRecord | undefined): RunRecord {
	if (record !== undefined) return record;
	throw new TabTuneError("storage", {
		what: storageMessage("runDeleted"),
		where: id,
		next: storageMessage("runDeleted.next"),
	});
}
