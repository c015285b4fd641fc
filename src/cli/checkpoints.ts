// Checkpoints of a run: checkpoint-N/ holds the adapter as PEFT reads it, the moments and the counts, so that a run goes
// on exactly where it stopped. Written beside their place and renamed, so that a folder that is there is whole.

import { readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import type { AdapterLayout } from "../engine/adapters/adapter.ts";
import type { RunSettings } from "../engine/api.ts";
import {
	decodeToFloat32,
	encodeFloat32,
	folderJson,
	openSafetensors,
	writeSafetensors,
} from "../engine/formats/index.ts";
import type { TrainerState } from "../engine/train/trainer.ts";
import { TabTuneError } from "../shared/errors.ts";
import { diskFolder, exists, writeWhole } from "./node-files.ts";

const STATE = "trainer_state.json";
const OPTIMIZER = "optimizer.safetensors";
const FLAT = ["params", "exp_avg", "exp_avg_sq"] as const;

/** Writes checkpoint-N and removes the oldest beyond save_total_limit. @param writeAdapter writes the PEFT files into a folder. */
export async function saveCheckpoint(
	outputDir: string,
	state: TrainerState,
	settings: RunSettings,
	writeAdapter: (folder: string) => Promise<void>,
): Promise<void> {
	const place = join(outputDir, `checkpoint-${state.step}`);
	const partial = join(outputDir, `.checkpoint-${state.step}.${process.pid}.partial`);
	try {
		await writeAdapter(partial);
		await writeWhole(
			join(partial, OPTIMIZER),
			writeSafetensors(
				FLAT.map((name) => ({ name, dtype: "F32", shape: [state[name].length], bytes: encodeFloat32(state[name]) })),
				{ format: "pt" },
			),
		);
		await writeWhole(
			join(partial, STATE),
			`${JSON.stringify({ global_step: state.step, updates: state.updates, settings }, null, 2)}\n`,
		);
		await rm(place, { recursive: true, force: true });
		await rename(partial, place);
	} finally {
		await rm(partial, { recursive: true, force: true });
	}
	if (settings.save_total_limit > 0) {
		const steps = await checkpointSteps(outputDir);
		for (const step of steps.slice(0, -settings.save_total_limit))
			await rm(join(outputDir, `checkpoint-${step}`), { recursive: true, force: true });
	}
}

/** The folder that --resume-from-checkpoint names; "latest" is the newest in the output folder. */
export async function findCheckpoint(name: string, outputDir: string): Promise<string> {
	const path =
		name === "latest" ? join(outputDir, `checkpoint-${(await checkpointSteps(outputDir)).at(-1) ?? 0}`) : name;
	if (await exists(join(path, STATE))) return path;
	throw new TabTuneError("usage", {
		what: name === "latest" ? "there is no checkpoint to resume from" : "this is no checkpoint",
		where: name === "latest" ? outputDir : path,
		next: "train with --save-steps N, or leave --resume-from-checkpoint out",
	});
}

/** @throws TabTuneError when the checkpoint is of a run with another adapter. */
export async function readCheckpoint(path: string, layout: AdapterLayout): Promise<TrainerState> {
	const folder = await diskFolder(path);
	const { global_step, updates } = await folderJson(folder, STATE);
	const file = await openSafetensors(await folder.open(OPTIMIZER), join(path, OPTIMIZER));
	const read = async (name: (typeof FLAT)[number]) => decodeToFloat32(await file.readTensor(name), "F32");
	const state = {
		step: Number(global_step),
		updates: Number(updates),
		params: await read("params"),
		exp_avg: await read("exp_avg"),
		exp_avg_sq: await read("exp_avg_sq"),
	};
	if (state.params.length !== layout.size || !Number.isInteger(state.step) || !Number.isInteger(state.updates)) {
		throw new TabTuneError("usage", {
			what: "the checkpoint belongs to a run with other adapter settings",
			where: path,
			next: "resume with the run.json it was trained with",
		});
	}
	return state;
}

async function checkpointSteps(outputDir: string): Promise<number[]> {
	const names = await readdir(outputDir).catch(() => []);
	return names
		.map((name) => /^checkpoint-(\d+)$/.exec(name)?.[1])
		.filter((step) => step !== undefined)
		.map(Number)
		.sort((a, b) => a - b);
}
