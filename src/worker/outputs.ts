// What leaves the engine: the adapter as PEFT's zip, the merged model, what an answer's tokens were worth, what a folder
// would cost. Each takes what is open and gives bytes or plain facts.

import type { Adapter } from "../engine/adapters/adapter.ts";
import { exportAdapter } from "../engine/adapters/adapter-files.ts";
import { adapterLayout } from "../engine/adapters/layout.ts";
import { mergedModel } from "../engine/adapters/merge/merged-model.ts";
import type {
	DataInfo,
	DeviceInfo,
	ModelFacts,
	NamedFile,
	RunRecord,
	RunSettings,
	RunSummary,
	ScoredToken,
	TrainingFacts,
} from "../engine/api.ts";
import { zipBlob, zipFiles } from "../engine/formats/index.ts";
import type { LoadedModel } from "../engine/models/load.ts";
import { estimateRun } from "../engine/train/estimate.ts";
import { tokenScores } from "../engine/train/logits.ts";
import { resolveSettings } from "../engine/train/settings.ts";
import type { TextProcessor } from "../engine/train/text-processor.ts";
import { TabTuneError } from "../shared/errors.ts";
import { workerMessage } from "../shared/messages/worker.en.ts";

export const adapterZip = async (model: LoadedModel, adapter: Adapter): Promise<Blob> =>
	new Blob([zipFiles(await exportAdapter(model, adapter))], { type: "application/zip" });

/** A folder's files as a zip; other files than an adapter's are left out when it is read. */
export const zippedFiles = async (files: readonly NamedFile[]): Promise<Blob> =>
	new Blob(
		[
			zipFiles(
				await Promise.all(
					files.map(async ({ path, blob }) => ({ path, bytes: new Uint8Array(await blob.arrayBuffer()) })),
				),
			),
		],
		{ type: "application/zip" },
	);

export async function mergedZip(
	model: LoadedModel,
	adapter: Adapter,
	onProgress: (done: number, total: number) => void,
): Promise<Blob> {
	const merged = await mergedModel(model, adapter, "auto");
	return zipBlob(merged.files, (done) => onProgress(Math.min(done, merged.bytes), merged.bytes));
}

/** What a model folder needs to be loaded again. */
const NEEDED =
	/^(config|generation_config|tokenizer|tokenizer_config|special_tokens_map|model\.safetensors\.index)\.json$|^chat_template\.jinja$|^model[\w-]*\.safetensors$/;

/** @throws TabTuneError "model" for one whose weights lie in no safetensors file */
export async function neededFiles({ folder }: LoadedModel): Promise<NamedFile[]> {
	if (folder.weights !== undefined)
		throw new TabTuneError("model", {
			what: workerMessage("standaloneGguf"),
			where: folder.name,
			next: workerMessage("standaloneGguf.next"),
		});
	const files: NamedFile[] = [];
	for (const path of await folder.list()) {
		if (!NEEDED.test(path)) continue;
		const source = await folder.open(path);
		files.push({ path, blob: new Blob([(await source.read(0, source.size)) as Uint8Array<ArrayBuffer>]) });
	}
	return files;
}

/** A folder's facts, and whether it and a run with the usual settings fit. */
export function modelFacts(model: LoadedModel, license: string | null, device: DeviceInfo): ModelFacts {
	const settings = resolveSettings({}, workerMessage("theSettings"));
	const tokens = Math.min(settings.max_length, model.config.max_position_embeddings);
	const layout = adapterLayout(model, settings);
	const { name, parameters, weightBytes, dtype, config } = model;
	const { fits } = estimateRun(model, layout, settings, { tokens, targets: tokens }, device);
	return { name, model_type: config.model_type, parameters, weightBytes, dtype, license, fits };
}

/** @param logits of a text under one strength: [T, vocab], row by row */
export async function scored(
	textProcessor: TextProcessor,
	input_ids: readonly number[],
	output_ids: readonly number[],
	logits: (strength: number) => Promise<Float32Array>,
	strength: number,
): Promise<ScoredToken[]> {
	const [base, tuned] = [
		tokenScores(await logits(0), input_ids.length, output_ids),
		tokenScores(await logits(strength), input_ids.length, output_ids),
	];
	const texts = textProcessor.tokenizer.pieces(output_ids);
	return output_ids.map((id, i) => ({ id, text: texts[i], base: base[i], tuned: tuned[i] }));
}

/** What a run that ended leaves to be told in its adapter's card. */
export function runFacts(
	base: TrainingFacts["base"],
	data: { readonly name: string } & Pick<DataInfo, "rows" | "heldOutRows">,
	settings: RunSettings,
	summary: RunSummary,
): TrainingFacts {
	const { steps, lastLoss, firstEvalLoss, lastEvalLoss, rewards } = summary;
	const { name, rows, heldOutRows } = data;
	const told = { base, data: { name, rows, heldOutRows }, settings, steps, lastLoss, firstEvalLoss, lastEvalLoss };
	return { ...told, ...(rewards && { rewards }) };
}

/** The same from a kept run; undefined for one that did not end. */
export function recordFacts(
	base: TrainingFacts["base"],
	{ data, settings, summary }: RunRecord,
): TrainingFacts | undefined {
	return summary === null ? undefined : runFacts(base, data, settings, summary);
}
