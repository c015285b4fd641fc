// Prepares a data set for a run and summarises it for the user: sizes, training targets, warnings.
import { dataMessage } from "../../shared/messages/index.ts";
import type { Message } from "../../shared/messages/message.ts";
import type { DataInfo, DataPreviewRow, DataToken, RunSettings } from "../api.ts";
import type { EncodedDataset } from "./dataset.ts";
import type { EncodeOptions } from "./encode.ts";
import { type EncodedFile, encodeFile } from "./encode-file.ts";
import type { DataFile } from "./files.ts";
import { lengthHistogram } from "./lengths.ts";
import { overlap } from "./row-keys.ts";
import { type EncodedRow, IGNORED } from "./row-store.ts";
import type { Tokenizer } from "./tokenizer.ts";

export interface PreparedData {
	/** Packed if the settings say so; its `length` then counts bins. */
	readonly train: EncodedDataset;
	/** Never packed, because the loss is token-weighted. Null if nothing is held out. */
	readonly heldOut: EncodedDataset | null;
	readonly info: DataInfo;
}

/** The settings that a prepared data set depends on. */
export type DataSettings = EncodeOptions["settings"] &
	Pick<RunSettings, "packing" | "seed" | "per_device_train_batch_size" | "gradient_accumulation_steps">;

const PREVIEW_ROWS = 12;
/** Held-out rows in the preview, wherever they are in the file. */
const PREVIEW_HELD_OUT = 3;
const PREVIEW_TOKENS = 400;
const MOST_GROUPS = 20;

/**
 * Encodes a training file and the held-out rows: those of another file, or a share (0 … 0.5) drawn with the seed.
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
	// Indices of the held-out rows of this file; empty if the held-out rows come from another file.
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
			...(held?.warnings.map((warning) => dataMessage("heldOutRows", { warning })) ?? []),
			...kindWarnings(file),
		],
		preview: previewOf(file, out, tokenizer),
		lengths: lengthHistogram(file.lengths, settings.max_length),
		duplicates: duplicates.slice(0, MOST_GROUPS),
		duplicateRows: duplicates.reduce((total, group) => total + group.length - 1, 0),
		leakedRows: held === null ? leaks(file, out) : overlap(file.keys, held.keys),
		samplePrompt: file.samplePrompt,
	};
	return { train, heldOut: parts.heldOut, info };
}

function kindWarnings({ kind }: EncodedFile): Message[] {
	return kind.includes(" + ") ? [dataMessage("mixedKinds", { kinds: kind })] : [];
}

/** Number of held-out rows that also occur in training, up to white space. */
function leaks({ keys, sources }: EncodedFile, out: ReadonlySet<number>): number {
	if (keys.length === 0) return 0;
	const part = (isHeld: boolean) => sources.flatMap(({ index }, row) => (out.has(row) === isHeld ? [keys[index]] : []));
	return overlap(part(false), part(true));
}

/** Preview of the first rows and the first held-out rows, in the order of the file. */
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
					truncated: false, // not recorded for each answer; the warning reports it
					tokens: tokensOf(side, tokenizer),
					cutTokens: [],
					cutCount: 0,
					heldOut,
				}));
			const [only] = encoded;
			const tokens = tokensOf(only, tokenizer);
			const cutCount = file.lengths[index] - only.input_ids.length;
			// The cut of a row that is too long for the preview is not visible.
			const cut = past === undefined || tokens.length < only.input_ids.length ? [] : tokensOf(past, tokenizer, 1);
			return { index, truncated, tokens, cutTokens: cut, cutCount, heldOut };
		});
}

/**
 * Tokens of the preview, marked if they are targets. Without a tokenizer (a model folder that lacks one, with rows of
 * input_ids) their text is the id.
 * @param start index of the first token in its row; the first token of a row is never a target
 */
function tokensOf({ input_ids, labels }: EncodedRow, tokenizer: Tokenizer | null, start = 0): DataToken[] {
	const ids = input_ids.subarray(0, PREVIEW_TOKENS);
	const pieces = tokenizer?.pieces(ids) ?? Array.from(ids, (id) => `${id} `);
	return Array.from(ids, (id, t) => ({ id, text: pieces[t], trained: start + t > 0 && labels[t] !== IGNORED }));
}
