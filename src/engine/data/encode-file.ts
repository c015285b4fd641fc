// Reads a data file into an encoded data set: every row is read, encoded, truncated and counted. Used by training,
// evaluation and the `tokenize` command.

import { TabTuneError } from "../../shared/errors.ts";
import { type LossRows, rowsOfLoss } from "../../shared/losses.ts";
import { dataMessage, rowsMessage } from "../../shared/messages/index.ts";
import type { Message, MessageText } from "../../shared/messages/message.ts";
import type { DataInfo, UnmappedRecord } from "../api.ts";
import { sameIds } from "./conversation.ts";
import { EncodedDataset, IGNORED } from "./dataset.ts";
import { type EncodeOptions, RowEncoder, untrained } from "./encode.ts";
import { textRows } from "./encode-text.ts";
import { encodingWarnings } from "./encoding-warnings.ts";
import { type DataFile, rawRows } from "./files.ts";
import { excerpt } from "./json.ts";
import { Repeats } from "./lengths.ts";
import type { EncodedPair } from "./preferences.ts";
import { rowKey } from "./row-keys.ts";
import type { Row } from "./row-kinds.ts";
import { type EncodedRow, RowStore, targetCount } from "./row-store.ts";
import { Warnings } from "./warnings.ts";

export interface EncodedFile {
	readonly dataset: EncodedDataset;
	/** The shape of the rows ("messages", "alpaca", …), several joined by " + "; "plain text" for .txt. */
	readonly kind: string;
	/** Rows of the file, skipped ones included. */
	readonly rows: number;
	readonly skippedRows: number;
	/** Records that yield no row. */
	readonly unmapped: DataInfo["unmapped"];
	readonly truncatedRows: number;
	readonly warnings: readonly Message[];
	/** The source of each row of `dataset`. */
	readonly sources: readonly RowSource[];
	/** Number of tokens in each row of the file before truncation, including skipped rows. */
	readonly lengths: readonly number[];
	/** A key for the text of each row of the file; rows of plain text have none. */
	readonly keys: readonly string[];
	/** Groups of identical rows, as row indices in the file (from 0); empty for plain text. */
	readonly repeats: readonly (readonly number[])[];
	/** A prompt in the style of the first row. */
	readonly samplePrompt: string;
}

export interface RowSource {
	/** Row index in the file, from 0. */
	readonly index: number;
	readonly truncated: boolean;
	/** The first tokens beyond the cut; recorded only for the first truncated rows. */
	readonly past?: EncodedRow;
}

/** Tokens kept beyond a cut, and for how many rows: enough for any preview. */
const PAST_TOKENS = 50;
const PAST_ROWS = 64;

/** Maximum number of records without a row that are listed. */
const MOST_UNMAPPED = 20;

/**
 * Encodes a file. The text of a .txt file is tokenised as a whole (with BOS if the tokenizer has one, and EOS) and split
 * into rows of max_length.
 * @throws TabTuneError "data" or "tokenizer" naming the row; "data" if no row has a trained token.
 */
export function encodeFile(file: DataFile, options: EncodeOptions): Promise<EncodedFile> {
	return encodeFiles([file], options);
}

/** Encodes several files as one set, in their order. @throws as `encodeFile` */
export async function encodeFiles(files: readonly DataFile[], options: EncodeOptions): Promise<EncodedFile> {
	const warnings = new Warnings();
	const encoder = new RowEncoder(options, warnings);
	const collected = new Collector(options.settings, warnings);
	const shapes = new Set<string>();
	let samplePrompt = "";
	const keys: string[] = [];
	const unmapped: DataInfo["unmapped"] = { count: 0, first: [] };
	for (const file of files) {
		const onUnmapped = (record: UnmappedRecord) => {
			const named = files.length === 1 ? record : { ...record, file: file.name };
			if (unmapped.count++ < MOST_UNMAPPED) unmapped.first.push(named);
		};
		const before = collected.rows;
		if (file.format === "txt") {
			shapes.add("plain text");
			for await (const { row, text, where } of textRows(file, encoder, options)) {
				if (samplePrompt === "") samplePrompt = opening(text);
				collected.add(row, where, false);
			}
			if (collected.rows === before)
				throw new TabTuneError("data", {
					what: dataMessage("noText"),
					where: file.name,
					next: dataMessage("noText.next"),
				});
		} else {
			for await (const { value, index, where } of rawRows(file, undefined, onUnmapped)) {
				const { shape, row, rating, trained } = encoder.read(value, where);
				shapes.add(shape);
				keys.push(rowKey(row));
				if (row.kind === "preference") {
					const pair = await encoder.encodePair(row, where);
					if (index === 0 && before === 0) samplePrompt = pair.prompt;
					collected.addPair(trained ? pair : { ...pair, chosen: untrained(pair.chosen) }, where);
				} else {
					if (index === 0 && before === 0) samplePrompt = promptOf(row, options);
					const encoded = rating === undefined ? encoder.encode(row, where) : encoder.encodeAnswer(row, where);
					collected.add(trained ? encoded : untrained(encoded), where, true, rating);
				}
			}
		}
	}
	const kind = [...shapes].join(" + ");
	const result = collected.result(files.map(({ name }) => name).join(", "));
	const allWarnings = [...files.flatMap(encodingWarnings), ...result.warnings];
	return { ...result, warnings: allWarnings, keys, unmapped, kind, samplePrompt };
}

/** Truncates, counts and stores rows, or pairs of rows. */
class Collector {
	private readonly store = new RowStore();
	private readonly sources: RowSource[] = [];
	private readonly lengths: number[] = [];
	private readonly repeats = new Repeats();
	private seen = 0;
	private pasts = 0;
	/** The kind of the first row, which all others must have. */
	private kind: LossRows | null = null;
	private readonly ratings: boolean[] = [];

	constructor(
		private readonly settings: EncodeOptions["settings"],
		private readonly warnings: Warnings,
	) {}

	get rows(): number {
		return this.seen;
	}

	/** @param named whether the file has the row as such; only these count as duplicates */
	add({ input_ids, labels }: EncodedRow, where: MessageText, named: boolean, rating?: boolean): void {
		this.expect(rating === undefined ? "rows" : "rated", where);
		const { max_length } = this.settings;
		const index = this.seen++;
		this.lengths.push(input_ids.length);
		if (named) this.repeats.add(index, input_ids, labels);
		const truncated = input_ids.length > max_length;
		if (truncated) this.warnings.add("truncated", where, (rows) => dataMessage("truncated", { rows, max_length }));
		const row = { input_ids: input_ids.subarray(0, max_length), labels: labels.subarray(0, max_length) };
		if (targetCount(row.labels) === 0) {
			this.warnings.add("skipped", where, (rows) => dataMessage("skipped", { rows }));
			return;
		}
		this.store.push(row);
		if (rating !== undefined) this.ratings.push(rating);
		const past = truncated && this.pasts++ < PAST_ROWS ? tail({ input_ids, labels }, max_length) : undefined;
		this.sources.push({ index, truncated, past });
	}

	/** Adds both answers of a row. A pair is skipped if truncation removes all targets of an answer. */
	addPair({ chosen, rejected }: EncodedPair, where: MessageText): void {
		this.expect("pairs", where);
		const { max_length } = this.settings;
		const index = this.seen++;
		const sides = [chosen, rejected];
		this.lengths.push(Math.max(...sides.map(({ input_ids }) => input_ids.length)));
		this.repeats.add(
			index,
			sides.flatMap(({ input_ids }) => [...input_ids]),
			sides.flatMap(({ labels }) => [...labels]),
		);
		const truncated = sides.some(({ input_ids }) => input_ids.length > max_length);
		if (truncated) this.warnings.add("truncated", where, (rows) => dataMessage("truncated", { rows, max_length }));
		const cut = sides.map(({ input_ids, labels }) => ({
			input_ids: input_ids.subarray(0, max_length),
			labels: labels.subarray(0, max_length),
		}));
		if (sameIds(chosen.input_ids, rejected.input_ids)) {
			this.warnings.add("same", where, (rows) => rowsMessage("samePairs", { rows }));
			return;
		}
		if (cut.some(({ labels }) => targetCount(labels) === 0)) {
			this.warnings.add("skipped", where, (rows) => dataMessage("skipped", { rows }));
			return;
		}
		for (const row of cut) this.store.push(row);
		this.sources.push({ index, truncated });
	}

	/** @throws TabTuneError if kinds of rows are mixed, or do not match the training objective */
	private expect(kind: LossRows, where: MessageText): void {
		if (this.kind === kind) return;
		const problem = this.kind === null ? unsuited(kind, this.settings) : mixed(this.kind, kind);
		if (problem !== null) throw new TabTuneError("data", { ...problem, where });
		this.kind = kind;
	}

	private dataset(): EncodedDataset {
		if (this.kind === "pairs") return EncodedDataset.ofPairs(this.store);
		return this.kind === "rated"
			? EncodedDataset.ofRated(this.store, this.ratings)
			: EncodedDataset.ofStore(this.store);
	}

	result(name: string): Omit<EncodedFile, "kind" | "keys" | "samplePrompt" | "unmapped"> {
		const truncatedRows = this.warnings.count("truncated");
		const samePairs = this.warnings.count("same");
		if (this.store.length === 0) {
			if (samePairs === this.seen)
				throw new TabTuneError("data", {
					what: rowsMessage("nothingPreferred", { rows: samePairs }),
					where: name,
					next: rowsMessage("nothingPreferred.next"),
				});
			throw new TabTuneError("data", {
				where: name,
				...(truncatedRows > 0
					? {
							what: dataMessage("nothingTrainedCut", {
								rows: this.seen,
								truncated: truncatedRows,
								max_length: this.settings.max_length,
							}),
							next: dataMessage("nothingTrainedCut.next"),
						}
					: { what: dataMessage("nothingTrained", { rows: this.seen }), next: dataMessage("nothingTrained.next") }),
			});
		}
		return {
			dataset: this.dataset(),
			rows: this.seen,
			skippedRows: this.warnings.count("skipped") + samePairs,
			truncatedRows,
			warnings: this.warnings.messages(),
			sources: this.sources,
			lengths: this.lengths,
			repeats: this.repeats.groups(),
		};
	}
}

type Problem = { readonly what: Message; readonly next: Message };

const mixed = (...kinds: LossRows[]): Problem =>
	kinds.includes("pairs")
		? { what: dataMessage("mixedPairs"), next: dataMessage("mixedPairs.next") }
		: { what: rowsMessage("mixedRatings"), next: rowsMessage("mixedRatings.next") };

/** The reason why rows of this kind do not match the settings, or null. */
function unsuited(kind: LossRows, { loss_type = "auto", packing = false }: EncodeOptions["settings"]): Problem | null {
	const wanted = rowsOfLoss(loss_type);
	if (wanted !== null && wanted !== kind) {
		if (kind === "rated")
			return { what: rowsMessage("ratedLoss", { loss: loss_type }), next: rowsMessage("ratedLoss.next") };
		if (wanted === "rated")
			return { what: rowsMessage("noRating", { loss: loss_type }), next: rowsMessage("noRating.next") };
		if (kind === "pairs") return { what: dataMessage("pairsNll"), next: dataMessage("pairsNll.next") };
		return { what: dataMessage("noPairs", { loss: loss_type }), next: dataMessage("noPairs.next") };
	}
	if (!packing || kind === "rows") return null;
	const what = kind === "pairs" ? dataMessage("pairsPacking") : rowsMessage("ratedPacking");
	return { what, next: dataMessage("pairsPacking.next") };
}

/** A copy, so that the whole row can be freed. */
function tail({ input_ids, labels }: EncodedRow, start: number): EncodedRow {
	return {
		input_ids: input_ids.slice(start, start + PAST_TOKENS),
		labels: labels.slice(start, start + PAST_TOKENS),
	};
}

/** The prompt of the row, or the first words of a text. */
function promptOf(row: Row, { tokenizer }: EncodeOptions): string {
	if (row.kind === "text") return opening(row.text);
	if (row.kind === "prompt-completion") return row.prompt;
	if (row.kind === "ids") {
		if (tokenizer === null) return "";
		const start = row.labels?.findIndex((label) => label !== IGNORED) ?? 0;
		return opening(
			tokenizer.decode(start > 0 ? row.input_ids.slice(0, start) : row.input_ids, { skipSpecialTokens: true }),
		);
	}
	const turns = row.kind === "messages" ? row.messages : row.prompt;
	return turns.find(({ role }) => role === "user")?.content ?? "";
}

function opening(text: string): string {
	return excerpt(text, 200).split(" ").slice(0, 6).join(" ");
}
