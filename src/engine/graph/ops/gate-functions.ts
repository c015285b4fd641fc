// Activation functions of a gated MLP and their derivatives, in float64, for the reference executor. The kernels use
// those in shaders/elementwise/gate.wgsl.
import type { Gate } from "../../kernels/swiglu.ts";

/** 1 / (1 + exp(-x)) without overflow. */
function sigmoid(x: number): number {
	const e = Math.exp(-Math.abs(x));
	return (x >= 0 ? 1 : e) / (1 + e);
}

const C = Math.sqrt(2 / Math.PI);

export const GATE_FUNCTIONS: Readonly<Record<Gate, { of(x: number): number; slope(x: number): number }>> = {
	silu: {
		of: (x: number) => x * sigmoid(x),
		slope: (x: number) => sigmoid(x) * (1 + x * (1 - sigmoid(x))),
	},
	/** torch.nn.functional.gelu(x, approximate="tanh"): 0.5 x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))). */
	gelu_tanh: {
		of: (x: number) => 0.5 * x * (1 + Math.tanh(C * (x + 0.044715 * x ** 3))),
		slope: (x: number) => {
			const t = Math.tanh(C * (x + 0.044715 * x ** 3));
			return 0.5 * (1 + t) + 0.5 * x * (1 - t * t) * C * (1 + 3 * 0.044715 * x * x);
		},
	},
};
