// Reads and writes the checkpoint of a run, in one format for the CLI and the page. A checkpoint is a folder with a PEFT adapter and
//   optimizer.safetensors  params, exp_avg, exp_avg_sq: [P] float32; step, updates, a hash of the settings and the position
//                          in the data as metadata. A run resumes from this file alone; it is replaced atomically
//   trainer_state.json     the same counts and every setting, for readers and for `inspect`; written last
// Earlier formats are read too: the CLI's, whose counts are in trainer_state.json alone, and the page's state.safetensors.

import { TabTuneError } from "../../shared/errors.ts";
import { checkpointMessage } from "../../shared/messages/checkpoint.en.ts";
import { pissaNiter } from "../../shared/setting-values.ts";
import type { Adapter } from "../adapters/adapter.ts";
import { exportAdapter } from "../adapters/adapter-files.ts";
import type { RunSettings } from "../api.ts";
import {
	blobSource,
	decodeToFloat32,
	encodeFloat32,
	folderJson,
	type ModelFolder,
	openSafetensors,
	sha256Hex,
	type TensorFile,
	writeSafetensors,
} from "../formats/index.ts";
import type { LoadedModel } from "../models/load.ts";
import type { RunStorage } from "../persistence/run-storage.ts";
import { epochPlan } from "./epochs.ts";
import type { TrainerState } from "./trainer.ts";

/** Incremented when a reader of the previous version cannot resume from a new checkpoint. */
const VERSION = 2;
const OPTIMIZER = "optimizer.safetensors";
const STATE = "trainer_state.json";
/** The page's file before version 2; step and updates are the tensor `counts`. */
const OLD_PAGE_STATE = "state.safetensors";
const FLAT = ["params", "exp_avg", "exp_avg_sq"] as const;

export interface Checkpoint {
	readonly state: TrainerState;
	readonly adapter: Adapter;
	readonly settings: RunSettings;
	/** Rows of the training data, packed ones counted once. */
	readonly rows: number;
}

/** Contents of a checkpoint folder, apart from its adapter. The facts about the run are null in folders of older versions. */
export interface SavedState {
	readonly state: TrainerState;
	readonly settings: Partial<RunSettings> | null;
	readonly settingsHash: string | null;
	readonly rows: number | null;
}

/** Writes a checkpoint, replacing an older one of the same run. If the write fails, the older one stays readable. */
export async function writeCheckpoint(
	storage: RunStorage,
	folder: string,
	model: LoadedModel,
	{ state, adapter, settings, rows }: Checkpoint,
): Promise<void> {
	const current = { ...adapter, params: state.params, stored: null };
	for (const { path, bytes } of await exportAdapter(model, current)) await storage.write(`${folder}/${path}`, bytes);
	const { step, updates } = state;
	const position = { ...positionAfter(step, rows, settings), rows };
	await storage.write(
		`${folder}/${OPTIMIZER}`,
		writeSafetensors(
			FLAT.map((name) => ({ name, dtype: "F32", shape: [state[name].length], bytes: encodeFloat32(state[name]) })),
			{
				format: "pt",
				tabtune_checkpoint: String(VERSION),
				global_step: String(step),
				updates: String(updates),
				settings_sha256: await settingsHash(settings),
				rows: String(rows),
			},
		),
	);
	const facts = { global_step: step, updates, data_position: position, settings };
	await storage.write(`${folder}/${STATE}`, new TextEncoder().encode(`${JSON.stringify(facts, null, 2)}\n`));
}

/** The data position of the step after `step`: the epoch and its micro-batch, both from 0. */
function positionAfter(step: number, rows: number, settings: RunSettings) {
	const { stepsPerEpoch } = epochPlan(rows, settings);
	return {
		epoch: Math.floor(step / stepsPerEpoch),
		micro_batch: (step % stepsPerEpoch) * settings.gradient_accumulation_steps,
	};
}

/** @throws TabTuneError "usage" for a folder without a checkpoint, or one that a newer version wrote; "model" for a damaged file */
export async function readCheckpoint(folder: ModelFolder): Promise<SavedState> {
	const names = await folder.list();
	const open = async (path: string) => openSafetensors(await folder.open(path), `${folder.name}/${path}`);
	if (names.includes(OPTIMIZER) && names.includes(STATE)) {
		const file = await open(OPTIMIZER);
		const { global_step, updates, settings } = await folderJson(folder, STATE);
		const { tabtune_checkpoint: version, settings_sha256, rows, ...counts } = file.metadata;
		if (version !== undefined && Number(version) !== VERSION) throw unknownVersion(folder.name, version);
		return {
			state: await stateOf(file, counts.global_step ?? global_step, counts.updates ?? updates, folder.name),
			settings: (settings as Partial<RunSettings> | undefined) ?? null,
			settingsHash: settings_sha256 ?? null,
			rows: rows === undefined ? null : Number(rows),
		};
	}
	if (names.includes(OLD_PAGE_STATE)) {
		const file = await open(OLD_PAGE_STATE);
		const [step, updates] = decodeToFloat32(await file.readTensor("counts"), "F32");
		return {
			state: await stateOf(file, step, updates, folder.name),
			settings: null,
			settingsHash: null,
			rows: null,
		};
	}
	throw new TabTuneError("usage", {
		what: checkpointMessage("missing"),
		where: folder.name,
		next: checkpointMessage("missing.next"),
	});
}

async function stateOf(file: TensorFile, step: unknown, updates: unknown, where: string): Promise<TrainerState> {
	const [params, exp_avg, exp_avg_sq] = await Promise.all(
		FLAT.map(async (name) => decodeToFloat32(await file.readTensor(name), "F32")),
	);
	const state = { step: Number(step), updates: Number(updates), params, exp_avg, exp_avg_sq };
	const whole = [state.step, state.updates].every((count) => Number.isInteger(count) && count >= 0);
	if (!whole || exp_avg.length !== params.length || exp_avg_sq.length !== params.length) throw otherRun(where);
	return state;
}

/**
 * Checks that a run can resume from a checkpoint.
 * @returns names of the settings that differ from the checkpoint's, with "rows" for a data set of another length: the run
 * resumes, but differs from an uninterrupted run
 * @throws TabTuneError "usage" when the checkpoint's adapter has other parameters
 */
export async function checkResume(
	{ state, settings: saved, settingsHash: hash, rows: savedRows }: SavedState,
	{ adapter, settings, rows, where }: Pick<Checkpoint, "adapter" | "settings" | "rows"> & { readonly where: string },
): Promise<string[]> {
	if (state.params.length !== adapter.layout.size) throw otherRun(where);
	const changed: string[] = [];
	if (hash !== null && saved !== null && hash !== (await settingsHash(settings))) {
		const [before, now] = [comparable(saved), comparable(settings)];
		const names = [...new Set([...Object.keys(before), ...Object.keys(now)])];
		changed.push(...names.filter((name) => JSON.stringify(before[name]) !== JSON.stringify(now[name])));
	}
	return savedRows === null || savedRows === rows ? changed : [...changed, "rows"];
}

function otherRun(where: string): TabTuneError {
	return new TabTuneError("usage", {
		what: checkpointMessage("otherRun"),
		where,
		next: checkpointMessage("otherRun.next"),
	});
}

function unknownVersion(where: string, version: string): TabTuneError {
	return new TabTuneError("usage", {
		what: checkpointMessage("version", { version, supported: VERSION }),
		where,
		next: checkpointMessage("version.next"),
	});
}

/** Settings that do not affect the training steps. */
const NEUTRAL: ReadonlySet<string> = new Set(["eval_steps", "save_steps", "save_total_limit"]);

/** Initialisation matters only before the first step, except that PiSSA also changes the frozen weights. */
function comparable(settings: Partial<RunSettings>): Record<string, unknown> {
	const { init_lora_weights } = settings;
	const pissa = init_lora_weights !== undefined && pissaNiter(init_lora_weights) !== undefined;
	const kept = { ...settings, init_lora_weights: pissa ? init_lora_weights : true };
	return Object.fromEntries(
		Object.entries(kept)
			.filter(([name]) => !NEUTRAL.has(name))
			.sort(([a], [b]) => (a < b ? -1 : 1)),
	);
}

function settingsHash(settings: RunSettings): Promise<string> {
	return sha256Hex(new TextEncoder().encode(JSON.stringify(comparable(settings))));
}

/** Presents a storage folder as a ModelFolder, for the readers of models, adapters and checkpoints. */
export function storageFolder(storage: RunStorage, path: string, name: string): ModelFolder {
	const read = async (file: string) => {
		const blob = await storage.read(path === "" ? file : `${path}/${file}`);
		if (blob !== null) return blob;
		throw new TabTuneError("model", {
			what: checkpointMessage("fileMissing", { file }),
			where: name,
			next: checkpointMessage("fileMissing.next"),
		});
	};
	return {
		name,
		list: () => storage.files(path),
		open: async (file) => blobSource(await read(file)),
		text: async (file) => (await read(file)).text(),
	};
}

/** Writes the folder checkpoint-N and removes the oldest beyond save_total_limit. */
export async function saveNumberedCheckpoint(
	storage: RunStorage,
	model: LoadedModel,
	checkpoint: Checkpoint,
): Promise<void> {
	const folder = `checkpoint-${checkpoint.state.step}`;
	await storage.remove(folder);
	try {
		await writeCheckpoint(storage, folder, model, checkpoint);
	} catch (error) {
		await storage.remove(folder).catch(() => undefined);
		throw error;
	}
	const { save_total_limit } = checkpoint.settings;
	if (save_total_limit === 0) return;
	for (const step of (await numberedCheckpoints(storage)).slice(0, -save_total_limit))
		await storage.remove(`checkpoint-${step}`);
}

/** Steps of the complete checkpoint-N folders, in ascending order. */
export async function numberedCheckpoints(storage: RunStorage): Promise<number[]> {
	const steps: number[] = [];
	for (const name of await storage.folders("")) {
		const step = /^checkpoint-(\d+)$/.exec(name)?.[1];
		if (step !== undefined && (await storage.read(`${name}/${STATE}`)) !== null) steps.push(Number(step));
	}
	return steps.sort((a, b) => a - b);
}
