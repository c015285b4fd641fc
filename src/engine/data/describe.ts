// A data set made ready for a run, and told to the person before it starts: how much, what is trained, what went wrong.
import type { DataInfo, DataPreviewRow, DataToken, RunSettings } from "../api.ts";
import type { EncodedDataset } from "./dataset.ts";
import type { EncodeOptions } from "./encode.ts";
import { type EncodedFile, encodeFile } from "./encode-file.ts";
import type { DataFile } from "./files.ts";
import { lengthHistogram } from "./lengths.ts";
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

const PREVIEW_ROWS = 12;
/** Shown even where they stand far down, so that one sees what is held out. */
const PREVIEW_HELD_OUT = 3;
const PREVIEW_TOKENS = 400;
const MOST_GROUPS = 20;

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
	// Rows held out of this file, as places in its store; those of a file of their own are not among them.
	const out = new Set(typeof heldOut === "number" ? parts.heldOut?.places : []);
	const duplicates = file.repeats.map((group) => [...group]);
	const train = settings.packing ? parts.train.packed(settings.max_length) : parts.train;
	const microBatches = train.microBatchCount(settings.per_device_train_batch_size);
	const info: DataInfo = {
		kind: file.kind,
		rows: train.rowCount,
		heldOutRows: parts.heldOut?.rowCount ?? 0,
		skippedRows: file.skippedRows + (held?.skippedRows ?? 0),
		unmapped: file.unmapped,
		truncatedRows: file.truncatedRows + (held?.truncatedRows ?? 0),
		tokens: train.tokens,
		trainedTokens: train.trainedTokens,
		stepsPerEpoch: Math.ceil(microBatches / settings.gradient_accumulation_steps),
		warnings: [
			...file.warnings,
			...(held?.warnings.map((warning) => `held-out rows: ${warning}`) ?? []),
			...kindWarnings(file),
		],
		preview: previewOf(file, out, tokenizer),
		lengths: lengthHistogram(file.lengths, settings.max_length),
		duplicates: duplicates.slice(0, MOST_GROUPS),
		duplicateRows: duplicates.reduce((total, group) => total + group.length - 1, 0),
		leakedRows: leaks(file, out),
		samplePrompt: file.samplePrompt,
	};
	return { train, heldOut: parts.heldOut, info };
}

function kindWarnings({ kind }: EncodedFile): string[] {
	return kind.includes(" + ") ? [`the file mixes kinds of rows: ${kind}`] : [];
}

/** Held-out rows whose like is trained. */
function leaks(file: EncodedFile, out: ReadonlySet<number>): number {
	const held = new Set([...out].map((row) => file.sources[row].index));
	const used = new Set(file.sources.map(({ index }) => index));
	return file.repeats
		.map((group) => group.filter((index) => used.has(index)))
		.filter((group) => group.some((index) => !held.has(index)))
		.reduce((total, group) => total + group.filter((index) => held.has(index)).length, 0);
}

/** The first rows as tokens, and the first that are held out, in the order of the file. */
function previewOf(file: EncodedFile, out: ReadonlySet<number>, tokenizer: Tokenizer | null): DataPreviewRow[] {
	const first = Array.from({ length: Math.min(PREVIEW_ROWS, file.dataset.length) }, (_, row) => row);
	const held = [...out].sort((a, b) => a - b).slice(0, PREVIEW_HELD_OUT);
	return [...new Set([...first, ...held])]
		.sort((a, b) => a - b)
		.flatMap((row) => {
			const { index, truncated, past } = file.sources[row];
			const heldOut = out.has(row);
			const encoded = file.dataset.unit(row);
			if (file.dataset.inPairs)
				return encoded.map((side, i) => ({
					index,
					side: i === 0 ? ("chosen" as const) : ("rejected" as const),
					truncated: false, // of which answer how much is cut is not kept; the warning says that there is
					tokens: tokensOf(side, tokenizer),
					cutTokens: [],
					cutCount: 0,
					heldOut,
				}));
			const [only] = encoded;
			const tokens = tokensOf(only, tokenizer);
			const cutCount = file.lengths[index] - only.input_ids.length;
			// A row too long to be shown whole has its cut out of sight.
			const cut = past === undefined || tokens.length < only.input_ids.length ? [] : tokensOf(past, tokenizer, 1);
			return { index, truncated, tokens, cutTokens: cut, cutCount, heldOut };
		});
}

/**
 * Tokens with what is trained: the token is a target, whichever position predicts it. Without a tokenizer (rows of
 * input_ids, a model folder that lacks one) they show as their numbers.
 * @param start place of the first of them in their row: what stands first in a row is never a target
 */
function tokensOf({ input_ids, labels }: EncodedRow, tokenizer: Tokenizer | null, start = 0): DataToken[] {
	const ids = input_ids.subarray(0, PREVIEW_TOKENS);
	const pieces = tokenizer?.pieces(ids) ?? Array.from(ids, (id) => `${id} `);
	return Array.from(ids, (id, t) => ({ id, text: pieces[t], trained: start + t > 0 && labels[t] !== IGNORED }));
}
