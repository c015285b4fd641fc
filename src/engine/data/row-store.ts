// Stores encoded rows in chunks of typed arrays: a hundred thousand rows need only a few allocations, and the store grows
// without copying, so its peak memory is its content plus one chunk. A label is usually the token itself or ignored, which
// takes one bit; rows with other labels store them in full.
import { TabTuneError } from "../../shared/errors.ts";
import { dataMessage } from "../../shared/messages/index.ts";

/** Tokens per full chunk: 4 MiB of ids and 128 KiB of bits. */
export const CHUNK_TOKENS = 1 << 20;
const FIRST_CHUNK_TOKENS = 1 << 12;

/** The label of a token that is not trained, as in PyTorch's CrossEntropyLoss. */
export const IGNORED = -100;

/** One row, ready to train on: `labels[t]` is `input_ids[t]` or IGNORED, before the one-token shift. Both [T]. */
export interface EncodedRow {
	readonly input_ids: Int32Array;
	readonly labels: Int32Array;
}

/** A row is never split across chunks; the space after the last row that fits stays empty. */
interface Chunk {
	readonly firstRow: number;
	readonly ids: Int32Array;
	/** One bit per token, lowest bit first: whether the token is trained. */
	readonly trained: Uint8Array;
	/** Labels of rows whose labels differ from the token ids; the bits are unused for these rows. */
	readonly labels: Int32Array | null;
}

interface GivenRow {
	readonly input_ids: ArrayLike<number>;
	readonly labels: ArrayLike<number>;
}

export class RowStore {
	private readonly chunks: Chunk[] = [];
	private readonly ends: number[] = []; // of each row, within its chunk
	private total = 0;

	get length(): number {
		return this.ends.length;
	}

	/** Number of tokens in all rows. */
	get tokens(): number {
		return this.total;
	}

	/** Appends a copy of a row. @throws TabTuneError "memory" if another chunk cannot be allocated. */
	push(row: GivenRow): void {
		const { length } = row.input_ids;
		const last = this.chunks.at(-1);
		const used = this.ends.at(-1) ?? 0;
		const own = hasOwnLabels(row);
		const fits = last !== undefined && used + length <= last.ids.length && (last.labels !== null || !own);
		const chunk = fits ? last : this.addChunk(length, own);
		const start = fits ? used : 0;
		chunk.ids.set(row.input_ids, start);
		if (chunk.labels !== null) chunk.labels.set(row.labels, start);
		else
			for (let t = 0; t < length; t++)
				if (row.labels[t] !== IGNORED) chunk.trained[(start + t) >> 3] |= 1 << ((start + t) & 7);
		this.ends.push(start + length);
		this.total += length;
	}

	/** Row `index`; its ids are a view of the store. */
	row(index: number): EncodedRow {
		const { firstRow, ids, trained, labels } = this.chunkOf(index);
		const start = index === firstRow ? 0 : this.ends[index - 1];
		const end = this.ends[index];
		const input_ids = ids.subarray(start, end);
		if (labels !== null) return { input_ids, labels: labels.subarray(start, end) };
		const isTrained = (at: number) => ((trained[at >> 3] >> (at & 7)) & 1) === 1;
		return { input_ids, labels: input_ids.map((id, t) => (isTrained(start + t) ? id : IGNORED)) };
	}

	/** Number of tokens in row `index`. */
	rowLength(index: number): number {
		return this.ends[index] - (index === this.chunkOf(index).firstRow ? 0 : this.ends[index - 1]);
	}

	/** The last chunk that starts at or before row `index`. */
	private chunkOf(index: number): Chunk {
		let low = 0;
		let high = this.chunks.length - 1;
		while (low < high) {
			const middle = (low + high + 1) >> 1;
			if (this.chunks[middle].firstRow <= index) low = middle;
			else high = middle - 1;
		}
		return this.chunks[low];
	}

	/** Adds a chunk as large as all before it, up to CHUNK_TOKENS, so that small sets stay small. A longer row gets its own. */
	private addChunk(needed: number, own: boolean): Chunk {
		const capacity = Math.max(needed, Math.min(CHUNK_TOKENS, Math.max(FIRST_CHUNK_TOKENS, this.total)));
		try {
			const chunk = {
				firstRow: this.length,
				ids: new Int32Array(capacity),
				trained: new Uint8Array(own ? 0 : Math.ceil(capacity / 8)),
				labels: own ? new Int32Array(capacity) : null,
			};
			this.chunks.push(chunk);
			return chunk;
		} catch (cause) {
			throw new TabTuneError(
				"memory",
				{
					what: dataMessage("dataMemory", { tokens: this.tokens }),
					where: dataMessage("rowNumber", { row: this.length + 1 }),
					next: dataMessage("dataMemory.next"),
				},
				{ cause },
			);
		}
	}
}

/** Whether any trained label differs from its token, which is possible in rows of input_ids. */
function hasOwnLabels({ input_ids, labels }: GivenRow): boolean {
	for (let t = 0; t < labels.length; t++) if (labels[t] !== IGNORED && labels[t] !== input_ids[t]) return true;
	return false;
}

/**
 * Number of targets after the shift: position t predicts labels[t + 1], so labels[0] is a target only after virtual
 * tokens.
 */
export function targetCount(labels: ArrayLike<number>, virtualTokens = 0): number {
	let count = 0;
	for (let t = virtualTokens > 0 ? 0 : 1; t < labels.length; t++) if (labels[t] !== IGNORED) count++;
	return count;
}
