// A run whose storage fails for a while: it is stored once writing works again, and says so once each time.
import { afterEach, expect, test, vi } from "vitest";
import type { DataSource, RunRecord, RunSummary } from "../engine/api.ts";
import { textOf } from "../shared/messages/message.ts";
import { DEFAULT_SETTINGS } from "../shared/settings.ts";
import { newRecord } from "./run-record.ts";
import { StoredRun } from "./run-store.ts";

const DATA: DataSource = { name: "d.jsonl", format: "jsonl", blob: new Blob(["{}"]) };

/** Storage whose writes fail while `full`. */
function storage() {
	const disk = { full: false, files: new Map<string, unknown>(), records: new Map<string, RunRecord>() };
	const check = () => {
		if (disk.full) throw new Error("no space left");
	};
	const records = {
		put: async (record: RunRecord) => {
			check();
			disk.records.set(record.id, structuredClone(record));
		},
		change: async (id: string, change: (record: RunRecord) => RunRecord) => {
			check();
			const changed = change(disk.records.get(id) as RunRecord);
			disk.records.set(id, structuredClone(changed));
			return changed;
		},
	};
	const files = {
		write: async (path: string, content: unknown) => {
			check();
			disk.files.set(path, content);
		},
	};
	return { disk, records, files };
}

function runOver({ records, files }: ReturnType<typeof storage>): StoredRun {
	const request = { settings: DEFAULT_SETTINGS, data: DATA, heldOut: 0, samplePrompt: null, sampleEvery: 0 };
	const model = { name: "m", parameters: 1 };
	const record = newRecord({ ...request, continueAdapter: false }, model, { rows: 1, heldOutRows: 0 }, 3);
	return new StoredRun(record, records, files as unknown as ConstructorParameters<typeof StoredRun>[2], DATA);
}

const said = (message: Parameters<typeof textOf>[0] | null) => message && textOf(message);
const adapter = [{ path: "adapter_model.safetensors", bytes: new Uint8Array(3) }];

afterEach(() => vi.useRealTimers());

test("a write that fails is tried again at the next checkpoint, and both are said once", async () => {
	vi.useFakeTimers({ toFake: ["performance"] });
	const store = storage();
	const run = runOver(store);
	const { id } = run.record;
	store.disk.full = true;
	expect(said(await run.begin())).toBe(
		"This run is not saved on this device: no space left. TabTune tries again at the next checkpoint.",
	);
	expect(run.due).toBe(false);
	vi.advanceTimersByTime(16_000);
	expect(run.due).toBe(true);
	expect(await run.saveAdapter(1, adapter)).toBeNull();
	expect(run.due).toBe(false);

	store.disk.full = false;
	vi.advanceTimersByTime(16_000);
	expect(run.due).toBe(true);
	expect(said(await run.saveAdapter(2, adapter))).toBe("This run is saved on this device again.");
	// Also what could not be written at the beginning.
	expect([...store.disk.files.keys()].sort()).toEqual([`${id}/checkpoint/adapter_model.safetensors`, `${id}/data`]);
	expect(store.disk.records.get(id)).toMatchObject({ checkpoint: 2, state: "running" });

	store.disk.full = true;
	expect(said(await run.saveAdapter(3, adapter))).toContain("not saved");
	expect(store.disk.records.get(id)?.checkpoint).toBe(2);
	store.disk.full = false;
	const summary = { state: "finished", steps: 3 } as RunSummary;
	expect(said(await run.end({ summary }))).toContain("saved on this device again");
	// The last checkpoint is written too.
	expect(store.disk.records.get(id)).toMatchObject({ state: "finished", checkpoint: 3, summary });
});
