// A data set made ready for a run, and told to the person before it starts: how much, what is trained, what went wrong.
import type { DataInfo, DataPreviewRow, RunSettings } from "../api.ts";
import type { EncodedDataset } from "./dataset.ts";
import type { EncodeOptions } from "./encode.ts";
import { type EncodedFile, encodeFile } from "./encode-file.ts";
import type { DataFile } from "./files.ts";
import { type EncodedRow, IGNORED } from "./row-store.ts";
import type { Tokenizer } from "./tokenizer.ts";

export interface PreparedData {
	/** Packed when the settings say so: its `length` counts bins then. */
	readonly train: EncodedDataset;
	/** Never packed: the loss is token-weighted. Null when nothing is held out. */
	readonly heldOut: EncodedDataset | null;
	readonly info: DataInfo;
}

/** The settings that decide what a data set is. */
export type DataSettings = EncodeOptions["settings"] &
	Pick<RunSettings, "packing" | "seed" | "per_device_train_batch_size" | "gradient_accumulation_steps">;

const PREVIEW_ROWS = 5;
const PREVIEW_TOKENS = 400;

/**
 * Encodes a training file and holds rows out: those of another file, or a share (0 … 0.5) drawn by the seed.
 * @throws TabTuneError "data", "tokenizer" or "not-yet" as `encodeFile` does.
 */
export async function prepareData(
	data: DataFile,
	heldOut: DataFile | number,
	options: Omit<EncodeOptions, "settings"> & { readonly settings: DataSettings },
): Promise<PreparedData> {
	const { settings, tokenizer } = options;
	const file = await encodeFile(data, options);
	const held = typeof heldOut === "number" ? null : await encodeFile(heldOut, options);
	const parts =
		typeof heldOut === "number"
			? file.dataset.split(heldOut, settings.seed)
			: { train: file.dataset, heldOut: held?.dataset ?? null };
	const train = settings.packing ? parts.train.packed(settings.max_length) : parts.train;
	const microBatches = train.microBatchCount(settings.per_device_train_batch_size);
	const info: DataInfo = {
		kind: file.kind,
		rows: train.rowCount,
		heldOutRows: parts.heldOut?.rowCount ?? 0,
		skippedRows: file.skippedRows + (held?.skippedRows ?? 0),
		truncatedRows: file.truncatedRows + (held?.truncatedRows ?? 0),
		tokens: train.tokens,
		trainedTokens: train.trainedTokens,
		stepsPerEpoch: Math.ceil(microBatches / settings.gradient_accumulation_steps),
		warnings: [
			...file.warnings,
			...(held?.warnings.map((warning) => `held-out rows: ${warning}`) ?? []),
			...kindWarnings(file),
		],
		preview: previewOf(file, tokenizer),
		samplePrompt: file.samplePrompt,
	};
	return { train, heldOut: parts.heldOut, info };
}

function kindWarnings({ kind }: EncodedFile): string[] {
	return kind.includes(" + ") ? [`the file mixes kinds of rows: ${kind}`] : [];
}

/** The first rows as tokens, with what is trained: the token is a target, whichever position predicts it. */
function previewOf(file: EncodedFile, tokenizer: Tokenizer | null): DataPreviewRow[] {
	const rows = Math.min(PREVIEW_ROWS, file.dataset.length);
	return Array.from({ length: rows }, (_, row) => {
		const [encoded] = file.dataset.unit(row);
		return { ...file.sources[row], tokens: tokensOf(encoded, tokenizer) };
	});
}

/** Without a tokenizer (rows of input_ids, a model folder that lacks one) tokens show as their numbers. */
function tokensOf({ input_ids, labels }: EncodedRow, tokenizer: Tokenizer | null): DataPreviewRow["tokens"] {
	const ids = input_ids.subarray(0, PREVIEW_TOKENS);
	const pieces = tokenizer?.pieces(ids) ?? Array.from(ids, (id) => `${id} `);
	return Array.from(ids, (id, t) => ({ id, text: pieces[t], trained: t > 0 && labels[t] !== IGNORED }));
}
