// Low-rank terms that the passes for GPUs move from a product to the op that reads it, so that the product and u, which
// has the same input, are one dispatch.
import type { LowRank } from "../../kernels/norm-sum.ts";
import { liveRows, type StepScalars } from "../../kernels/step.ts";
import type { TensorSpec } from "../ir.ts";
import type { Values } from "../op.ts";

/** to += scale · u · op(M). to: [T, columns], u: [T, rank] */
export function addLowRankTerm(
	{ scale, adapter, byColumns }: LowRank,
	[u, M]: readonly Values[],
	uSpec: TensorSpec,
	to: Values,
	step: StepScalars,
): void {
	const [rows, rank] = uSpec.shape;
	const columns = M.length / rank;
	const factor = scale * (adapter ? step.adapter_strength : 1);
	for (let t = 0; t < liveRows(rows, uSpec.live, step); t++) {
		for (let c = 0; c < columns; c++) {
			let sum = 0;
			for (let k = 0; k < rank; k++) sum += u[t * rank + k] * M[byColumns ? c * rank + k : k * columns + c];
			to[t * columns + c] += factor * sum;
		}
	}
}
