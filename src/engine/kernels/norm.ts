// RMSNorm and LayerNorm: forward, gradient of the input, gradient of the weight. One workgroup walks one row.
import bf16Source from "../../shaders/bf16.wgsl?raw";
import source from "../../shaders/norm.wgsl?raw";
import gradientSource from "../../shaders/norm-gradient.wgsl?raw";
import rowsSource from "../../shaders/norm-rows.wgsl?raw";
import statisticsSource from "../../shaders/norm-statistics.wgsl?raw";
import weightGradientSource from "../../shaders/norm-weight-gradient.wgsl?raw";
import reduceSource from "../../shaders/reduce.wgsl?raw";
import { defineKernel, type KernelCall, spread, type TensorRange } from "./kernel.ts";
import { type LiveBound, liveCode } from "./step.ts";

/** Invocations on one row. Small, because barriers are slow on software adapters; see bench/ops. */
const WORKGROUP = 32;

const PARAMS = { rows: "u32", width: "u32", eps: "f32", live_axis: "u32", live_offset: "u32" } as const;

const forward = defineKernel({
	name: "norm",
	source,
	includes: [bf16Source, reduceSource, rowsSource],
	params: PARAMS,
	bindings: [
		{ name: "x", access: "read" },
		{ name: "weight", access: "read" },
		{ name: "bias", access: "read" },
		{ name: "out", access: "read_write" },
	],
});

const gradient = defineKernel({
	name: "norm-gradient",
	source: gradientSource,
	includes: [bf16Source, reduceSource, rowsSource],
	params: PARAMS,
	bindings: [
		{ name: "x", access: "read" },
		{ name: "weight", access: "read" },
		{ name: "dout", access: "read" },
		{ name: "dx", access: "read_write" },
	],
});

const statistics = defineKernel({
	name: "norm-statistics",
	source: statisticsSource,
	includes: [reduceSource, rowsSource],
	params: PARAMS,
	bindings: [
		{ name: "x", access: "read" },
		{ name: "statistics", access: "read_write" },
	],
});

const weightGradient = defineKernel({
	name: "norm-weight-gradient",
	source: weightGradientSource,
	params: { rows: "u32", width: "u32", live_axis: "u32", live_offset: "u32" },
	bindings: [
		{ name: "x", access: "read" },
		{ name: "dout", access: "read" },
		{ name: "statistics", access: "read" },
		{ name: "dweight", access: "read_write" },
	],
});

export interface NormShape {
	readonly rows: number;
	readonly width: number;
	readonly eps: number;
	readonly live?: LiveBound;
	/** true: LayerNorm (mean taken off, bias added); false: RMSNorm. */
	readonly centered: boolean;
}

const params = ({ rows, width, eps, live }: NormShape) => ({ rows, width, eps, live_axis: liveCode(live), live_offset: live?.offset ?? 0 });

/** out = weight * normed x (+ bias). x, out: [rows, width]; weight, bias: [width]; RMSNorm has no bias. */
export function normCall(
	io: { x: TensorRange; weight: TensorRange; bias?: TensorRange; out: TensorRange },
	shape: NormShape & { readonly weightBf16: boolean; readonly biasBf16: boolean },
): KernelCall {
	return {
		kernel: forward,
		constants: { WORKGROUP, CENTERED: shape.centered, WEIGHT_BF16: shape.weightBf16, BIAS_BF16: shape.biasBf16 },
		params: params(shape),
		bindings: [io.x, io.weight, io.bias ?? io.weight, io.out],
		workgroups: spread(shape.rows),
		flops: shape.rows * shape.width * 6,
	};
}

/** Gradient with respect to x. x, dout, dx: [rows, width]; weight: [width] */
export function normGradientCall(
	io: { x: TensorRange; weight: TensorRange; dout: TensorRange; dx: TensorRange },
	shape: NormShape & { readonly weightBf16: boolean },
): KernelCall {
	return {
		kernel: gradient,
		constants: { WORKGROUP, CENTERED: shape.centered, WEIGHT_BF16: shape.weightBf16 },
		params: params(shape),
		bindings: [io.x, io.weight, io.dout, io.dx],
		workgroups: spread(shape.rows),
		flops: shape.rows * shape.width * 12,
	};
}

/** Gradient with respect to the weight, over live rows. statistics: [rows, 2], scratch; dweight: [width] */
export function normWeightGradientCalls(
	io: { x: TensorRange; dout: TensorRange; statistics: TensorRange; dweight: TensorRange },
	shape: NormShape,
): KernelCall[] {
	const { rows, width } = shape;
	const { eps: _eps, ...columnParams } = params(shape);
	return [
		{
			kernel: statistics,
			constants: { WORKGROUP, CENTERED: shape.centered },
			params: params(shape),
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
