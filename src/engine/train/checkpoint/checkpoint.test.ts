// Checkpoints written and read again, damaged ones, those of other runs, and those that earlier versions of the CLI and of the
// page wrote.

import { beforeEach, describe, expect, test } from "vitest";
import { textOf } from "../../../shared/messages/message.ts";
import { freshAdapter } from "../../adapters/create-adapter.ts";
import { EncodedDataset } from "../../data/dataset.ts";
import { encodeFloat32, memoryFolder, writeSafetensors } from "../../formats/index.ts";
import { errorOf } from "../../formats/test-tools.ts";
import { openModelFiles } from "../../models/load.ts";
import type { RunStorage } from "../../persistence/run-storage.ts";
import { resolveSettings } from "../settings.ts";
import { testFolder } from "../test-runtime.ts";
import { type Checkpoint, readCheckpoint, storageFolder } from "./checkpoint.ts";
import { blockOffsets, fingerprintsOf } from "./identity.ts";
import { newestCheckpoint, numberedCheckpoints, saveNumberedCheckpoint } from "./numbered.ts";
import { checkResume, resumedSettings } from "./resume.ts";

const model = await openModelFiles(testFolder("fixtures/goldens/odd"), "odd");
const settings = resolveSettings({ r: 2, per_device_train_batch_size: 2, gradient_accumulation_steps: 2 }, "the test");
const adapterOf = (more: object) =>
	freshAdapter(model, { ...settings, ...more }, () => Promise.reject(new Error("unneeded")));
const adapter = await adapterOf({});
const rows = (last: number) =>
	EncodedDataset.of(
		Array.from({ length: 11 }, () => ({ input_ids: Int32Array.of(1, last), labels: Int32Array.of(-100, last) })),
	);
const flat = (scale: number) => Float32Array.from({ length: adapter.layout.size }, (_, i) => scale * (i + 1));
const state = { step: 7, updates: 6, params: flat(0.5), exp_avg: flat(1e-3), exp_avg_sq: flat(1e-6) };
const fingerprints = await fingerprintsOf(model, adapter.layout, rows(2));
const now = { ...fingerprints, rows: 11, size: adapter.layout.size };
const checkpoint: Checkpoint = {
	state,
	best: null,
	adapter,
	settings,
	rows: 11,
	run: { id: "run-a", folder: "out", continues: false, ...fingerprints },
};
const at = (step: number, more: Partial<Checkpoint> = {}) => ({
	...checkpoint,
	state: { ...state, step, updates: step },
	...more,
});
const ofRun = (id: string) => ({ run: { ...checkpoint.run, id } });

type MemoryStorage = RunStorage & { readonly contents: Map<string, Blob> };

function memoryStorage(): MemoryStorage {
	const contents = new Map<string, Blob>();
	const below = (folder: string) =>
		[...contents.keys()]
			.filter((path) => folder === "" || path.startsWith(`${folder}/`))
			.map((path) => (folder === "" ? path : path.slice(folder.length + 1)));
	const write = async (path: string, content: Uint8Array | Blob) =>
		void contents.set(path, new Blob([content as Uint8Array<ArrayBuffer>]));
	return {
		contents,
		files: async (folder) => below(folder),
		folders: async (folder) => [
			...new Set(below(folder).flatMap((path) => (path.includes("/") ? [path.split("/")[0]] : []))),
		],
		read: async (path) => contents.get(path) ?? null,
		write,
		async writeFolder(folder, files) {
			for (const { path, bytes } of files) await write(`${folder}/${path}`, bytes);
		},
		async setAside(folder) {
			for (const [path, blob] of [...contents])
				if (path.startsWith(`${folder}/`)) {
					contents.delete(path);
					contents.set(path.replace(folder, `${folder}.earlier`), blob);
				}
			return `${folder}.earlier`;
		},
		async remove(path) {
			for (const name of [...contents.keys()]) if (name === path || name.startsWith(`${path}/`)) contents.delete(name);
		},
	};
}

let storage: MemoryStorage;
beforeEach(() => {
	storage = memoryStorage();
});
const save = (given: Checkpoint) => saveNumberedCheckpoint(storage, "", model, given);
const readAt = (name: string) => readCheckpoint(storageFolder(storage, name, name));
const names = async () => (await storage.folders("")).filter((name) => name.startsWith("checkpoint-")).sort();
async function newest(run: string | null) {
	const skipped: string[] = [];
	const found = await newestCheckpoint(storage, "", run, (message) => skipped.push(textOf(message)));
	return { name: found?.name, skipped };
}
/** Changes one byte. */
async function flip(path: string, index: number): Promise<void> {
	const bytes = new Uint8Array(await (storage.contents.get(path) as Blob).arrayBuffer());
	bytes[index] ^= 0x10;
	storage.contents.set(path, new Blob([bytes]));
}

test("what is written is read again, and its position in the data is stated", async () => {
	await save(checkpoint);
	expect(await readAt("checkpoint-7")).toEqual({ state, best: null, settings, rows: 11, run: checkpoint.run });
	// Eleven rows are six micro-batches, three steps an epoch: step 8 begins with the third micro-batch of the third epoch.
	const facts = JSON.parse((await storage.contents.get("checkpoint-7/trainer_state.json")?.text()) ?? "");
	expect(facts.data_position).toEqual({ epoch: 2, micro_batch: 2, rows: 11 });
	expect(facts.run).toMatchObject({ id: "run-a", base: fingerprints.base, data: fingerprints.data });
	expect([...storage.contents.keys()]).toContain("checkpoint-7/adapter_model.safetensors");
});

test("NaN and infinity are not written, and the tensor is named", async () => {
	const bad = { ...state, exp_avg: state.exp_avg.with(5, Number.POSITIVE_INFINITY) };
	expect((await errorOf(() => save({ ...checkpoint, state: bad }))).message).toMatch(
		/exp_avg contains NaN or infinity at \[5\]/,
	);
	const params = state.params.with(3, Number.NaN);
	expect((await errorOf(() => save({ ...checkpoint, state: { ...state, params } }))).message).toMatch(/NaN/);
	expect(storage.contents.size).toBe(0);
});

describe("a damaged or incomplete checkpoint", () => {
	beforeEach(async () => {
		for (const step of [3, 6]) await save(at(step));
	});

	test("each of 200 changed bytes is noticed, and the checkpoint before is used", async () => {
		const paths = [...storage.contents.keys()].filter((path) => path.startsWith("checkpoint-6/"));
		const sizes = paths.map((path) => storage.contents.get(path)?.size ?? 0);
		for (let n = 0; n < 200; n++) {
			const file = n % paths.length;
			const index = Math.floor((((n * 7919) % 1009) / 1009) * sizes[file]);
			await flip(paths[file], index);
			// A changed space of checksums.json may leave it valid.
			const { name, skipped } = await newest("run-a");
			if (!paths[file].endsWith("checksums.json")) {
				expect(name).toBe("checkpoint-3");
				expect(skipped.join()).toMatch(/^checkpoint-6 is skipped: /);
			}
			await flip(paths[file], index);
		}
		expect(await newest("run-a")).toEqual({ name: "checkpoint-6", skipped: [] });
	});

	test("each missing file is noticed, and an empty folder is skipped", async () => {
		for (const [path, blob] of [...storage.contents].filter(([path]) => path.startsWith("checkpoint-6/"))) {
			storage.contents.delete(path);
			expect((await newest("run-a")).name).toBe("checkpoint-3");
			storage.contents.set(path, blob);
		}
		storage.contents.set("checkpoint-9/notes.txt", new Blob(["mine"]));
		expect(await newest("run-a")).toEqual({
			name: "checkpoint-6",
			skipped: ["checkpoint-9 is skipped: this is not a checkpoint"],
		});
	});

	test("one that is read back differently is an error, and the one before stays", async () => {
		const { writeFolder } = storage;
		storage.writeFolder = async (folder, files) => {
			await writeFolder(folder, files);
			await flip(`${folder}/optimizer.safetensors`, 900);
		};
		const limited = { ...settings, save_total_limit: 1 };
		expect((await errorOf(() => save(at(9, { settings: limited })))).message).toMatch(
			/optimizer.safetensors is missing or does not match/,
		);
		expect((await newest("run-a")).name).toBe("checkpoint-6");
	});
});

describe("checkpoints of several runs in one folder", () => {
	test("another run's are not read, not counted by save_total_limit and not removed", async () => {
		for (const step of [5, 10, 12]) await save(at(step, { settings: { ...settings, save_steps: 5 } }));
		const limited = { ...ofRun("run-b"), settings: { ...settings, save_total_limit: 2, save_steps: 2 } };
		for (const step of [2, 4, 6]) await save(at(step, limited));
		expect(await names()).toEqual(["checkpoint-10", "checkpoint-12", "checkpoint-4", "checkpoint-5", "checkpoint-6"]);
		expect((await newest("run-b")).name).toBe("checkpoint-6");
		expect((await newest("run-a")).name).toBe("checkpoint-12");
		expect((await newest("run-c")).name).toBeUndefined();
	});

	test("one of the same number is set aside, also a folder that is none", async () => {
		await save(at(3));
		expect(await save(at(3, ofRun("run-b")))).toBe("checkpoint-3.earlier");
		expect((await readAt("checkpoint-3.earlier")).run?.id).toBe("run-a");
		storage.contents.set("checkpoint-4/thesis.txt", new Blob(["mine"]));
		expect(await save(at(4))).toBe("checkpoint-4.earlier");
		expect(await storage.contents.get("checkpoint-4.earlier/thesis.txt")?.text()).toBe("mine");
	});
});

test("of those saved by time, the newest two stay; those of save_steps all do", async () => {
	for (const step of [1, 4, 7, 10, 11]) await save(at(step, { settings: { ...settings, save_steps: 5 } }));
	expect((await numberedCheckpoints(storage)).map(({ step }) => step)).toEqual([10, 11]);
});

describe("resuming", () => {
	const saved = { state, best: null, settings, rows: 11, run: checkpoint.run };
	const message = async (more: Partial<typeof now>) =>
		(await errorOf(() => checkResume(saved, { ...now, ...more }, "c", false))).message;

	test("the run's own settings are taken; those that may differ are named", () => {
		const {
			settings: resumed,
			warning,
			branches,
		} = resumedSettings({ ...settings, learning_rate: 0.01 }, { learning_rate: 0.5, save_steps: 4 }, "c");
		expect(resumed).toEqual({ ...settings, learning_rate: 0.5, save_steps: 4 });
		expect(warning && textOf(warning)).toBe(
			"The run resumes with settings that differ from those of its checkpoint: learning_rate is 0.01 in the checkpoint, 0.5 here; save_steps is 0 in the checkpoint, 4 here.",
		);
		expect(branches).toBe(true);
		expect(
			resumedSettings(settings, { seed: settings.seed, init_lora_weights: "gaussian", save_steps: 2 }, "c").branches,
		).toBe(false);
	});

	test.each([
		["seed", 3],
		["lora_alpha", 128],
		["use_rslora", true],
		["target_modules", ["o_proj"]],
		["per_device_train_batch_size", 1],
		["max_length", 12],
		["init_lora_weights", "pissa"],
	])("another %s is refused", async (name, value) => {
		const error = await errorOf(() => resumedSettings(settings, { [name]: value, learning_rate: 1 }, "c"));
		expect(error.message).toContain(
			`${name} is ${JSON.stringify(settings[name as "seed"])} in the checkpoint, ${JSON.stringify(value)} here`,
		);
		expect(error.message).not.toContain("learning_rate");
		expect(error.code).toBe("usage");
	});

	test("another base, precision or layout is refused, and other rows unless they are allowed", async () => {
		expect(checkResume(saved, now, "c", false)).toEqual([]);
		expect(await message({ base: "0" })).toMatch(/a different base model/);
		expect(await message({ base: await fingerprintOfChanged(-4) })).toMatch(/a different base model/);
		expect(await message({ base: await fingerprintOfChanged(0) })).toMatch(/a different base model/);
		const [first] = fingerprints.base.split("-"); // an earlier version wrote this one alone
		expect(checkResume(saved, { ...now, base: first }, "c", false)).toEqual([]);
		expect(await message({ dtype: "nf4" })).toMatch(/base in float32, but here the base is loaded in nf4/);
		expect(await message({ size: 1 })).toMatch(/different adapter settings/);
		const { layout } = await fingerprintsOf(model, (await adapterOf({ lora_alpha: 7 })).layout, rows(2));
		expect(await message({ layout })).toMatch(/different adapter settings/);
		const { data } = await fingerprintsOf(model, adapter.layout, rows(3));
		expect(await message({ data })).toMatch(/different training rows.*--allow-other-data/);
		expect(checkResume(saved, { ...now, data }, "c", true)).toHaveLength(1);
	});
});

/** The fingerprint of the base with another number in its largest weight. @param at in bytes, from the end if negative */
async function fingerprintOfChanged(at: number): Promise<string> {
	const { files } = model;
	const [[name]] = [...files.tensors].sort(([, a], [, b]) => b.byteLength - a.byteLength);
	const readRange = async (asked: string, offset: number, length: number) => {
		const bytes = (await files.readRange?.(asked, offset, length)) ?? new Uint8Array();
		const place = (at < 0 ? (files.tensors.get(name)?.byteLength ?? 0) + at : at) - offset;
		if (asked === name && place >= 0 && place < length) bytes[place] ^= 1;
		return bytes;
	};
	return (await fingerprintsOf({ ...model, files: { ...files, readRange } }, adapter.layout, rows(2))).base;
}

test("blocks of a fingerprint reach from the first to the last byte of a weight", () => {
	expect(blockOffsets(10)).toEqual([0]);
	expect(blockOffsets(4096 * 3)).toEqual([0, 4096, 8192]);
	expect(blockOffsets(4096 * 100 + 1)).toEqual([0, 33 * 4096, 66 * 4096, 100 * 4096]);
	const large = blockOffsets(1 << 30);
	expect([large.length, large.at(-1)]).toEqual([64, (1 << 30) - 4096]);
});

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
const oldFacts = JSON.stringify({ global_step: 7, updates: 6, settings });

test.each([
	[
		"the CLI before version 2",
		{ "optimizer.safetensors": writeSafetensors(tensors, { format: "pt" }), "trainer_state.json": oldFacts },
	],
	[
		"version 2",
		{
			"optimizer.safetensors": writeSafetensors(tensors, {
				tabtune_checkpoint: "2",
				global_step: "7",
				updates: "6",
				settings_sha256: "0",
				rows: "11",
			}),
			"trainer_state.json": oldFacts,
		},
	],
	[
		"the page before version 2",
		{
			"adapter.zip": new Uint8Array(4),
			"state.safetensors": writeSafetensors([...tensors, tensor("counts", Float32Array.of(7, 6))], { format: "pt" }),
		},
	],
])("a checkpoint of %s resumes", async (_, files) => {
	const saved = await readCheckpoint(memoryFolder("old", files));
	expect(saved.state).toEqual(state);
	expect(checkResume(saved, now, "old", false)).toEqual([]);
});

const withNaN = [tensors[0], tensor("exp_avg", state.exp_avg.with(2, Number.NaN)), tensors[2]];
test.each([
	["another folder", { "notes.txt": "" }, /not a checkpoint/],
	[
		"a later version",
		{
			"optimizer.safetensors": writeSafetensors(tensors, { tabtune_checkpoint: "4" }),
			"trainer_state.json": "{}",
		},
		/format version 4/,
	],
	[
		"counts that are none",
		{ "optimizer.safetensors": writeSafetensors(tensors, { format: "pt" }), "trainer_state.json": "{}" },
		/different adapter settings/,
	],
	[
		"a file without moments",
		{
			"optimizer.safetensors": writeSafetensors(tensors.slice(0, 1), { format: "pt" }),
			"trainer_state.json": '{"global_step":7,"updates":6}',
		},
		/no tensor exp_avg/,
	],
	[
		"NaN in the optimizer's state",
		{ "optimizer.safetensors": writeSafetensors(withNaN, {}, { finite: false }), "trainer_state.json": oldFacts },
		/exp_avg contains NaN or infinity at \[2\]/,
	],
])("%s is refused", async (_, files, message) => {
	expect((await errorOf(() => readCheckpoint(memoryFolder("c", files)))).message).toMatch(message);
});
