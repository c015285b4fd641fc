// Takes the low-rank term out of a product, for passes that let the reader of its result add the term.
import type { LowRank } from "../../kernels/norm-sum.ts";
import { bufferKey, type TensorId } from "../ir.ts";
import type { MatmulAttrs } from "../ops/index.ts";
import type { Draft } from "./draft.ts";

/** Largest rank of a term that another op than the product adds. */
const MOST_RANK = 64;

export interface FoundLowRank {
	readonly low: LowRank;
	readonly u: TensorId;
	readonly M: TensorId;
}

/**
 * Removes the low-rank term of the product that writes a tensor, if the tensor is not read before `reader`.
 * @param until the node that adds the term
 * @param byColumns the only form of M that the node can add, if any: [columns, rank] or not
 * @param home the buffer that must contain M, if any
 */
export function takeLowRank(
	draft: Draft,
	id: TensorId,
	reader: number,
	until: number,
	byColumns?: boolean,
	home?: string,
): FoundLowRank | null {
	const { writers, readers } = draft.uses(id);
	const before = writers.filter((position) => position < reader);
	if (before.length !== 1 || draft.isResult(id)) return null;
	const [at] = before;
	const node = draft.node(at);
	const attrs = node.attrs as MatmulAttrs;
	if (node.op !== "matmul" || attrs.accumulate || attrs.segments.length !== 2) return null;
	if (readers.some((position) => position > at && position < reader)) return null;
	const [first, second] = attrs.segments;
	const [a, b, u, M, ...bias] = node.inputs;
	const [rank, columns] = [draft.tensor(u).shape[1], draft.tensor(id).shape[1]];
	const fits = rank % 4 === 0 && rank <= MOST_RANK && columns % 4 === 0 && draft.tensor(M).dtype === "f32";
	if (byColumns !== undefined && second.transposeB !== byColumns) return null;
	if (home !== undefined && bufferKey(draft.tensor(M)) !== home) return null;
	if (first.transposeA || second.transposeA || !fits || draft.anyWrites(at, until, [u, M])) return null;
	draft.set(at, { ...node, inputs: [a, b, ...bias], attrs: { ...attrs, segments: [first] } });
	return { low: { scale: second.scale, adapter: second.adapter, byColumns: second.transposeB }, u, M };
}
