// Data files for the commands: read, encoded, their warnings told.
import { basename } from "node:path";
import { roomForText } from "../engine/adapters/methods/prompt.ts";
import type { RunSettings } from "../engine/api.ts";
import type { EncodedDataset } from "../engine/data/dataset.ts";
import { type EncodedFile, encodeFile } from "../engine/data/encode-file.ts";
import { formatOf } from "../engine/data/files.ts";
import type { LoadedModel } from "../engine/models/load.ts";
import { openTextProcessorIfAny } from "../engine/train/text-processor.ts";
import type { RunRows } from "../engine/train/training-plan.ts";
import { fileBlob } from "./node-files.ts";
import { say } from "./output.ts";

/** Encodes a file as training with these settings sees it; rows are cut at the model's own length too. */
async function encodeDataFile(model: LoadedModel, path: string, settings: RunSettings): Promise<EncodedFile> {
	const format = formatOf(path);
	const blob = await fileBlob(path);
	const max_length = Math.min(settings.max_length, roomForText(model.config, settings));
	const language = await openTextProcessorIfAny(model.folder, model.config);
	const encoded = await encodeFile(
		{ name: basename(path), format, blob },
		{
			tokenizer: language?.tokenizer ?? null,
			template: language?.template ?? null,
			settings: { ...settings, max_length },
			vocabSize: model.config.vocab_size,
		},
	);
	for (const warning of encoded.warnings) say(`warning: ${warning}`);
	return encoded;
}

/** The rows of a file, packed when the settings ask for it. */
export async function encodeRows(model: LoadedModel, path: string, settings: RunSettings): Promise<EncodedDataset> {
	const { dataset } = await encodeDataFile(model, path, settings);
	return settings.packing
		? dataset.packed(Math.min(settings.max_length, roomForText(model.config, settings)))
		: dataset;
}

export interface RowFiles {
	readonly train: string;
	/** Rows to evaluate on, which are never packed; null for none. */
	readonly eval: string | null;
}

/** The rows of a run's files. */
export async function openRows(model: LoadedModel, files: RowFiles, settings: RunSettings): Promise<RunRows> {
	return {
		train: await encodeRows(model, files.train, settings),
		heldOut: files.eval === null ? null : await encodeRows(model, files.eval, { ...settings, packing: false }),
	};
}
