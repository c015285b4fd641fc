// swiglu: f(gate) * up, where f is silu (Llama's MLP) or tanh-gelu (Gemma's MLP): SwiGLU and GEGLU of arXiv 2002.05202.
import { liveRows } from "../../kernels/step.ts";
import { type Gate, swigluCall, swigluGradientCall } from "../../kernels/swiglu.ts";
import { defineMultiOp, defineOp, ranges } from "../op.ts";
import { GATE_FUNCTIONS } from "./gate-functions.ts";

export interface SwigluAttrs {
	readonly act: Gate;
}

/** inputs: gate, up [T, I]; output: [T, I]. */
export const swiglu = defineOp<SwigluAttrs>({
	op: "swiglu",
	infer(_attrs, [gate, up]) {
		if (gate.shape.length !== 2 || gate.shape.join() !== up.shape.join())
			throw new Error(`swiglu: [${gate.shape}] and [${up.shape}]`);
		return [{ shape: gate.shape, dtype: "f32" }];
	},
	backward({ builder, node, attrs, inputs: [gate, up], gradOutputs: [dout], setGrad }) {
		if (dout === undefined) return;
		const [dgate, dup] = swigluGradient(builder, `${node.name} d`, [gate, up, dout], attrs);
		setGrad(0, dgate);
		setGrad(1, dup);
	},
	reference({ attrs: { act }, inputs: [gate, up], outputs: [out], outputSpecs: [spec], step }) {
		const n = liveRows(spec.shape[0], spec.live, step) * spec.shape[1];
		for (let i = 0; i < n; i++) out[i] = GATE_FUNCTIONS[act].of(gate[i]) * up[i];
	},
	lower({ attrs: { act }, inputs: [gate, up], outputs: [out] }) {
		const [rows, width] = out.shape;
		const io = ranges({ gate, up, out });
		return [swigluCall(io, act, rows, width, out.live)];
	},
});

/** inputs: gate, up, dout [T, I]; outputs: dgate, dup. */
export const swigluGradient = defineMultiOp<SwigluAttrs>({
	op: "swigluGradient",
	infer(_attrs, [gate]) {
		return [
			{ shape: gate.shape, dtype: "f32" },
			{ shape: gate.shape, dtype: "f32" },
		];
	},
	reference({ attrs: { act }, inputs: [gate, up, dout], outputs: [dgate, dup], outputSpecs: [spec], step }) {
		const n = liveRows(spec.shape[0], spec.live, step) * spec.shape[1];
		for (let i = 0; i < n; i++) {
			dgate[i] = dout[i] * up[i] * GATE_FUNCTIONS[act].slope(gate[i]);
			dup[i] = dout[i] * GATE_FUNCTIONS[act].of(gate[i]);
		}
	},
	lower({ attrs: { act }, inputs: [gate, up, dout], outputs: [dgate, dup] }) {
		const [rows, width] = gate.shape;
		const io = ranges({ gate, up, dout, dgate, dup });
		return [swigluGradientCall(io, act, rows, width, gate.live)];
	},
});
