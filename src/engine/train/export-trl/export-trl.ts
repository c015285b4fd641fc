// Exports a run as a folder that repeats it with TRL, PEFT and Accelerate on many GPUs. The rows are the run's ids and labels,
// and the adapter starts as the run's does, so that the losses are the same from the first step. fixtures/check_export_trl.py
// trains one. The settings table states how each setting is exported (`trl`).
import { TabTuneError } from "../../../shared/errors.ts";
import { type LossRows, lossesOf } from "../../../shared/losses.ts";
import { studyMessage, trainMessage } from "../../../shared/messages/index.ts";
import { DEFAULT_SETTINGS, SETTING_NAMES, SETTINGS } from "../../../shared/settings.ts";
import { exportAdapter } from "../../adapters/adapter-files.ts";
import type { RunSettings } from "../../api.ts";
import type { EncodedDataset } from "../../data/dataset.ts";
import { checkBestSettings, criterionOf } from "../best.ts";
import { epochPlan } from "../epochs.ts";
import { accelerateConfig, REQUIREMENTS, trlReadme } from "./texts.ts";
import script from "./train.py?raw";
import type { TrlExportFile, TrlExportRun } from "./trl-run.ts";

/** Rows converted to JSON at a time, so that a large set is never in memory as text. */
const ROWS_A_PIECE = 500;
/** Maximum number of epochs whose order is exported; later epochs repeat the first ones. */
const MOST_EPOCHS = 50;

/** @throws TabTuneError "not-yet" for features that TRL, PEFT and Accelerate would not reproduce */
export async function exportTrl(run: TrlExportRun): Promise<TrlExportFile[]> {
	const { model, settings, train, heldOut } = run;
	checkBestSettings(settings, run);
	refuseOthers(settings, train.kind);
	const { totalSteps, stepsPerEpoch } = epochPlan(train.length, settings);
	const epochs = Math.min(MOST_EPOCHS, Math.ceil(totalSteps / stepsPerEpoch));
	const [name, revision] = hubName(model.name);
	const sft_config = SETTING_NAMES.filter((name) => SETTINGS[name].trl === "argument");
	const facts = {
		model: name,
		...(revision === undefined ? {} : { revision }),
		...resized(model),
		settings,
		sft_config,
	};
	const files: TrlExportFile[] = [
		text("README.md", trlReadme(run, totalSteps)),
		text("train.py", script),
		text("run.json", `${JSON.stringify(facts, null, 2)}\n`),
		text("requirements.txt", REQUIREMENTS),
		text("accelerate_config.yaml", accelerateConfig),
		{ path: "data/train.jsonl", pieces: () => rowLines(train) },
		...(heldOut === null ? [] : [{ path: "data/eval.jsonl", pieces: () => rowLines(heldOut) }]),
		...(await exportAdapter(model, run.start)).map(({ path, bytes }) => ({
			path: `start/${path}`,
			pieces: () => once(bytes),
		})),
		...(run.baseFiles ?? []).map(({ path, pieces }) => ({ path: `model/${path}`, pieces })),
	];
	if (settings.shuffle || settings.group_by_length)
		files.push({ path: "data/order.json", pieces: () => orders(train, settings, epochs) });
	return files;
}

/** How train.py changes the base before it loads start/, which has the weights that differ from the base's. */
function resized({ changes, config: { vocab_size, tie_word_embeddings } }: TrlExportRun["model"]) {
	if (changes === null || changes.tensors.size === 0) return {};
	const untied = tie_word_embeddings !== changes.base.config.tie_word_embeddings;
	return {
		...(vocab_size === changes.base.config.vocab_size ? {} : { vocab_size }),
		...(untied ? { tie_word_embeddings } : {}),
	};
}

/** Splits "owner/name@revision"; a path has no revision. */
function hubName(name: string): [string, string | undefined] {
	const [, id, revision] = /^([\w.-]+\/[\w.-]+)@([\w.-]+)$/.exec(name) ?? [];
	return id === undefined ? [name, undefined] : [id, revision];
}

/** @throws TabTuneError "not-yet" for a setting that TRL, PEFT and Accelerate would not reproduce */
function refuseOthers(settings: RunSettings, kind: LossRows): void {
	const other = SETTING_NAMES.find(
		(name) => SETTINGS[name].trl === "default" && settings[name] !== DEFAULT_SETTINGS[name],
	);
	const { init_lora_weights: init } = settings;
	if (kind !== "rows") refuse("loss_type", lossesOf(settings.loss_type, kind).join("+"));
	if (other !== undefined) refuse(other, String(settings[other]));
	if (typeof init === "string") refuse("init_lora_weights", init);
	const metric = criterionOf(settings)?.metric ?? "eval_loss";
	if (metric !== "eval_loss") refuse("metric_for_best_model", metric);
}

function refuse(name: string, value: string): never {
	throw new TabTuneError("not-yet", {
		what: studyMessage("exportTrl", { setting: studyMessage("settingValue", { name, value }) }),
		where: trainMessage("theSettings"),
		next: studyMessage("exportTrl.next"),
	});
}

function text(path: string, content: string): TrlExportFile {
	return { path, pieces: () => once(new TextEncoder().encode(content)) };
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
	yield bytes;
}

async function* rowLines(data: EncodedDataset): AsyncGenerator<Uint8Array> {
	for (let first = 0; first < data.length; first += ROWS_A_PIECE) {
		let lines = "";
		for (let unit = first; unit < Math.min(first + ROWS_A_PIECE, data.length); unit++)
			for (const { input_ids, labels } of data.unit(unit))
				lines += `${JSON.stringify({ input_ids: [...input_ids], labels: [...labels] })}\n`;
		yield new TextEncoder().encode(lines);
	}
}

async function* orders(data: EncodedDataset, settings: RunSettings, epochs: number): AsyncGenerator<Uint8Array> {
	for (let epoch = 0; epoch < epochs; epoch++) {
		const order = JSON.stringify([...data.epochOrder(epoch, settings)]);
		yield new TextEncoder().encode(`${epoch === 0 ? "[" : ",\n"}${order}${epoch === epochs - 1 ? "]\n" : ""}`);
	}
}
