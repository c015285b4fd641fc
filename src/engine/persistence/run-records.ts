// Run records in IndexedDB: settings, results, and the user's name, tags and note. Tensors are separate files
// (private-files.ts). Raise VERSION only when existing records can no longer be read.

import { type DBSchema, type IDBPDatabase, openDB } from "idb";
import { TabTuneError } from "../../shared/errors.ts";
import { storageMessage } from "../../shared/messages/index.ts";
import type { RunRecord } from "../api.ts";
import { noSpace } from "./no-space.ts";

interface Schema extends DBSchema {
	runs: { key: string; value: RunRecord };
}

type Database = IDBPDatabase<Schema>;

const NAME = "tabtune";
const VERSION = 1;

const openDatabase = (): Promise<Database> =>
	openDB<Schema>(NAME, VERSION, { upgrade: (db) => void db.createObjectStore("runs", { keyPath: "id" }) });

/** All methods throw TabTuneError "storage" if the browser does not store the records, or has no space left. */
export class RunRecords {
	private constructor(private db: Database) {}

	static async open(): Promise<RunRecords> {
		try {
			return new RunRecords(await openDatabase());
		} catch (cause) {
			throw refused(cause);
		}
	}

	/** All records, newest first. */
	async all(): Promise<RunRecord[]> {
		return (await this.use((db) => db.getAll("runs"))).toSorted((a, b) => b.created - a.created);
	}

	find(id: string): Promise<RunRecord | undefined> {
		return this.use((db) => db.get("runs", id));
	}

	/** @throws TabTuneError "storage" when there is no such run: it may have been deleted in another tab */
	async get(id: string): Promise<RunRecord> {
		return existing(id, await this.find(id));
	}

	/**
	 * Replaces a record by `change(record)` in one transaction, so that no other change is lost in between.
	 * @throws TabTuneError "storage" when there is no such run
	 */
	async change(id: string, change: (record: RunRecord) => RunRecord): Promise<RunRecord> {
		return this.use(async (db) => {
			const { store, done } = db.transaction("runs", "readwrite");
			const record = await store.get(id);
			const changed = record === undefined ? undefined : change(record);
			const writing = changed === undefined ? undefined : store.put(changed);
			// A full disk aborts the transaction, whose error says why; the request's error does not.
			await Promise.all([done, writing?.catch(() => undefined)]);
			return existing(id, changed);
		});
	}

	async put(record: RunRecord): Promise<void> {
		await this.use((db) => db.put("runs", record));
	}

	async remove(id: string): Promise<void> {
		await this.use((db) => db.delete("runs", id));
	}

	/** Runs `work`, and once more on a new connection: the browser closes the old one when the site's data is cleared. */
	private async use<T>(work: (db: Database) => Promise<T>): Promise<T> {
		try {
			return await work(this.db);
		} catch (cause) {
			if (!(cause instanceof DOMException && cause.name === "InvalidStateError")) throw refused(cause);
		}
		try {
			this.db = await openDatabase();
			return await work(this.db);
		} catch (cause) {
			throw refused(cause);
		}
	}
}

function refused(cause: unknown): unknown {
	if (cause instanceof TabTuneError || !(cause instanceof DOMException)) return cause;
	// A transaction that is aborted without another reason found no space either.
	if (cause.name === "QuotaExceededError" || cause.name === "AbortError")
		return noSpace(storageMessage("siteStorage"), cause);
	return new TabTuneError(
		"storage",
		{
			what: storageMessage("noRecords"),
			where: storageMessage("siteStorage"),
			next: storageMessage("noRecords.next"),
		},
		{ cause },
	);
}

function existing(id: string, record: RunRecord | undefined): RunRecord {
	if (record !== undefined) return record;
	throw new TabTuneError("storage", {
		what: storageMessage("runDeleted"),
		where: id,
		next: storageMessage("runDeleted.next"),
	});
}
