// The micro-batch of a race: the same rows for every slot, one slot after another on the token axis.
import type { TokenBatch } from "./batch.ts";

/** Slots start at multiples of this many tokens, so that no attention tile spans two slots and NaNs cannot spread. */
const SLOT_ROWS = 8;

export interface SlotBatch {
	readonly batch: TokenBatch;
	readonly slotTokens: number; // a multiple of SLOT_ROWS
	readonly slotTargets: number;
}

/** Tokens of a slot including padding. */
export const slotTokensOf = (tokens: number): number => Math.ceil(tokens / SLOT_ROWS) * SLOT_ROWS;

/** Repeats a batch for each slot. A padding token attends only to itself and predicts nothing. */
export function stackSlots(one: TokenBatch, slots: number): SlotBatch {
	const tokens = one.ids.length;
	const slotTokens = slotTokensOf(tokens);
	const slotTargets = one.target_ids.length;
	const perToken = (source: Uint32Array, moves: boolean, filling: (t: number) => number) => {
		const all = new Uint32Array(slots * slotTokens);
		for (let slot = 0; slot < slots; slot++) {
			const first = slot * slotTokens;
			for (let t = 0; t < tokens; t++) all[first + t] = source[t] + (moves ? first : 0);
			for (let t = first + tokens; t < first + slotTokens; t++) all[t] = filling(t);
		}
		return all;
	};
	const perTarget = (source: Uint32Array, step: number) =>
		Uint32Array.from(
			{ length: slots * slotTargets },
			(_, i) => source[i % slotTargets] + Math.floor(i / slotTargets) * step,
		);
	return {
		slotTokens,
		slotTargets,
		batch: {
			ids: perToken(one.ids, false, () => 0),
			positions: perToken(one.positions, false, () => 0),
			kv_start: perToken(one.kv_start, true, (t) => t),
			kv_last: perToken(one.kv_last, true, (t) => t),
			virtual: new Uint32Array(slots * slotTokens),
			q_end: perToken(one.q_end, true, (t) => t + 1),
			target_rows: perTarget(one.target_rows, slotTokens),
			target_ids: perTarget(one.target_ids, 0),
		},
	};
}
