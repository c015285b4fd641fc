// A micro-batch as the GPU sees it: one flat token axis without padding. Rows follow each other, and three
// index arrays keep attention inside its row, so a packed batch and a batch of rows are the same thing.
import { type EncodedRow, IGNORED, targetCount } from "./row-store.ts";

/** T tokens of all rows, R trained targets of all rows. Every index is into the token axis. */
export interface TokenBatch {
	readonly ids: Uint32Array; // [T]
	readonly positions: Uint32Array; // [T], from 0 in every row
	readonly kv_start: Uint32Array; // [T], first token of the row: the first key that token t sees
	readonly kv_last: Uint32Array; // [T], the last key it sees: itself
	readonly q_end: Uint32Array; // [T], one past the row's last token: the queries that see token t end there
	readonly virtual: Uint32Array; // [T], 0 for a token, i for virtual token i − 1 in front of a row, whose id is 0
	readonly target_rows: Uint32Array; // [R], tokens whose next token in the row is trained, ascending
	readonly target_ids: Uint32Array; // [R], that next token
}

/**
 * Lays rows on one token axis. Position t predicts labels[t + 1] of the same row, so a row's last token predicts nothing.
 * @param virtualTokens positions in front of each row; the last of them predicts labels[0], as in peft/peft_model.py
 */
export function flattenRows(rows: readonly EncodedRow[], virtualTokens = 0): TokenBatch {
	const T = rows.reduce((total, { input_ids }) => total + virtualTokens + input_ids.length, 0);
	const R = rows.reduce((total, { labels }) => total + targetCount(labels, virtualTokens), 0);
	const batch = {
		ids: new Uint32Array(T),
		positions: new Uint32Array(T),
		kv_start: new Uint32Array(T),
		kv_last: new Uint32Array(T),
		q_end: new Uint32Array(T),
		virtual: new Uint32Array(T),
		target_rows: new Uint32Array(R),
		target_ids: new Uint32Array(R),
	};
	let start = 0;
	let target = 0;
	for (const { input_ids, labels } of rows) {
		const first = start + virtualTokens;
		const end = first + input_ids.length;
		batch.ids.set(input_ids, first);
		for (let i = 0; i < virtualTokens; i++) batch.virtual[start + i] = i + 1;
		batch.kv_start.fill(start, start, end);
		batch.q_end.fill(end, start, end);
		for (let t = start; t < end; t++) {
			batch.positions[t] = t - start;
			batch.kv_last[t] = t;
			const next = labels[t + 1 - first];
			if (t + 1 >= first && t + 1 < end && next !== IGNORED) {
				batch.target_rows[target] = t;
				batch.target_ids[target++] = next;
			}
		}
		start = end;
	}
	return batch;
}
