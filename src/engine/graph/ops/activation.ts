// activation: relu, exact gelu as torch's default (bottleneck adapters), and tanh-gelu (GPT-2's MLP; transformers'
// "gelu_new", "gelu_pytorch_tanh").
import { type Activation, activationCall } from "../../kernels/activation.ts";
import { liveRows } from "../../kernels/step.ts";
import { defineOp, ranges } from "../op.ts";
import { GATE_FUNCTIONS } from "./gate-functions.ts";

export interface ActivationAttrs {
	readonly kind: Activation;
}

const FUNCTIONS: Readonly<Record<Activation, { of(x: number): number; slope(x: number): number }>> = {
	relu: { of: (x) => Math.max(0, x), slope: (x) => (x > 0 ? 1 : 0) },
	gelu: {
		of: (x) => x * normal(x),
		slope: (x) => normal(x) + (x * Math.exp(-0.5 * x * x)) / Math.sqrt(2 * Math.PI),
	},
	gelu_tanh: GATE_FUNCTIONS.gelu_tanh,
};

/** The normal distribution function in float64. */
const normal = (x: number): number => 0.5 * (1 + erf(x / Math.SQRT2));

/** erf to float64: its Taylor series, and past 3 the continued fraction of erfc (Abramowitz and Stegun 7.1.5, 7.1.14). */
function erf(x: number): number {
	const a = Math.abs(x);
	if (a < 3) {
		let term = x;
		let sum = x;
		for (let n = 1; Math.abs(term) > 1e-17 * Math.abs(sum); n++) {
			term *= (-x * x) / n;
			sum += term / (2 * n + 1);
		}
		return (2 / Math.sqrt(Math.PI)) * sum;
	}
	let fraction = 0;
	for (let n = 60; n > 0; n--) fraction = n / 2 / (a + fraction);
	return Math.sign(x) * (1 - Math.exp(-a * a) / (Math.sqrt(Math.PI) * (a + fraction)));
}

/** input: x [T, C]; output: f(x). */
export const activation = defineOp<ActivationAttrs>({
	op: "activation",
	infer: (_attrs, [x]) => [{ shape: x.shape, dtype: "f32" }],
	backward({ builder, node, attrs, inputs: [x], gradOutputs: [dout], setGrad }) {
		if (dout !== undefined) setGrad(0, activationGradient(builder, `d ${node.name}`, [x, dout], attrs));
	},
	reference({ attrs: { kind }, inputs: [x], inputSpecs: [spec], outputs: [out], step }) {
		const [rows, width] = spec.shape;
		for (let i = 0; i < liveRows(rows, spec.live, step) * width; i++) out[i] = FUNCTIONS[kind].of(x[i]);
	},
	lower({ attrs: { kind }, inputs: [x], outputs: [out] }) {
		const [rows, width] = x.shape;
		return [activationCall(ranges({ x, out }), kind, rows, width, x.live)];
	},
});

/** inputs: x [T, C], dout [T, C]; output: dout · f'(x). */
export const activationGradient = defineOp<ActivationAttrs>({
	op: "activationGradient",
	infer: (_attrs, [x]) => [{ shape: x.shape, dtype: "f32" }],
	reference({ attrs: { kind }, inputs: [x, dout], inputSpecs: [spec], outputs: [out], step }) {
		const [rows, width] = spec.shape;
		for (let i = 0; i < liveRows(rows, spec.live, step) * width; i++) out[i] = dout[i] * FUNCTIONS[kind].slope(x[i]);
	},
	lower({ attrs: { kind }, inputs: [x, dout], outputs: [out] }) {
		const [rows, width] = x.shape;
		const io = ranges({ x, dout, out });
		return [activationCall(io, kind, rows, width, x.live)];
	},
});
