// The checkpoint of a run, one format for the CLI and the page. A folder with the adapter as PEFT reads it and
//   optimizer.safetensors  params, exp_avg, exp_avg_sq: [P] float32; step, updates and the run's identity as metadata
//   trainer_state.json     the same facts, every setting and the position in the data
//   checksums.json         the size and SHA-256 of every other file
// Earlier formats are read too: version 2 without checksums and identity, the CLI's before it, whose counts are in
// trainer_state.json alone, and the page's state.safetensors.

import { TabTuneError } from "../../../shared/errors.ts";
import { isObject, type JsonObject } from "../../../shared/json.ts";
import { checkpointMessage } from "../../../shared/messages/index.ts";
import type { Adapter } from "../../adapters/adapter.ts";
import { exportAdapter } from "../../adapters/adapter-files.ts";
import type { RunSettings } from "../../api.ts";
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
} from "../../formats/index.ts";
import type { LoadedModel } from "../../models/load.ts";
import type { PeftFile } from "../../peft/index.ts";
import type { RunStorage } from "../../persistence/run-storage.ts";
import type { BestState } from "../best.ts";
import { epochPlan } from "../epochs.ts";
import type { TrainerState } from "../trainer.ts";
import type { RunFingerprints, RunIdentity } from "./identity.ts";

/** Raised when a reader of the last version could not resume from a new checkpoint. */
const VERSION = 3;
const OPTIMIZER = "optimizer.safetensors";
const STATE = "trainer_state.json";
const CHECKSUMS = "checksums.json";
/** The page's file before version 2; step and updates are the tensor `counts`. */
const OLD_PAGE_STATE = "state.safetensors";
const FLAT = ["params", "exp_avg", "exp_avg_sq"] as const;

export interface Checkpoint {
	readonly state: TrainerState;
	/** The best evaluation so far; null if the settings ask for none. */
	readonly best: BestState | null;
	readonly adapter: Adapter;
	readonly settings: RunSettings;
	/** Rows of the training data, packed ones counted once. */
	readonly rows: number;
	readonly run: RunIdentity & RunFingerprints;
}

/** Contents of a checkpoint folder, apart from its adapter. The facts about the run are null in folders of older versions. */
export interface SavedState {
	readonly state: TrainerState;
	readonly best: BestState | null;
	readonly settings: Partial<RunSettings> | null;
	readonly rows: number | null;
	readonly run: (RunIdentity & RunFingerprints) | null;
}

/**
 * The files of a checkpoint.
 * @throws TabTuneError "adapter" naming the tensor that contains NaN or infinity
 */
export async function checkpointFiles(
	model: LoadedModel,
	{ state, best, adapter, settings, rows, run }: Checkpoint,
): Promise<PeftFile[]> {
	const json = (value: unknown) => new TextEncoder().encode(`${JSON.stringify(value, null, 2)}\n`);
	const { step, updates } = state;
	const optimizer = writeSafetensors(
		FLAT.map((name) => ({ name, dtype: "F32", shape: [state[name].length], bytes: encodeFloat32(state[name]) })),
		{
			format: "pt",
			tabtune_checkpoint: String(VERSION),
			global_step: String(step),
			updates: String(updates),
			rows: String(rows),
			run: JSON.stringify(run),
		},
	);
	const { layout: _layout, ...facts } = run;
	const position = { ...positionAfter(step, rows, settings), rows };
	const files = [
		...(await exportAdapter(model, { ...adapter, params: state.params, stored: null })),
		{ path: OPTIMIZER, bytes: optimizer },
		{
			path: STATE,
			bytes: json({
				global_step: step,
				updates,
				...(best && bestFacts(best, run.folder)),
				run: facts,
				data_position: position,
				settings,
			}),
		},
	];
	const checksums: Record<string, { sha256: string; bytes: number }> = {};
	for (const { path, bytes } of files) checksums[path] = { sha256: await sha256Hex(bytes), bytes: bytes.length };
	return [...files, { path: CHECKSUMS, bytes: json({ files: checksums }) }];
}

/** The name of the checkpoint of a step. */
export const checkpointName = (step: number): string => `checkpoint-${step}`;

/** The best evaluation as transformers' TrainerState names it. */
function bestFacts({ best_metric, best_global_step, ...counts }: BestState, folder: string) {
	const name = best_global_step === null ? null : checkpointName(best_global_step);
	const best_model_checkpoint = name === null || folder === "" ? name : `${folder.replace(/\/+$/, "")}/${name}`;
	return { best_metric, best_global_step, best_model_checkpoint, early_stopping: counts };
}

/** The best evaluation in trainer_state.json; null without one. @throws TabTuneError "model" for values that are not numbers */
function bestOf(facts: JsonObject, where: string): BestState | null {
	const { best_metric = null, best_global_step = null, early_stopping } = facts;
	if (!isObject(early_stopping)) return null;
	const { early_stopping_patience_counter, evaluated_step } = early_stopping;
	const isCount = (value: unknown): value is number => Number.isInteger(value) && Number(value) >= 0;
	if (best_metric !== null && typeof best_metric !== "number") throw damaged(where, STATE);
	if (best_global_step !== null && !isCount(best_global_step)) throw damaged(where, STATE);
	if (!isCount(early_stopping_patience_counter) || !isCount(evaluated_step)) throw damaged(where, STATE);
	return { best_metric, best_global_step, early_stopping_patience_counter, evaluated_step };
}

/** The data position of the step after `step`: the epoch and its micro-batch, both from 0. */
function positionAfter(step: number, rows: number, settings: RunSettings) {
	const { stepsPerEpoch } = epochPlan(rows, settings);
	return {
		epoch: Math.floor(step / stepsPerEpoch),
		micro_batch: (step % stepsPerEpoch) * settings.gradient_accumulation_steps,
	};
}

/** The id of the run that a checkpoint belongs to: null for one of an older version, undefined for a folder that is none. */
export async function runOfCheckpoint(folder: ModelFolder): Promise<string | null | undefined> {
	try {
		const { run } = (await openSafetensors(await folder.open(OPTIMIZER), folder.name)).metadata;
		return run === undefined ? null : (JSON.parse(run) as RunIdentity).id;
	} catch {
		return undefined;
	}
}

/**
 * @throws TabTuneError "usage" for a folder without a checkpoint, or one that a newer version wrote; "model" for a file that
 * is missing, damaged or contains NaN
 */
export async function readCheckpoint(folder: ModelFolder): Promise<SavedState> {
	const names = await folder.list();
	const open = async (path: string) => openSafetensors(await folder.open(path), `${folder.name}/${path}`);
	if (names.includes(CHECKSUMS)) await verifyCheckpoint(folder);
	if (names.includes(OPTIMIZER) && names.includes(STATE)) {
		const file = await open(OPTIMIZER);
		const facts = await folderJson(folder, STATE);
		const { global_step, updates, settings } = facts;
		const { tabtune_checkpoint: version = "1", rows, run, ...counts } = file.metadata;
		if (Number(version) > VERSION) throw unknownVersion(folder.name, version);
		if (Number(version) === VERSION && !names.includes(CHECKSUMS)) throw damaged(folder.name, CHECKSUMS);
		return {
			state: await stateOf(file, counts.global_step ?? global_step, counts.updates ?? updates, folder.name),
			best: bestOf(facts, folder.name),
			settings: (settings as Partial<RunSettings> | undefined) ?? null,
			rows: rows === undefined ? null : Number(rows),
			run: run === undefined ? null : (JSON.parse(run) as Checkpoint["run"]),
		};
	}
	if (names.includes(OLD_PAGE_STATE)) {
		const file = await open(OLD_PAGE_STATE);
		const [step, updates] = decodeToFloat32(await file.readTensor("counts"), "F32");
		return {
			state: await stateOf(file, step, updates, folder.name),
			best: null,
			settings: null,
			rows: null,
			run: null,
		};
	}
	throw new TabTuneError("usage", {
		what: checkpointMessage("missing"),
		where: folder.name,
		next: checkpointMessage("missing.next"),
	});
}

/** Compares every file with its checksum. @throws TabTuneError "model" naming the first that differs */
export async function verifyCheckpoint(folder: ModelFolder): Promise<void> {
	const { files } = await folderJson(folder, CHECKSUMS);
	if (!isObject(files) || !Object.hasOwn(files, OPTIMIZER) || !Object.hasOwn(files, STATE))
		throw damaged(folder.name, CHECKSUMS);
	const names = new Set(await folder.list());
	for (const [path, expected] of Object.entries(files)) {
		if (!names.has(path)) throw damaged(folder.name, path);
		const source = await folder.open(path);
		const found = { sha256: await sha256Hex(await source.read(0, source.size)), bytes: source.size };
		if (!isObject(expected) || expected.sha256 !== found.sha256 || expected.bytes !== found.bytes)
			throw damaged(folder.name, path);
	}
}

function damaged(where: string, file: string): TabTuneError {
	const next = checkpointMessage("damaged.next");
	return new TabTuneError("model", { what: checkpointMessage("damaged", { file }), where, next });
}

async function stateOf(file: TensorFile, step: unknown, updates: unknown, where: string): Promise<TrainerState> {
	const [params, exp_avg, exp_avg_sq] = await Promise.all(
		FLAT.map(async (name) => decodeToFloat32(await file.readTensor(name), "F32")),
	);
	const state = { step: Number(step), updates: Number(updates), params, exp_avg, exp_avg_sq };
	const whole = [state.step, state.updates].every((count) => Number.isInteger(count) && count >= 0);
	if (!whole || exp_avg.length !== params.length || exp_avg_sq.length !== params.length) throw otherLayout(where);
	if (state.updates > state.step || exp_avg_sq.some((square) => square < 0)) throw damaged(where, OPTIMIZER);
	return state;
}

/** The error for a checkpoint of other trained tensors. */
export function otherLayout(where: string): TabTuneError {
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
