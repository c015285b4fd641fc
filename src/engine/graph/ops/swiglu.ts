// swiglu: silu(gate) * up, the middle of a Llama MLP (arXiv 2002.05202).
import { liveRows } from "../../kernels/step.ts";
import { swigluCall, swigluGradientCall } from "../../kernels/swiglu.ts";
import { defineOp } from "../op.ts";

/** 1 / (1 + exp(-x)) without overflow. */
function sigmoid(x: number): number {
	const e = Math.exp(-Math.abs(x));
	return (x >= 0 ? 1 : e) / (1 + e);
}

/** inputs: gate, up [T, I]; output: [T, I]. */
export const swiglu = defineOp<null>({
	op: "swiglu",
	infer(_attrs, [gate, up]) {
		if (gate.shape.length !== 2 || gate.shape.join() !== up.shape.join())
			throw new Error(`swiglu: [${gate.shape}] and [${up.shape}]`);
		return [{ shape: gate.shape, dtype: "f32" }];
	},
	backward({ builder, node, inputs: [gate, up], gradOutputs: [dout], give }) {
		if (dout === undefined) return;
		const [dgate, dup] = swigluGradient(builder, `${node.name} d`, [gate, up, dout], null);
		give(0, dgate);
		give(1, dup);
	},
	reference({ inputs: [gate, up], outputs: [out], outputSpecs: [spec], step }) {
		const n = liveRows(spec.shape[0], spec.live, step) * spec.shape[1];
		for (let i = 0; i < n; i++) out[i] = gate[i] * sigmoid(gate[i]) * up[i];
	},
	lower({ inputs: [gate, up], outputs: [out] }) {
		const [rows, width] = out.shape;
		return [
			swigluCall({ gate: { tensor: gate.id }, up: { tensor: up.id }, out: { tensor: out.id } }, rows, width, out.live),
		];
	},
});

/** inputs: gate, up, dout [T, I]; outputs: dgate, dup. */
const swigluGradient = defineOp<null>({
	op: "swigluGradient",
	infer(_attrs, [gate]) {
		return [
			{ shape: gate.shape, dtype: "f32" },
			{ shape: gate.shape, dtype: "f32" },
		];
	},
	reference({ inputs: [gate, up, dout], outputs: [dgate, dup], outputSpecs: [spec], step }) {
		const n = liveRows(spec.shape[0], spec.live, step) * spec.shape[1];
		for (let i = 0; i < n; i++) {
			const s = sigmoid(gate[i]);
			dgate[i] = dout[i] * up[i] * s * (1 + gate[i] * (1 - s));
			dup[i] = dout[i] * gate[i] * s;
		}
	},
	lower({ inputs: [gate, up, dout], outputs: [dgate, dup] }) {
		const [rows, width] = gate.shape;
		const io = {
			gate: { tensor: gate.id },
			up: { tensor: up.id },
			dout: { tensor: dout.id },
			dgate: { tensor: dgate.id },
			dup: { tensor: dup.id },
		};
		return [swigluGradientCall(io, rows, width, gate.live)];
	},
});
