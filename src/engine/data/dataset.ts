// The encoded data set: batching, shuffling, packing and splitting. Everything is a function of (settings, epoch, index),
// so a resumed run sees the same batches. encode.ts does the encoding.
import type { LossRows } from "../../shared/losses.ts";
import type { RunSettings } from "../api.ts";
import { Purpose, shuffledIndices } from "../random.ts";
import { flattenRows, type TokenBatch } from "./batch.ts";
import { groupByLength } from "./length-groups.ts";
import { packRows } from "./packing.ts";
import { type EncodedRow, IGNORED, RowStore, targetCount } from "./row-store.ts";

export type { TokenBatch } from "./batch.ts";
export { type EncodedRow, IGNORED } from "./row-store.ts";

type Order = Pick<RunSettings, "per_device_train_batch_size" | "shuffle" | "seed"> &
	Partial<Pick<RunSettings, "group_by_length">>;

/**
 * Rows grouped into units. A unit is one row, a bin of packed rows, or a pair of answers for preference data;
 * `per_device_train_batch_size`, shuffling and `length` count units.
 */
export class EncodedDataset {
	private lastOrder: { readonly key: string; readonly order: Uint32Array } | null = null;

	/** @param units the row indices of each unit in `store`. */
	constructor(
		private readonly store: RowStore,
		private readonly units: readonly (readonly number[])[],
		/** Virtual tokens in front of every row. */
		private readonly virtualTokens = 0,
		/** Whether each unit is a pair of rows: the prompt with the chosen answer, and with the rejected answer. */
		readonly inPairs = false,
		/** For rated answers: whether each row of `store` is a good one. */
		private readonly ratings: readonly boolean[] | null = null,
	) {}

	/** What kind of loss the units are for. */
	get kind(): LossRows {
		if (this.inPairs) return "pairs";
		return this.ratings === null ? "rows" : "rated";
	}

	/** The same units with virtual tokens (of a soft prompt) in front of every row, including each row of a packed bin. */
	withVirtualTokens(virtualTokens: number): EncodedDataset {
		return new EncodedDataset(this.store, this.units, virtualTokens, this.inPairs, this.ratings);
	}

	/** Makes each row a unit, in the given order. */
	static of(rows: Iterable<EncodedRow>): EncodedDataset {
		const store = new RowStore();
		for (const row of rows) store.push(row);
		return EncodedDataset.ofStore(store);
	}

	static ofStore(store: RowStore): EncodedDataset {
		return new EncodedDataset(
			store,
			Array.from({ length: store.length }, (_, row) => [row]),
		);
	}

	/** The chosen answers of pairs, or those rated as good, for metrics of single answers; other data sets are unchanged. */
	chosen(): EncodedDataset {
		const { ratings } = this;
		if (ratings !== null) {
			const good = this.units.filter(([row]) => ratings[row]);
			return new EncodedDataset(this.store, good, this.virtualTokens);
		}
		if (!this.inPairs) return this;
		return new EncodedDataset(
			this.store,
			this.units.map(([chosen]) => [chosen]),
			this.virtualTokens,
		);
	}

	/** Makes pairs of consecutive rows: chosen, rejected, chosen, … */
	static ofPairs(store: RowStore): EncodedDataset {
		const units = Array.from({ length: store.length / 2 }, (_, pair) => [2 * pair, 2 * pair + 1]);
		return new EncodedDataset(store, units, 0, true);
	}

	/** Makes each row a rated answer. */
	static ofRated(store: RowStore, ratings: readonly boolean[]): EncodedDataset {
		const units = Array.from({ length: store.length }, (_, row) => [row]);
		return new EncodedDataset(store, units, 0, false, ratings);
	}

	/** Number of units, which the batch size counts. */
	get length(): number {
		return this.units.length;
	}

	/** Number of rows, regardless of packing; of pairs for preference data. */
	get rowCount(): number {
		return this.inPairs ? this.length : this.units.reduce((total, unit) => total + unit.length, 0);
	}

	/** Indices of the rows or pairs among all that were encoded, unit by unit. */
	get places(): number[] {
		return this.inPairs ? this.units.map(([chosen]) => chosen / 2) : this.units.flat();
	}

	/** Number of tokens in all rows. */
	get tokens(): number {
		return this.units.flat().reduce((total, row) => total + this.store.rowLength(row), 0);
	}

	/** Number of tokens in the longest row. */
	get longest(): number {
		return this.units.flat().reduce((most, row) => Math.max(most, this.store.rowLength(row)), 0);
	}

	/** Number of tokens that are training targets. */
	get trainedTokens(): number {
		return this.units.flat().reduce((total, row) => total + targetCount(this.store.row(row).labels), 0);
	}

	/** The rows of unit `index`, as views. */
	unit(index: number): EncodedRow[] {
		return this.units[index].map((row) => this.store.row(row));
	}

	/**
	 * Holds out a random share of the units, drawn with `seed`; both parts keep the order of the file. A share over 0 yields
	 * at least one unit in each part; with fewer than two units nothing is held out.
	 */
	split(share: number, seed: number): { train: EncodedDataset; heldOut: EncodedDataset | null } {
		if (!(share > 0) || this.length < 2) return { train: this, heldOut: null };
		const count = Math.min(this.length - 1, Math.max(1, Math.round(share * this.length)));
		const heldOut = new Set(shuffledIndices(this.length, seed, 0, Purpose.split).subarray(0, count));
		const part = (keep: boolean) =>
			new EncodedDataset(
				this.store,
				this.units.filter((_, unit) => heldOut.has(unit) === keep),
				0,
				this.inPairs,
				this.ratings,
			);
		return { train: part(false), heldOut: part(true) };
	}

	/** The same rows packed into units of at most `maxLength` tokens (TRL's `packing`, strategy "bfd"). */
	packed(maxLength: number): EncodedDataset {
		const rows = this.units.flat();
		const bins = packRows(
			rows.map((row) => this.store.rowLength(row)),
			maxLength,
		);
		return new EncodedDataset(
			this.store,
			bins.map((bin) => bin.map((place) => rows[place])),
		);
	}

	/**
	 * The order of the units in an epoch: shuffled by (seed, epoch), or the order of the file. With group_by_length, units
	 * of similar length are together and `shuffle` is ignored, as in transformers.
	 */
	epochOrder(epoch: number, settings: Order): Uint32Array {
		const { shuffle, seed, group_by_length = false, per_device_train_batch_size } = settings;
		const key = `${epoch} ${shuffle} ${seed} ${group_by_length && per_device_train_batch_size}`;
		if (this.lastOrder?.key !== key) {
			const order =
				shuffle || group_by_length
					? shuffledIndices(this.length, seed, epoch)
					: Uint32Array.from(this.units, (_, i) => i);
			const lengths = () => this.units.map((unit) => unit.reduce((sum, row) => sum + this.store.rowLength(row), 0));
			if (group_by_length) groupByLength(order, lengths(), per_device_train_batch_size);
			this.lastOrder = { key, order };
		}
		return this.lastOrder.order;
	}

	/** Number of micro-batches per epoch; the last one may be smaller. */
	microBatchCount(batchSize: number): number {
		return Math.ceil(this.length / batchSize);
	}

	/** The units of micro-batch `index` (from 0) of epoch `epoch` (from 0). */
	microBatchUnits(epoch: number, index: number, settings: Order): Uint32Array {
		const size = settings.per_device_train_batch_size;
		return this.epochOrder(epoch, settings).subarray(index * size, (index + 1) * size);
	}

	/** Micro-batch `index` (from 0) of epoch `epoch` (from 0). */
	microBatch(epoch: number, index: number, settings: Order): TokenBatch {
		return this.batch(this.microBatchUnits(epoch, index, settings));
	}

	/** The two answers of pair `unit` as separate batches, because they have different weights. */
	pair(unit: number): { chosen: TokenBatch; rejected: TokenBatch } {
		const [chosen, rejected] = this.unit(unit).map((row) => flattenRows([row], this.virtualTokens));
		return { chosen, rejected };
	}

	/** The first row of `unit` with the tokens as targets that are none in the row: its prompt, for losses that train it too. */
	promptOf(unit: number): TokenBatch {
		const [{ input_ids, labels }] = this.unit(unit);
		const prompt = labels.map((label, token) => (label === IGNORED ? input_ids[token] : IGNORED));
		return flattenRows([{ input_ids, labels: prompt }], this.virtualTokens);
	}

	/** A rated answer and whether it is a good one. */
	answer(unit: number): { answer: TokenBatch; good: boolean } {
		return { answer: this.batch([unit]), good: this.ratings?.[this.units[unit][0]] === true };
	}

	/** The ratings of all units, as 0 and 1. */
	get ratingsText(): string {
		return this.units.map(([row]) => (this.ratings?.[row] ? 1 : 0)).join("");
	}

	/** The prompt of `unit` with the answer of `other`, cut at `maxLength`: KTO's estimate of the KL term. */
	mismatched(unit: number, other: number, maxLength: number): TokenBatch {
		const [[asked], [answered]] = [this.unit(unit), this.unit(other)];
		const [prompt, start] = [answerStart(asked), answerStart(answered)];
		const joined = (a: Int32Array, b: Int32Array) => Int32Array.of(...a.subarray(0, prompt), ...b.subarray(start));
		const input_ids = joined(asked.input_ids, answered.input_ids).subarray(0, maxLength);
		const labels = joined(asked.labels, answered.labels).subarray(0, maxLength);
		return flattenRows([{ input_ids, labels }], this.virtualTokens);
	}

	/** The micro-batches of one epoch. */
	*microBatches(epoch: number, settings: Order): Generator<TokenBatch> {
		for (let index = 0; index < this.microBatchCount(settings.per_device_train_batch_size); index++)
			yield this.microBatch(epoch, index, settings);
	}

	/** All units once, in the order of the file, for evaluation. */
	batchesInOrder(batchSize: number): TokenBatch[] {
		return [...this.microBatches(0, { per_device_train_batch_size: batchSize, shuffle: false, seed: 0 })];
	}

	/** For rated answers, one of which goes through the model at a time: the longest prompt with the longest answer. */
	private ratedCapacity(longest: number): { tokens: number; targets: number } {
		const rows = this.units.map((_, unit) => this.unit(unit)[0]);
		const most = (measure: (row: EncodedRow) => number) => rows.reduce((top, row) => Math.max(top, measure(row)), 0);
		const answer = most((row) => row.input_ids.length - answerStart(row));
		return { tokens: this.virtualTokens + Math.min(longest, most(answerStart) + answer), targets: answer };
	}

	/**
	 * Maximum number of tokens and targets in any micro-batch of `batchSize` units, for any shuffling. For pairs, the maximum
	 * of one answer, because answers go through the model one at a time.
	 * @param longest maximum row length to assume
	 */
	capacity(batchSize: number, longest = Number.POSITIVE_INFINITY): { tokens: number; targets: number } {
		if (this.ratings !== null) return this.ratedCapacity(longest);
		const most = (measure: (row: EncodedRow) => number) =>
			this.units
				.map((_, unit) => this.unit(unit).map(measure))
				.map((rows) => (this.inPairs ? Math.max(...rows) : rows.reduce((total, n) => total + n, 0)))
				.sort((a, b) => b - a)
				.slice(0, this.inPairs ? 1 : batchSize)
				.reduce((total, n) => total + n, 0);
		return {
			tokens: most(({ input_ids }) => this.virtualTokens + Math.min(longest, input_ids.length)),
			targets: most(({ labels }) => targetCount(labels.subarray(0, longest), this.virtualTokens)),
		};
	}

	private batch(units: Iterable<number>): TokenBatch {
		return flattenRows(
			[...units].flatMap((unit) => this.unit(unit)),
			this.virtualTokens,
		);
	}
}

/** The first token of the answer. */
function answerStart({ labels }: EncodedRow): number {
	const first = labels.findIndex((label) => label !== IGNORED);
	return first < 0 ? labels.length : first;
}
