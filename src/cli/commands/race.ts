// The `race` command: trains several ranks at once over one frozen base, each with the result of a single run, and writes
// race.json and a folder for each adapter slot.

import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Adapter } from "../../engine/adapters/adapter.ts";
import { slotsOf } from "../../engine/adapters/adapter-slots.ts";
import { adapterLayout } from "../../engine/adapters/layout.ts";
import { trainsNewTokens } from "../../engine/adapters/new-token-rows.ts";
import { adviceText } from "../../engine/analysis/advice-text.ts";
import type { RunSettings } from "../../engine/api.ts";
import { refuseBestSettings } from "../../engine/train/best.ts";
import { raceHeats, requireRaceMemory } from "../../engine/train/race-plan.ts";
import { emptyRaceTable, type TrainedHeat, trainHeat } from "../../engine/train/race-session.ts";
import { raceText, withHeat } from "../../engine/train/race-table.ts";
import { raceCapacity } from "../../engine/train/race-trainer.ts";
import { RunControl } from "../../engine/train/run.ts";
import { type ModelRuntime, releaseAdapter, uploadAdapter } from "../../engine/train/runtime.ts";
import { sampleOnce } from "../../engine/train/sampler.ts";
import type { RunRows } from "../../engine/train/training-plan.ts";
import type { TabTuneError } from "../../shared/errors.ts";
import { formatMebibytes } from "../../shared/format-bytes.ts";
import { flag, need, type ParsedArgs, text } from "../args.ts";
import { cliError } from "../cli-error.ts";
import { evalRows, openRows, shownFiles, trainRows } from "../data.ts";
import { MetricsLog } from "../metrics-log.ts";
import { storageError, writeWhole } from "../node-files.ts";
import { openForTraining, startGpu } from "../open.ts";
import { result, say } from "../output.ts";
import { lockRunFolder } from "../run-folder.ts";
import { settingsOf } from "../settings-given.ts";
import { stopOnSignal } from "../signals.ts";
import { writeTrained } from "../trained.ts";
import { type Command, MODEL_OPTIONS, SET_OPTIONS } from "./command.ts";

export const raceCommand: Command = {
	name: "race",
	summary:
		"train ranks at once: --model M --ranks 1,2,4,8 [--seeds 1,2,3] --train-file F [--eval-file F] --output-dir D",
	options: {
		model: MODEL_OPTIONS.model,
		dtype: MODEL_OPTIONS.dtype,
		ranks: "text",
		seeds: "text",
		"lora-alphas": "text",
		"learning-rates": "text",
		...SET_OPTIONS,
		"eval-split": "text",
		"train-file": "text",
		"eval-file": "text",
		"output-dir": "text",
		"sample-prompt": "text",
		config: "text",
		quiet: "flag",
	},
	acceptsSettings: true,
	async run(args) {
		const outputDir = need(args, "output-dir");
		const files = { train: await trainRows(args, "train-file"), eval: await evalRows(args) };
		const ranks = numbersOf("ranks", need(args, "ranks"));
		const lora_alphas = numbers(args, "lora-alphas");
		const learning_rates = numbers(args, "learning-rates");
		const { model } = await openForTraining(args);
		const shared = await settingsOf(args);
		refuseBestSettings(shared);
		const heats = raceHeats(shared, numbers(args, "seeds") ?? [shared.seed], {
			ranks,
			...(lora_alphas === undefined ? {} : { lora_alphas }),
			...(learning_rates === undefined ? {} : { learning_rates }),
		});
		// Ranks that do not fit and methods that cannot race are reported first.
		slotsOf(
			heats[0].map((settings) => adapterLayout(model, trainsNewTokens(model, settings))),
			"race.",
		);
		const { train, heldOut } = await openRows(model, files, shared);
		const runtime = await startGpu(model);
		await lockRunFolder(outputDir);
		const capacity = raceCapacity({ slots: heats[0].map((settings) => ({ settings })), train, heldOut });
		const planned = requireRaceMemory(model, heats[0], capacity, heldOut !== null, runtime.gpu.info);
		say(
			`${ranks.length} ranks at once, ${formatMebibytes(planned)} of GPU memory${heats.length === 1 ? "" : `; ${heats.length} heats, one per seed; the slots of a heat train on the same rows in the same order`}`,
		);
		const control = new RunControl();
		const ignoreSignals = stopOnSignal(control, "the adapters are kept");
		let table = emptyRaceTable({
			model: model.name,
			device: runtime.gpu.info.description || runtime.gpu.info.vendor,
			data: { train: shownFiles(files.train), eval: files.eval && shownFiles(files.eval), rows: train.length },
			settings: shared,
		});
		const task = {
			outputDir,
			seeded: heats.length > 1,
			quiet: flag(args, "quiet"),
			prompt: text(args, "sample-prompt"),
		};
		const retired: TabTuneError[] = [];
		for (const [place, settings] of heats.entries()) {
			if (control.stopped) break;
			const [{ seed }] = settings;
			if (heats.length > 1) say(`heat ${place + 1} of ${heats.length}, seed ${seed}`);
			const { heat, slots, errors } = await heatOf(runtime, settings, { train, heldOut }, task, control);
			retired.push(...errors);
			table = withHeat(table, heat, slots);
			// Written after each heat, so that finished results survive a later failure.
			await writeWhole(join(outputDir, "race.json"), raceText(table, "json"));
		}
		ignoreSignals();
		for (const sentence of table.advice === null ? [] : adviceText(table.advice)) say(sentence);
		// If every slot failed, the first error is thrown here, once the files are written.
		const [first] = retired;
		if (first !== undefined && retired.length === table.slots.length) throw first;
		await result({
			output_dir: outputDir,
			ranks: table.byRank.map(({ rank, seeds, evalLoss }) => ({
				rank,
				seeds,
				eval_loss: evalLoss?.mean ?? null,
				eval_loss_deviation: evalLoss?.deviation ?? null,
			})),
			recommended: table.advice?.recommended ?? null,
			retired: table.slots.filter(({ state }) => state === "retired").map(({ rank, seed }) => ({ rank, seed })),
		});
	},
};

function numbers(args: ParsedArgs, option: string): number[] | undefined {
	const given = text(args, option);
	return given === undefined ? undefined : numbersOf(option, given);
}

function numbersOf(option: string, given: string): number[] {
	const list = given.split(",").map((part) => (part.trim() === "" ? Number.NaN : Number(part)));
	if (list.every(Number.isFinite)) return list;
	throw cliError("usage", {
		what: `--${option} is "${given}"`,
		where: "tabtune race",
		next: `write numbers separated by commas: --${option} 1,2,4`,
	});
}

interface Task {
	readonly outputDir: string;
	/** Whether there are several seeds, which are then part of the folder names. */
	readonly seeded: boolean;
	readonly quiet: boolean;
	readonly prompt: string | undefined;
}

/** One heat, with a folder for each slot. */
async function heatOf(
	runtime: ModelRuntime,
	settings: readonly RunSettings[],
	rows: RunRows,
	task: Task,
	control: RunControl,
): Promise<TrainedHeat> {
	const ids = settings.map(({ r, seed }) => `rank-${r}${task.seeded ? `-seed-${seed}` : ""}`);
	const folders = ids.map((id) => join(task.outputDir, id));
	const logs = folders.map(
		(folder, slot) => new MetricsLog(join(folder, "metrics.jsonl"), task.quiet, `rank ${settings[slot].r}  `),
	);
	const flush = () => Promise.all(logs.map((log) => log.flush()));
	return trainHeat(runtime, settings, rows, control, {
		state: () => undefined,
		begins: () => prepare(folders, settings),
		emit: (slot, event) => logs[slot].add(event),
		retired: (slot, _step, error) => say(`rank ${settings[slot].r} is retired, the others continue: ${error.message}`),
		async finished(slot, { adapter }) {
			await writeTrained(folders[slot], runtime.model, adapter);
			const sample = task.prompt === undefined ? null : await answered(runtime, adapter, task.prompt, settings[slot]);
			return { sample, id: ids[slot] };
		},
	}).finally(flush);
}

async function prepare(folders: readonly string[], settings: readonly RunSettings[]): Promise<void> {
	for (const [slot, folder] of folders.entries()) {
		try {
			await mkdir(folder, { recursive: true });
			await writeFile(join(folder, "metrics.jsonl"), "");
		} catch (cause) {
			throw storageError(folder, cause);
		}
		await writeWhole(join(folder, "run.json"), `${JSON.stringify(settings[slot], null, 2)}\n`);
	}
}

async function answered(runtime: ModelRuntime, adapter: Adapter, prompt: string, settings: RunSettings) {
	uploadAdapter(runtime, adapter);
	try {
		const sample = await sampleOnce(runtime, adapter.layout, prompt, settings);
		say(`rank ${adapter.layout.settings.r}  ${JSON.stringify(sample.text)}`);
		return sample;
	} finally {
		releaseAdapter(runtime);
	}
}
