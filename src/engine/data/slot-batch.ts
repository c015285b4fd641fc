// The micro-batch of a race: the same rows for every lane, one lane after another on the token axis.
import type { TokenBatch } from "./batch.ts";

/** Slots begin at multiples of this many tokens: attention's tiles never hold two, so one that diverges stays alone. */
const SLOT_ROWS = 8;

export interface SlotBatch {
	readonly batch: TokenBatch;
	readonly slotTokens: number; // a multiple of SLOT_ROWS
	readonly laneTargets: number;
}

/** Tokens of a lane with its filling. */
export const slotTokensOf = (tokens: number): number => Math.ceil(tokens / SLOT_ROWS) * SLOT_ROWS;

/** Copies a batch for each lane. The filling behind a lane's tokens sees itself alone and predicts nothing. */
export function stackSlots(one: TokenBatch, lanes: number): SlotBatch {
	const tokens = one.ids.length;
	const slotTokens = slotTokensOf(tokens);
	const laneTargets = one.target_ids.length;
	const perToken = (source: Uint32Array, moves: boolean, filling: (t: number) => number) => {
		const all = new Uint32Array(lanes * slotTokens);
		for (let lane = 0; lane < lanes; lane++) {
			const first = lane * slotTokens;
			for (let t = 0; t < tokens; t++) all[first + t] = source[t] + (moves ? first : 0);
			for (let t = first + tokens; t < first + slotTokens; t++) all[t] = filling(t);
		}
		return all;
	};
	const perTarget = (source: Uint32Array, step: number) =>
		Uint32Array.from(
			{ length: lanes * laneTargets },
			(_, i) => source[i % laneTargets] + Math.floor(i / laneTargets) * step,
		);
	return {
		slotTokens,
		laneTargets,
		batch: {
			ids: perToken(one.ids, false, () => 0),
			positions: perToken(one.positions, false, () => 0),
			kv_start: perToken(one.kv_start, true, (t) => t),
			kv_last: perToken(one.kv_last, true, (t) => t),
			virtual: new Uint32Array(lanes * slotTokens),
			q_end: perToken(one.q_end, true, (t) => t + 1),
			target_rows: perTarget(one.target_rows, slotTokens),
			target_ids: perTarget(one.target_ids, 0),
		},
	};
}
