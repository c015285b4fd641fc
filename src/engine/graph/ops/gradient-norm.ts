// gradNorm: L2 norm of the flat gradient, written into the metrics. Two ops, because the partial sums are an activation.
import { normIntoCall, SQUARES_BLOCK, sumSquaresCalls } from "../../kernels/gradient-norm.ts";
import type { GraphBuilder } from "../builder.ts";
import type { TensorSpec } from "../ir.ts";
import { defineOp, ranges } from "../op.ts";

/** inputs: values [n]; output: the sum of squares of each block of SQUARES_BLOCK values. */
export const sumSquares = defineOp<null>({
	op: "sumSquares",
	infer(_attrs, [values]) {
		if (values.shape.length !== 1) throw new Error(`sumSquares: [${values.shape}] is not flat`);
		return [{ shape: [Math.ceil(values.shape[0] / SQUARES_BLOCK)], dtype: "f32" }];
	},
	reference({ inputs: [values], outputs: [sums] }) {
		for (let b = 0; b < sums.length; b++) {
			let sum = 0;
			for (const value of values.subarray(b * SQUARES_BLOCK, (b + 1) * SQUARES_BLOCK)) sum += value * value;
			sums[b] = Number.isFinite(sum) ? sum : Number.NaN;
		}
	},
	lower({ inputs: [values], outputs: [sums], limits }) {
		return sumSquaresCalls(ranges({ values, sums }), values.shape[0], limits.maxStorageBufferBindingSize);
	},
});

export const normInto = defineOp<{ readonly index: number }>({
	op: "normInto",
	infer(_attrs, [, state]) {
		return [{ shape: state.shape, dtype: "f32" }];
	},
	updates: () => [0],
	reference({ attrs: { index }, inputs: [sums], outputs: [state] }) {
		let sum = 0;
		for (const value of sums) sum += value;
		state[index] = Number.isFinite(sum) ? Math.sqrt(sum) : Number.NaN;
	},
	lower({ attrs: { index }, inputs: [sums], outputs: [state] }) {
		return [normIntoCall(ranges({ sums, state }), sums.shape[0], index)];
	},
});

/** metrics[index] = L2 norm of the gradient; NaN when a number of it is not finite. grads: [n], metrics: [4] */
export function gradNorm(builder: GraphBuilder, name: string, grads: TensorSpec, metrics: TensorSpec, index = 1): void {
	const sums = sumSquares(builder, `${name} squares`, [grads]);
	normInto.into(builder, name, [sums, metrics], [metrics], { index });
}
