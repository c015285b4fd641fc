// Rows times one vector of gains, and the gains' gradient: DoRA's magnitudes.

import source from "../../shaders/elementwise/scale-columns.wgsl?raw";
import dotSource from "../../shaders/lora/column-dot.wgsl?raw";
import { defineKernel, type KernelCall, spread, type TensorRange } from "./kernel.ts";
import { type LiveBound, liveCode } from "./step.ts";
import { defineVectorized, ELEMENTWISE, elementwiseGroups } from "./vectorize.ts";

const PARAMS = { rows: "u32", width: "u32", live_axis: "u32", live_offset: "u32" } as const;

const pick = defineVectorized({
	name: "scale-columns",
	source,
	params: { ...PARAMS, biased: "u32" },
	bindings: [
		{ name: "x", access: "read" },
		{ name: "gain", access: "read" },
		{ name: "bias", access: "read" },
		{ name: "out", access: "read_write" },
	],
});

const dot = defineKernel({
	name: "column-dot",
	source: dotSource,
	params: PARAMS,
	bindings: [
		{ name: "a", access: "read" },
		{ name: "b", access: "read" },
		{ name: "out", access: "read_write" },
	],
});

/** out = x · gain (+ bias), column by column. x, out: [rows, width]; gain, bias: [width] */
export function scaleColumnsCall(
	io: { x: TensorRange; gain: TensorRange; bias?: TensorRange; out: TensorRange },
	rows: number,
	width: number,
	live?: LiveBound,
): KernelCall {
	const { kernel, elemSize } = pick(width);
	return {
		kernel,
		constants: ELEMENTWISE,
		params: {
			rows,
			width: width / elemSize,
			live_axis: liveCode(live),
			live_offset: live?.offset ?? 0,
			biased: io.bias === undefined ? 0 : 1,
		},
		bindings: [io.x, io.gain, io.bias ?? io.gain, io.out],
		workgroups: elementwiseGroups((rows * width) / elemSize),
		flops: rows * width * 2,
	};
}

/** out[j] = Σ a[i, j] · b[i, j] over live i. a, b: [rows, width], out: [width] */
export function columnDotCall(
	io: { a: TensorRange; b: TensorRange; out: TensorRange },
	rows: number,
	width: number,
	live?: LiveBound,
): KernelCall {
	return {
		kernel: dot,
		constants: {},
		params: { rows, width, live_axis: liveCode(live), live_offset: live?.offset ?? 0 },
		bindings: [io.a, io.b, io.out],
		workgroups: spread(Math.ceil(width / 64)),
		flops: rows * width * 2,
	};
}
