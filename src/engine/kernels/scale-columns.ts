// Multiplies every row by one vector of gains, and computes the gains' gradient, for DoRA's magnitudes.

import source from "../../shaders/elementwise/scale-columns.wgsl?raw";
import dotSource from "../../shaders/lora/column-dot.wgsl?raw";
import { defineElementwise } from "./elementwise.ts";
import { bindings, defineKernel, type KernelCall, spread, type TensorRange } from "./kernel.ts";
import { type LiveBound, liveCode } from "./step.ts";

const scaleColumns = defineElementwise("scale-columns", source, ["x", "gain", "bias"], ["out"]);
const dot = defineKernel({
	name: "column-dot",
	source: dotSource,
	params: { rows: "u32", width: "u32", live_axis: "u32", live_offset: "u32" },
	bindings: bindings(["a", "b"], ["out"]),
});

/** out = x · gain (+ bias), column by column. x, out: [rows, width]; gain, bias: [width] */
export function scaleColumnsCall(
	{ bias, ...io }: { x: TensorRange; gain: TensorRange; bias?: TensorRange; out: TensorRange },
	rows: number,
	width: number,
	live?: LiveBound,
): KernelCall {
	const constants = { BIASED: bias !== undefined };
	return scaleColumns({ ...io, bias: bias ?? io.gain }, rows, width, live, { constants, flops: 2 });
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
