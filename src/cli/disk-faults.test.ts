// Checkpoints on a disk that fails: the process is killed at every file operation of a save, or the disk is full at every write. The
// checkpoints that were saved before are whole afterwards, those of an older run in the folder too.
import type { FileHandle } from "node:fs/promises";
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { freshAdapter } from "../engine/adapters/create-adapter.ts";
import { EncodedDataset } from "../engine/data/dataset.ts";
import { openModelFiles } from "../engine/models/load.ts";
import type { Checkpoint } from "../engine/train/checkpoint/checkpoint.ts";
import { fingerprintsOf } from "../engine/train/checkpoint/identity.ts";
import { newestCheckpoint, saveNumberedCheckpoint } from "../engine/train/checkpoint/numbered.ts";
import { resolveSettings } from "../engine/train/settings.ts";
import { testFolder } from "../engine/train/test-runtime.ts";
import { diskStorage } from "./disk-storage.ts";
import { lockRunFolder } from "./run-folder.ts";

/** Operations between two that are tried; FAULT_STRIDE=1 tries all. */
const STRIDE = Number(process.env.FAULT_STRIDE ?? 17);

/** Which operation fails, counted from 1, and how. `kill` fails every later one, too, as for a process that has ended. */
const fault = vi.hoisted(() => ({ at: 0, kind: "kill" as "kill" | "full", done: 0, dead: false }));

vi.mock("node:fs/promises", async (original) => {
	const real = await original<typeof import("node:fs/promises")>();
	/** @param partly what a killed process had done of it */
	const counted = async <T>(work: () => Promise<T>, partly?: () => Promise<unknown>): Promise<T> => {
		const now = ++fault.done === fault.at;
		if (!now && !fault.dead) return work();
		if (now && fault.kind === "full") {
			await partly?.();
			throw Object.assign(new Error("ENOSPC"), { code: "ENOSPC", syscall: "write" });
		}
		if (now) await partly?.();
		fault.dead = true;
		throw new Error("killed");
	};
	const isFull = () => fault.kind === "full";
	const handleOf = (handle: FileHandle): FileHandle =>
		new Proxy(handle, {
			get(target, name) {
				const value = Reflect.get(target, name);
				if (name === "write")
					return (bytes: Uint8Array, offset: number, length: number) =>
						counted(
							() => target.write(bytes, offset, length),
							() => target.write(bytes, offset, length >> 1),
						);
				if (name === "sync") return () => (isFull() ? target.sync() : counted(() => target.sync()));
				return typeof value === "function" ? value.bind(target) : value;
			},
		});
	/** Removes one file after the other. */
	const remove = async (path: string): Promise<void> => {
		const entries = await real.readdir(path, { withFileTypes: true }).catch(() => null);
		for (const entry of entries ?? []) await remove(join(path, entry.name));
		if (isFull()) await real.rm(path, { recursive: true, force: true });
		else await counted(() => real.rm(path, { recursive: true, force: true }));
	};
	return {
		...real,
		open: async (...args: Parameters<typeof real.open>) =>
			handleOf(await (args[1] === "w" ? counted(() => real.open(...args)) : real.open(...args))),
		mkdir: (...args: Parameters<typeof real.mkdir>) => counted(() => real.mkdir(...args)),
		rename: (from: string, to: string) => (isFull() ? real.rename(from, to) : counted(() => real.rename(from, to))),
		rm: (path: string) => remove(path),
	};
});

function fails(kind: "kill" | "full", at: number): void {
	Object.assign(fault, { at, kind, done: 0, dead: false });
}

const model = await openModelFiles(testFolder("fixtures/goldens/odd"), "odd");
const settings = resolveSettings({ r: 1, target_modules: ["q_proj"], save_steps: 2, save_total_limit: 2 }, "the test");
const adapter = await freshAdapter(model, settings, () => Promise.reject(new Error("unneeded")));
const rows = EncodedDataset.of([{ input_ids: Int32Array.of(1, 2), labels: Int32Array.of(-100, 2) }]);
const fingerprints = await fingerprintsOf(model, adapter.layout, rows);
const flat = (scale: number) => Float32Array.from({ length: adapter.layout.size }, (_, i) => scale * (i + 1));

function checkpoint(id: string, step: number): Checkpoint {
	const state = { step, updates: step, params: flat(step), exp_avg: flat(1e-3), exp_avg_sq: flat(1e-6) };
	return {
		state,
		best: null,
		adapter,
		settings,
		rows: 1,
		run: { id, folder: "out", continues: false, ...fingerprints },
	};
}

let dir: string;
let used: string;
beforeAll(async () => {
	dir = await mkdtemp(join(tmpdir(), "tabtune-disk-"));
	used = join(dir, "used");
	for (const step of [2, 4]) await save(used, "old", step);
});
afterAll(() => rm(dir, { recursive: true, force: true }));

const save = (folder: string, id: string, step: number) =>
	saveNumberedCheckpoint(diskStorage(folder), "", model, checkpoint(id, step));

/** Saves three checkpoints until one fails. @returns the step of the last that was saved */
async function saveThree(folder: string, id: string): Promise<number> {
	let saved = 0;
	for (const step of [2, 4, 6]) {
		try {
			await save(folder, id, step);
		} catch {
			if (fault.dead) return saved;
			continue; // a full disk: training continues
		}
		saved = step;
	}
	return saved;
}

/** The checkpoints of a run after the folder was opened again. */
async function newestOf(folder: string, id: string): Promise<number> {
	const unlock = await lockRunFolder(folder);
	const found = await newestCheckpoint(diskStorage(folder), "", id, () => undefined);
	await unlock();
	if (found === null) return 0;
	expect(found.saved.state.params).toEqual(flat(found.saved.state.step));
	return found.saved.state.step;
}

describe.each(["kill", "full"] as const)("%s at every operation", (kind) => {
	test.each(["a new folder", "a folder with an older run", "a folder with the same run"])(
		"in %s",
		{ timeout: 60_000 },
		async (name) => {
			const before = name === "a new folder" ? null : used;
			const id = name === "a folder with the same run" ? "old" : "new";
			let points = 1 - STRIDE;
			for (;;) {
				const folder = join(dir, `${kind}-${points + STRIDE}`);
				fails(kind, 0);
				if (before !== null) await cp(before, folder, { recursive: true });
				points += STRIDE;
				fails(kind, points);
				const saved = await saveThree(folder, id);
				const ended = fault.done < fault.at;
				fails(kind, 0);
				const least = id === "old" ? Math.max(saved, 4) : saved;
				expect(await newestOf(folder, id), `${kind} at operation ${points}`).toBeGreaterThanOrEqual(least);
				if (before !== null && id === "new") expect(await wholeOf(folder, "old")).toBe(2);
				expect((await readdir(folder)).filter((file) => /partial|lock/.test(file))).toEqual([]);
				await rm(folder, { recursive: true, force: true });
				if (ended) break;
			}
			expect(points).toBeGreaterThan(30);
		},
	);
});

/** How many folders have a whole checkpoint of a run, under any name. */
async function wholeOf(folder: string, id: string): Promise<number> {
	let count = 0;
	for (const name of await readdir(folder)) {
		const other = join(folder, "one", "checkpoint-1");
		if (!name.startsWith("checkpoint-")) continue;
		await cp(join(folder, name), other, { recursive: true });
		if ((await newestCheckpoint(diskStorage(join(folder, "one")), "", id, () => undefined)) !== null) count++;
		await rm(join(folder, "one"), { recursive: true, force: true });
	}
	return count;
}

test("the faults are real: a file that is written in place is lost", async () => {
	const path = join(dir, "plain.txt");
	await writeFile(path, "before");
	const { open } = await import("node:fs/promises");
	fails("kill", 2);
	const handle = await open(path, "w");
	await expect(handle.write(new TextEncoder().encode("after"), 0, 5)).rejects.toThrow("killed");
	fails("kill", 0);
	await handle.close();
	expect(await readFile(path, "utf8")).toBe("af");
});
