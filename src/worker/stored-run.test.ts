// A run whose storage fails or is cleared while it trains: nothing that can still be stored is missing.
import { afterEach, expect, test, vi } from "vitest";
import type { DataSource, RunRecord, RunSummary } from "../engine/api.ts";
import { textOf } from "../shared/messages/message.ts";
import { DEFAULT_SETTINGS } from "../shared/settings.ts";
import { newRecord } from "./run-record.ts";
import { StoredRun } from "./stored-run.ts";

const DATA: DataSource = { name: "d.jsonl", format: "jsonl", blob: new Blob(["{}"]) };

/** Storage whose writes fail while `full`; those of files alone while `noFiles`. */
function storage() {
	const disk = {
		full: false,
		noFiles: false,
		files: new Map<string, unknown>(),
		records: new Map<string, RunRecord>(),
	};
	const check = () => {
		if (disk.full) throw new Error("no space left");
	};
	const records = {
		put: async (record: RunRecord) => {
			check();
			disk.records.set(record.id, structuredClone(record));
		},
		find: async (id: string) => disk.records.get(id),
		change: async (id: string, change: (record: RunRecord) => RunRecord) => {
			check();
			const changed = change(disk.records.get(id) as RunRecord);
			disk.records.set(id, structuredClone(changed));
			return changed;
		},
	};
	const files = {
		read: async (path: string) => (disk.files.get(path) as Blob | undefined) ?? null,
		write: async (path: string, content: unknown) => {
			if (disk.noFiles) throw new Error("no space left");
			check();
			disk.files.set(path, content);
		},
	};
	return { disk, records, files };
}

function runOver({ records, files }: ReturnType<typeof storage>, keepEnd?: (record: RunRecord) => void): StoredRun {
	const request = { settings: DEFAULT_SETTINGS, data: DATA, heldOut: 0, samplePrompt: null, sampleEvery: 0 };
	const model = { name: "m", parameters: 1 };
	const record = newRecord({ ...request, continueAdapter: false }, model, { rows: 1, heldOutRows: 0 }, 3);
	return new StoredRun(record, records, files as unknown as ConstructorParameters<typeof StoredRun>[2], DATA, keepEnd);
}

const adapter = [{ path: "adapter_model.safetensors", bytes: new Uint8Array(3) }];
const summary = { state: "finished", steps: 3 } as RunSummary;
const step = (n: number) =>
	({ type: "step", step: n, loss: 1, grad_norm: 1, learning_rate: 1, num_tokens: 1, elapsed: n }) as const;
const problem = (run: StoredRun) => run.problem && textOf(run.problem);

afterEach(() => vi.useRealTimers());

test("a write that fails is tried again at the next checkpoint, and each change is reported once", async () => {
	vi.useFakeTimers({ toFake: ["performance"] });
	const store = storage();
	const run = runOver(store);
	const { id } = run.record;
	store.disk.full = true;
	expect(await run.begin()).toBe(true);
	expect(problem(run)).toBe("no space left");
	expect(run.due).toBe(false);
	vi.advanceTimersByTime(4000); // sooner before the first checkpoint
	expect(run.due).toBe(true);
	expect(await run.saveAdapter(1, adapter)).toBe(false);
	expect(problem(run)).toBe("no space left");
	expect(run.due).toBe(false);

	store.disk.full = false;
	vi.advanceTimersByTime(4000);
	expect(run.due).toBe(true);
	expect(await run.saveAdapter(2, adapter)).toBe(true);
	expect(problem(run)).toBeNull();
	vi.advanceTimersByTime(14_000);
	expect(run.due).toBe(false);
	vi.advanceTimersByTime(2000);
	expect(run.due).toBe(true);
	// Also what could not be written at the beginning.
	expect([...store.disk.files.keys()].sort()).toEqual([`${id}/checkpoint/adapter_model.safetensors`, `${id}/data`]);
	expect(store.disk.records.get(id)).toMatchObject({ checkpoint: 2, state: "running" });

	store.disk.full = true;
	expect(await run.saveAdapter(3, adapter)).toBe(true);
	expect(problem(run)).toBe("no space left");
	expect(store.disk.records.get(id)?.checkpoint).toBe(2);
	store.disk.full = false;
	expect(await run.end({ summary })).toBe(true);
	// The last checkpoint is written too.
	expect(store.disk.records.get(id)).toMatchObject({ state: "finished", checkpoint: 3, summary });
});

test("a run that finished is recorded as finished, even if its last checkpoint finds no space", async () => {
	const store = storage();
	const run = runOver(store);
	await run.begin();
	store.disk.noFiles = true;
	await run.saveAdapter(3, adapter);
	await run.end({ summary });
	expect(problem(run)).toBe("no space left");
	expect(store.disk.records.get(run.record.id)).toMatchObject({ state: "finished", checkpoint: null, summary });
});

test("the end of a run that cannot be written is kept in memory", async () => {
	const store = storage();
	const ended: RunRecord[] = [];
	const run = runOver(store, (record) => ended.push(record));
	await run.begin();
	store.disk.full = true;
	await run.end({ summary });
	expect(ended).toMatchObject([{ id: run.record.id, state: "finished" }]);
});

test("a tab that closes while a checkpoint is written leaves a record with all of its steps", async () => {
	const store = storage();
	const run = runOver(store);
	await run.begin();
	for (const n of [1, 2]) run.note(step(n));
	store.disk.noFiles = true; // as if the tab closed there
	await run.saveAdapter(2, adapter);
	expect(store.disk.records.get(run.record.id)?.steps.map((one) => one.step)).toEqual([1, 2]);
});

test("a run is stored again as a whole after the site's data was cleared", async () => {
	const store = storage();
	const run = runOver(store);
	const { id } = run.record;
	await run.begin();
	await run.saveAdapter(1, adapter);
	store.disk.files.clear();
	store.disk.records.clear();
	await run.saveAdapter(2, adapter);
	expect(problem(run)).toBeNull();
	expect([...store.disk.files.keys()].sort()).toEqual([`${id}/checkpoint/adapter_model.safetensors`, `${id}/data`]);
	expect(store.disk.records.get(id)).toMatchObject({ checkpoint: 2, state: "running" });
});
