// The gate of SwiGLU, silu(gate) * up, and of GEGLU, gelu(gate) * up, and both its gradients in one pass.
import sigmoidSource from "../../shaders/elementwise/gate.wgsl?raw";
import source from "../../shaders/elementwise/swiglu.wgsl?raw";
import gradientSource from "../../shaders/elementwise/swiglu-gradient.wgsl?raw";
import type { KernelCall, TensorRange } from "./kernel.ts";
import { type LiveBound, liveCode } from "./step.ts";
import { defineVectorized, ELEMENTWISE, elementwiseGroups } from "./vectorize.ts";

export type Gate = "silu" | "gelu_tanh";

const PARAMS = { rows: "u32", width: "u32", live_axis: "u32", live_offset: "u32" } as const;

const forward = defineVectorized({
	name: "swiglu",
	source,
	includes: [sigmoidSource],
	params: PARAMS,
	bindings: [
		{ name: "gate", access: "read" },
		{ name: "up", access: "read" },
		{ name: "out", access: "read_write" },
	],
});

const gradient = defineVectorized({
	name: "swiglu-gradient",
	source: gradientSource,
	includes: [sigmoidSource],
	params: PARAMS,
	bindings: [
		{ name: "gate", access: "read" },
		{ name: "up", access: "read" },
		{ name: "dout", access: "read" },
		{ name: "dgate", access: "read_write" },
		{ name: "dup", access: "read_write" },
	],
});

/** gate, up, out: [rows, width] */
export function swigluCall(
	io: { gate: TensorRange; up: TensorRange; out: TensorRange },
	act: Gate,
	rows: number,
	width: number,
	live?: LiveBound,
): KernelCall {
	const { kernel, elemSize } = forward(width);
	return {
		kernel,
		constants: { ...ELEMENTWISE, TANH_GELU: act === "gelu_tanh" },
		params: { rows, width: width / elemSize, live_axis: liveCode(live), live_offset: live?.offset ?? 0 },
		bindings: [io.gate, io.up, io.out],
		workgroups: elementwiseGroups((rows * width) / elemSize),
		flops: rows * width * 6,
	};
}

/** gate, up, dout, dgate, dup: [rows, width] */
export function swigluGradientCall(
	io: { gate: TensorRange; up: TensorRange; dout: TensorRange; dgate: TensorRange; dup: TensorRange },
	act: Gate,
	rows: number,
	width: number,
	live?: LiveBound,
): KernelCall {
	const { kernel, elemSize } = gradient(width);
	return {
		kernel,
		constants: { ...ELEMENTWISE, TANH_GELU: act === "gelu_tanh" },
		params: { rows, width: width / elemSize, live_axis: liveCode(live), live_offset: live?.offset ?? 0 },
		bindings: [io.gate, io.up, io.dout, io.dgate, io.dup],
		workgroups: elementwiseGroups((rows * width) / elemSize),
		flops: rows * width * 12,
	};
}
