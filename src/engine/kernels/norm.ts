// RMSNorm and LayerNorm: forward, gradient of the input, gradient of the weight. One workgroup processes one row.
import source from "../../shaders/norm/norm.wgsl?raw";
import gradientSource from "../../shaders/norm/norm-gradient.wgsl?raw";
import rowsSource from "../../shaders/norm/norm-rows.wgsl?raw";
import statisticsSource from "../../shaders/norm/norm-statistics.wgsl?raw";
import weightSource from "../../shaders/norm/norm-weight.wgsl?raw";
import weightGradientSource from "../../shaders/norm/norm-weight-gradient.wgsl?raw";
import reduceSource from "../../shaders/util/reduce.wgsl?raw";
import { bindings, defineKernel, type KernelCall, spread, type TensorRange } from "./kernel.ts";
import { type LiveBound, liveCode } from "./step.ts";
import { defineVectorized } from "./vectorize.ts";

/** Invocations on one row. Few, because barriers are slow on software adapters: 32 take four times as long as 8 there. */
const WORKGROUP = 8;

const PARAMS = { rows: "u32", groups: "u32", width: "u32", eps: "f32", live_axis: "u32", live_offset: "u32" } as const;

const forward = defineVectorized({
	name: "norm",
	source: rowsSource + weightSource + source,
	includes: [reduceSource],
	params: PARAMS,
	bindings: bindings(["x", "weight", "bias"], ["out"]),
});

const gradient = defineVectorized({
	name: "norm-gradient",
	source: rowsSource + weightSource + gradientSource,
	includes: [reduceSource],
	params: PARAMS,
	bindings: bindings(["x", "weight", "dout"], ["dx"]),
});

const statistics = defineVectorized({
	name: "norm-statistics",
	source: rowsSource + statisticsSource,
	includes: [reduceSource],
	params: PARAMS,
	bindings: bindings(["x"], ["statistics"]),
});

const weightGradient = defineKernel({
	name: "norm-weight-gradient",
	source: weightGradientSource,
	params: { rows: "u32", groups: "u32", width: "u32", live_axis: "u32", live_offset: "u32" },
	bindings: bindings(["x", "dout", "statistics"], ["dweight"]),
});

export interface NormShape {
	readonly rows: number;
	/** Groups of columns that are normalised separately: heads. */
	readonly groups?: number;
	/** Width of a group. */
	readonly width: number;
	readonly eps: number;
	readonly live?: LiveBound;
	/** true: LayerNorm (mean subtracted, bias added); false: RMSNorm. */
	readonly centered: boolean;
	/** The stored weight is the weight minus 1. */
	readonly one_plus?: boolean;
}

const params = ({ rows, groups = 1, width, eps, live }: NormShape, elemSize = 1) => ({
	rows,
	groups,
	width: width / elemSize,
	eps,
	live_axis: liveCode(live),
	live_offset: live?.offset ?? 0,
});

/** out = weight * normed x (+ bias). x, out: [rows, width]; weight, bias: [width]; RMSNorm has no bias. */
export function normCall(
	io: { x: TensorRange; weight: TensorRange; bias?: TensorRange; out: TensorRange },
	shape: NormShape & { readonly weightBf16: boolean; readonly biasBf16: boolean },
): KernelCall {
	const { kernel, elemSize } = forward(shape.width, !shape.weightBf16 && !shape.biasBf16);
	return {
		kernel,
		constants: {
			WORKGROUP,
			CENTERED: shape.centered,
			WEIGHT_BF16: shape.weightBf16,
			BIAS_BF16: shape.biasBf16,
			ONE_PLUS: shape.one_plus ?? false,
		},
		params: params(shape, elemSize),
		bindings: [io.x, io.weight, io.bias ?? io.weight, io.out],
		workgroups: spread(shape.rows * (shape.groups ?? 1)),
		flops: shape.rows * (shape.groups ?? 1) * shape.width * 6,
	};
}

/** Gradient with respect to x. x, dout, dx: [rows, width]; weight: [width] */
export function normGradientCall(
	io: { x: TensorRange; weight: TensorRange; dout: TensorRange; dx: TensorRange },
	shape: NormShape & { readonly weightBf16: boolean },
): KernelCall {
	const { kernel, elemSize } = gradient(shape.width, !shape.weightBf16);
	return {
		kernel,
		constants: {
			WORKGROUP,
			CENTERED: shape.centered,
			WEIGHT_BF16: shape.weightBf16,
			ONE_PLUS: shape.one_plus ?? false,
		},
		params: params(shape, elemSize),
		bindings: [io.x, io.weight, io.dout, io.dx],
		workgroups: spread(shape.rows * (shape.groups ?? 1)),
		flops: shape.rows * (shape.groups ?? 1) * shape.width * 12,
	};
}

/** Gradient with respect to the weight, over live rows. statistics: [rows, 2], scratch; dweight: [width] */
export function normWeightGradientCalls(
	io: { x: TensorRange; dout: TensorRange; statistics: TensorRange; dweight: TensorRange },
	shape: NormShape,
): KernelCall[] {
	const { groups = 1, width } = shape;
	const rows = shape.rows * groups;
	const { kernel, elemSize } = statistics(width);
	const { eps: _eps, ...columnParams } = params(shape);
	return [
		{
			kernel,
			constants: { WORKGROUP, CENTERED: shape.centered },
			params: params(shape, elemSize),
			bindings: [io.x, io.statistics],
			workgroups: spread(rows),
			flops: rows * width * 3,
		},
		{
			kernel: weightGradient,
			constants: {},
			params: columnParams,
			bindings: [io.x, io.dout, io.statistics, io.dweight],
			workgroups: spread(Math.ceil(width / 64)),
			flops: rows * width * 4,
		},
	];
}
