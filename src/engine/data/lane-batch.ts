// The micro-batch of a race: the same rows for every lane, one lane after another on the token axis.
import type { TokenBatch } from "./batch.ts";

/** Lanes begin at multiples of this many tokens: attention's tiles never hold two, so one that diverges stays alone. */
const LANE_ROWS = 8;

export interface LaneBatch {
	readonly batch: TokenBatch;
	readonly laneTokens: number; // a multiple of LANE_ROWS
	readonly laneTargets: number;
}

/** Tokens of a lane with its filling. */
export const laneTokensOf = (tokens: number): number => Math.ceil(tokens / LANE_ROWS) * LANE_ROWS;

/** Copies a batch for each lane. The filling behind a lane's tokens sees itself alone and predicts nothing. */
export function stackLanes(one: TokenBatch, lanes: number): LaneBatch {
	const tokens = one.ids.length;
	const laneTokens = laneTokensOf(tokens);
	const laneTargets = one.target_ids.length;
	const perToken = (source: Uint32Array, moves: boolean, filling: (t: number) => number) => {
		const all = new Uint32Array(lanes * laneTokens);
		for (let lane = 0; lane < lanes; lane++) {
			const first = lane * laneTokens;
			for (let t = 0; t < tokens; t++) all[first + t] = source[t] + (moves ? first : 0);
			for (let t = first + tokens; t < first + laneTokens; t++) all[t] = filling(t);
		}
		return all;
	};
	const perTarget = (source: Uint32Array, step: number) =>
		Uint32Array.from(
			{ length: lanes * laneTargets },
			(_, i) => source[i % laneTargets] + Math.floor(i / laneTargets) * step,
		);
	return {
		laneTokens,
		laneTargets,
		batch: {
			ids: perToken(one.ids, false, () => 0),
			positions: perToken(one.positions, false, () => 0),
			kv_start: perToken(one.kv_start, true, (t) => t),
			kv_last: perToken(one.kv_last, true, (t) => t),
			virtual: new Uint32Array(lanes * laneTokens),
			q_end: perToken(one.q_end, true, (t) => t + 1),
			target_rows: perTarget(one.target_rows, laneTokens),
			target_ids: perTarget(one.target_ids, 0),
		},
	};
}
