// SwiGLU, silu(gate) * up, and GEGLU, gelu(gate) * up; one kernel computes both gradients.
import gateSource from "../../shaders/elementwise/gate.wgsl?raw";
import source from "../../shaders/elementwise/swiglu.wgsl?raw";
import gradientSource from "../../shaders/elementwise/swiglu-gradient.wgsl?raw";
import { defineElementwise } from "./elementwise.ts";
import type { KernelCall, TensorRange } from "./kernel.ts";
import type { LiveBound } from "./step.ts";

export type Gate = "silu" | "gelu_tanh";

const forward = defineElementwise("swiglu", source, ["gate", "up"], ["out"], { includes: [gateSource] });
const gradient = defineElementwise("swiglu-gradient", gradientSource, ["gate", "up", "dout"], ["dgate", "dup"], {
	includes: [gateSource],
});

/** gate, up, out: [rows, width] */
export function swigluCall(
	io: { gate: TensorRange; up: TensorRange; out: TensorRange },
	act: Gate,
	rows: number,
	width: number,
	live?: LiveBound,
): KernelCall {
	return forward(io, rows, width, live, { constants: { TANH_GELU: act === "gelu_tanh" }, flops: 6 });
}

/** gate, up, dout, dgate, dup: [rows, width] */
export function swigluGradientCall(
	io: { gate: TensorRange; up: TensorRange; dout: TensorRange; dgate: TensorRange; dup: TensorRange },
	act: Gate,
	rows: number,
	width: number,
	live?: LiveBound,
): KernelCall {
	return gradient(io, rows, width, live, { constants: { TANH_GELU: act === "gelu_tanh" }, flops: 12 });
}
