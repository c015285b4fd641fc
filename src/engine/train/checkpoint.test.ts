// Checkpoints written and read again, and those that earlier versions of the CLI and of the page wrote.
import { expect, test } from "vitest";
import { freshAdapter } from "../adapters/create-adapter.ts";
import { encodeFloat32, memoryFolder, writeSafetensors } from "../formats/index.ts";
import { errorOf } from "../formats/test-tools.ts";
import { openModelFiles } from "../models/load.ts";
import type { RunStorage } from "../persistence/run-storage.ts";
import {
	checkResume,
	numberedCheckpoints,
	readCheckpoint,
	saveNumberedCheckpoint,
	storageFolder,
	writeCheckpoint,
} from "./checkpoint.ts";
import { resolveSettings } from "./settings.ts";
import { testFolder } from "./test-runtime.ts";

const model = await openModelFiles(testFolder("fixtures/goldens/odd"), "odd");
const settings = resolveSettings({ r: 2, per_device_train_batch_size: 2, gradient_accumulation_steps: 2 }, "the test");
const adapter = await freshAdapter(model, settings, () => Promise.reject(new Error("unneeded")));
const flat = (scale: number) => Float32Array.from({ length: adapter.layout.size }, (_, i) => scale * (i + 1));
const state = { step: 7, updates: 6, params: flat(0.5), exp_avg: flat(1e-3), exp_avg_sq: flat(1e-6) };
const checkpoint = { state, adapter, settings, rows: 11 };

function memoryStorage(): RunStorage & { readonly contents: Map<string, Blob> } {
	const contents = new Map<string, Blob>();
	const below = (folder: string) =>
		[...contents.keys()]
			.filter((path) => folder === "" || path.startsWith(`${folder}/`))
			.map((path) => (folder === "" ? path : path.slice(folder.length + 1)));
	return {
		contents,
		files: async (folder) => below(folder),
		folders: async (folder) => [
			...new Set(below(folder).flatMap((path) => (path.includes("/") ? [path.split("/")[0]] : []))),
		],
		read: async (path) => contents.get(path) ?? null,
		write: async (path, content) => void contents.set(path, new Blob([content as Uint8Array<ArrayBuffer>])),
		async remove(path) {
			for (const name of [...contents.keys()]) if (name === path || name.startsWith(`${path}/`)) contents.delete(name);
		},
	};
}
const tensor = (name: string, values: Float32Array) => ({
	name,
	dtype: "F32",
	shape: [values.length],
	bytes: encodeFloat32(values),
});
const tensors = [
	tensor("params", state.params),
	tensor("exp_avg", state.exp_avg),
	tensor("exp_avg_sq", state.exp_avg_sq),
];

test("a checkpoint is read as it was written, and states its position in the data", async () => {
	const storage = memoryStorage();
	await writeCheckpoint(storage, "run/checkpoint", model, checkpoint);
	const saved = await readCheckpoint(storageFolder(storage, "run/checkpoint", "run"));
	expect(saved).toMatchObject({ state, settings, rows: 11 });
	expect(await checkResume(saved, { ...checkpoint, where: "run" })).toEqual([]);
	// Eleven rows are six micro-batches, three steps an epoch: step 8 begins with the third micro-batch of the third epoch.
	const facts = JSON.parse((await storage.contents.get("run/checkpoint/trainer_state.json")?.text()) ?? "");
	expect(facts.data_position).toEqual({ epoch: 2, micro_batch: 2, rows: 11 });
	expect([...storage.contents.keys()]).toContain("run/checkpoint/adapter_model.safetensors");
});

test("a folder whose update was interrupted after the state file resumes from that state", async () => {
	const storage = memoryStorage();
	await writeCheckpoint(storage, "c", model, checkpoint);
	const old = storage.contents.get("c/trainer_state.json") as Blob;
	await writeCheckpoint(storage, "c", model, { ...checkpoint, state: { ...state, step: 9 } });
	storage.contents.set("c/trainer_state.json", old);
	expect((await readCheckpoint(storageFolder(storage, "c", "c"))).state.step).toBe(9);
});

test("differing settings and rows are listed, except settings that do not affect the steps", async () => {
	const storage = memoryStorage();
	await writeCheckpoint(storage, "c", model, checkpoint);
	const saved = await readCheckpoint(storageFolder(storage, "c", "c"));
	const other = { ...settings, learning_rate: 0.5, seed: 3, save_steps: 4, eval_steps: 2 };
	expect((await checkResume(saved, { adapter, settings: other, rows: 12, where: "c" })).sort()).toEqual([
		"learning_rate",
		"rows",
		"seed",
	]);
});

test("a checkpoint of another adapter is refused", async () => {
	const storage = memoryStorage();
	await writeCheckpoint(storage, "c", model, checkpoint);
	const saved = await readCheckpoint(storageFolder(storage, "c", "c"));
	const larger = await freshAdapter(model, { ...settings, r: 4 }, () => Promise.reject(new Error("unneeded")));
	const resume = () => checkResume(saved, { ...checkpoint, adapter: larger, where: "c" });
	expect((await errorOf(resume)).message).toMatch(/other adapter settings/);
});

test("a checkpoint that the CLI wrote before version 2 resumes", async () => {
	const folder = memoryFolder("old", {
		"optimizer.safetensors": writeSafetensors(tensors, { format: "pt" }),
		"trainer_state.json": JSON.stringify({ global_step: 7, updates: 6, settings }),
	});
	const saved = await readCheckpoint(folder);
	expect(saved.state).toEqual(state);
	expect(await checkResume(saved, { ...checkpoint, where: "old" })).toEqual([]);
});

test("a run that the page stored before version 2 resumes", async () => {
	const counts = tensor("counts", Float32Array.of(7, 6));
	const folder = memoryFolder("old", {
		"adapter.zip": new Uint8Array(4),
		"state.safetensors": writeSafetensors([...tensors, counts], { format: "pt" }),
	});
	const saved = await readCheckpoint(folder);
	expect(saved.state).toEqual(state);
	expect(await checkResume(saved, { ...checkpoint, where: "old" })).toEqual([]);
});

test.each([
	["another folder", { "notes.txt": "" }, /not a checkpoint/],
	[
		"a later version",
		{
			"optimizer.safetensors": writeSafetensors(tensors, { tabtune_checkpoint: "3" }),
			"trainer_state.json": "{}",
		},
		/format version 3/,
	],
	[
		"counts that are none",
		{ "optimizer.safetensors": writeSafetensors(tensors, { format: "pt" }), "trainer_state.json": "{}" },
		/other adapter settings/,
	],
	[
		"a file without moments",
		{
			"optimizer.safetensors": writeSafetensors(tensors.slice(0, 1), { format: "pt" }),
			"trainer_state.json": '{"global_step":7,"updates":6}',
		},
		/no tensor exp_avg/,
	],
])("%s is refused", async (_, files, message) => {
	expect((await errorOf(() => readCheckpoint(memoryFolder("c", files)))).message).toMatch(message);
});

test("the oldest numbered checkpoints are deleted, and incomplete ones are not counted", async () => {
	const storage = memoryStorage();
	const limited = { ...settings, save_total_limit: 2 };
	for (const step of [2, 10, 4])
		await saveNumberedCheckpoint(storage, model, { ...checkpoint, settings: limited, state: { ...state, step } });
	expect(await numberedCheckpoints(storage)).toEqual([4, 10]);
	await storage.remove("checkpoint-10/trainer_state.json");
	expect(await numberedCheckpoints(storage)).toEqual([4]);
});

test("a checkpoint that cannot be written leaves no folder", async () => {
	const storage = memoryStorage();
	const { write } = storage;
	storage.write = async (path, content) => {
		if (path.endsWith("optimizer.safetensors")) throw new Error("the disk is full");
		await write(path, content);
	};
	await expect(saveNumberedCheckpoint(storage, model, checkpoint)).rejects.toThrow(/full/);
	expect(storage.contents.size).toBe(0);
});
