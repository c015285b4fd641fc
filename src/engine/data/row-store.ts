// Encoded rows side by side in two growing typed arrays: a hundred thousand rows are two allocations, not two hundred
// thousand, and what is handed out are views. Filled once by encode.ts, read by dataset.ts.
import { TabTuneError } from "../errors.ts";

/** The label of a token that is not trained, as in PyTorch's CrossEntropyLoss. */
export const IGNORED = -100;

/** One row, ready to train on: `labels[t]` is `input_ids[t]` or IGNORED, before the one-token shift. Both [T]. */
export interface EncodedRow {
	readonly input_ids: Int32Array;
	readonly labels: Int32Array;
}

export class RowStore {
	private ids = new Int32Array(1 << 12);
	private labels = new Int32Array(1 << 12);
	private readonly ends: number[] = [];

	get length(): number {
		return this.ends.length;
	}

	/** Tokens of all rows. */
	get tokens(): number {
		return this.ends.at(-1) ?? 0;
	}

	/** Copies a row to the end. @throws TabTuneError "memory" when the arrays cannot grow. */
	push(row: { readonly input_ids: ArrayLike<number>; readonly labels: ArrayLike<number> }): void {
		const start = this.tokens;
		const end = start + row.input_ids.length;
		if (end > this.ids.length) this.grow(end);
		this.ids.set(row.input_ids, start);
		this.labels.set(row.labels, start);
		this.ends.push(end);
	}

	/** Row `index` as views on the store. */
	row(index: number): EncodedRow {
		const start = this.start(index);
		const end = this.ends[index];
		return { input_ids: this.ids.subarray(start, end), labels: this.labels.subarray(start, end) };
	}

	/** Tokens of row `index`. */
	rowLength(index: number): number {
		return this.ends[index] - this.start(index);
	}

	private start(index: number): number {
		return index === 0 ? 0 : this.ends[index - 1];
	}

	private grow(needed: number): void {
		const capacity = Math.max(needed, this.ids.length * 2);
		try {
			const [ids, labels] = [new Int32Array(capacity), new Int32Array(capacity)];
			ids.set(this.ids);
			labels.set(this.labels);
			[this.ids, this.labels] = [ids, labels];
		} catch (cause) {
			throw new TabTuneError(
				"memory",
				{
					what: `no memory for more than ${this.tokens} tokens of data`,
					where: `row ${this.length + 1}`,
					next: "train on a part of the file",
				},
				{ cause },
			);
		}
	}
}

/**
 * Tokens that are targets after the shift: position t predicts labels[t + 1], so labels[0] is one only behind virtual
 * tokens.
 */
export function targetCount(labels: ArrayLike<number>, virtualTokens = 0): number {
	let count = 0;
	for (let t = virtualTokens > 0 ? 0 : 1; t < labels.length; t++) if (labels[t] !== IGNORED) count++;
	return count;
}
