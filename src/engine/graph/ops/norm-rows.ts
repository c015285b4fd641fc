// Shared by RMSNorm and LayerNorm: the reference of a row, and the gradients as two ops.
import { normGradientCall, normWeightGradientCalls } from "../../kernels/norm.ts";
import { liveRows, type StepScalars } from "../../kernels/step.ts";
import type { TensorSpec } from "../ir.ts";
import { defineOp, ranges, type Values } from "../op.ts";

export interface NormAttrs {
	readonly eps: number;
	/** Groups of columns that are normalised separately with the same weight: heads. 1 when absent. */
	readonly groups?: number;
	/** The stored weight is the weight minus 1 (Gemma). */
	readonly one_plus?: boolean;
}

export interface CenteredNormAttrs extends NormAttrs {
	/** true: LayerNorm; false: RMSNorm. */
	readonly centered: boolean;
}

/** Calls `visit` for each group of each live row with its start, mean (0 for RMSNorm) and inverse deviation. x: [T, groups · H] */
export function eachRow(
	x: Values,
	spec: TensorSpec,
	step: StepScalars,
	{ eps, centered, groups = 1 }: CenteredNormAttrs,
	visit: (start: number, mean: number, inverse: number, row: number) => void,
): void {
	const [rows] = spec.shape;
	const width = spec.shape[1] / groups;
	for (let row = 0; row < liveRows(rows, spec.live, step) * groups; row++) {
		const start = row * width;
		let mean = 0;
		if (centered) {
			for (let c = 0; c < width; c++) mean += x[start + c];
			mean /= width;
		}
		let squares = 0;
		for (let c = 0; c < width; c++) squares += (x[start + c] - mean) ** 2;
		visit(start, mean, 1 / Math.sqrt(squares / width + eps), row);
	}
}

/** The factor of each column. */
export function gainOf({ one_plus = false }: NormAttrs, weight: Values): (column: number) => number {
	return (column) => (one_plus ? 1 : 0) + weight[column];
}

/** inputs: x [T, groups · H], weight [H], dout as x; output: dx. The inverse deviation is recomputed, not stored. */
export const normGradient = defineOp<CenteredNormAttrs>({
	op: "normGradient",
	infer(_attrs, [x]) {
		return [{ shape: x.shape, dtype: "f32" }];
	},
	reference({ attrs, inputs: [x, weight, dout], inputSpecs: [spec], outputs: [dx], step }) {
		const width = spec.shape[1] / (attrs.groups ?? 1);
		const gain = gainOf(attrs, weight);
		eachRow(x, spec, step, attrs, (start, mean, inverse) => {
			let sumG = 0;
			let sumGn = 0;
			for (let c = 0; c < width; c++) {
				const g = gain(c) * dout[start + c];
				sumG += g;
				sumGn += g * (x[start + c] - mean) * inverse;
			}
			const meanG = attrs.centered ? sumG / width : 0;
			for (let c = 0; c < width; c++) {
				const n = (x[start + c] - mean) * inverse;
				dx[start + c] = inverse * (gain(c) * dout[start + c] - meanG - (n * sumGn) / width);
			}
		});
	},
	lower({ attrs, inputs: [x, weight, dout], outputs: [dx] }) {
		const io = ranges({ x, weight, dout, dx });
		return [normGradientCall(io, { ...grouped(x, attrs), weightBf16: weight.dtype === "bf16" })];
	},
});

/** inputs: weight [H] (for its shape), x [T, groups · H], dout as x; outputs: dweight [H], statistics [T, 2 · groups]. */
export const normWeightGradient = defineOp<CenteredNormAttrs>({
	op: "normWeightGradient",
	infer({ groups = 1 }, [weight, x]) {
		return [
			{ shape: weight.shape, dtype: "f32" },
			{ shape: [x.shape[0], 2 * groups], dtype: "f32", live: x.live },
		];
	},
	reference({ attrs, inputs: [_weight, x, dout], inputSpecs: [, spec], outputs: [dweight, statistics], step }) {
		const width = spec.shape[1] / (attrs.groups ?? 1);
		const sums = new Float64Array(width);
		eachRow(x, spec, step, attrs, (start, mean, inverse, row) => {
			statistics[row * 2] = mean;
			statistics[row * 2 + 1] = inverse;
			for (let c = 0; c < width; c++) sums[c] += dout[start + c] * (x[start + c] - mean) * inverse;
		});
		dweight.set(sums);
	},
	lower({ attrs, inputs: [, x, dout], outputs: [dweight, statistics] }) {
		const io = ranges({ x, dout, statistics, dweight });
		return normWeightGradientCalls(io, grouped(x, attrs));
	},
});

/** Shape parameters of the norm kernels for x: [rows, groups · width]. */
export function grouped({ shape: [rows, columns], live }: TensorSpec, attrs: CenteredNormAttrs) {
	const { groups = 1 } = attrs;
	return { ...attrs, rows, groups, width: columns / groups, live };
}

/** Throws unless x is [T, groups · H] and each vector [H]. */
export function checkNormShapes(op: string, x: TensorSpec, vectors: readonly TensorSpec[], groups = 1): void {
	if (x.shape.length !== 2) throw new Error(`${op}: x is [${x.shape}], not [T, H]`);
	for (const vector of vectors) {
		if (vector.shape.length !== 1 || vector.shape[0] * groups !== x.shape[1]) {
			throw new Error(`${op}: ${vector.name} is [${vector.shape}], x is [${x.shape}]`);
		}
	}
}
