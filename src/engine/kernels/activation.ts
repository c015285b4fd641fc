// relu, gelu and tanh-gelu, and their gradients.
import source from "../../shaders/elementwise/activation.wgsl?raw";
import gateSource from "../../shaders/elementwise/gate.wgsl?raw";
import { defineElementwise } from "./elementwise.ts";
import type { KernelCall, TensorRange } from "./kernel.ts";
import type { LiveBound } from "./step.ts";

/** Values of KIND. */
const ACTIVATIONS = { relu: 0, gelu: 1, gelu_tanh: 2 } as const;

export type Activation = keyof typeof ACTIVATIONS;

const activation = defineElementwise("activation", source, ["x", "dout"], ["out"], { includes: [gateSource] });

/** out = f(x), or dout · f'(x) if dout is given. x, dout, out: [rows, width] */
export function activationCall(
	{ dout, ...io }: { x: TensorRange; dout?: TensorRange; out: TensorRange },
	kind: Activation,
	rows: number,
	width: number,
	live?: LiveBound,
): KernelCall {
	const constants = { KIND: ACTIVATIONS[kind], GRADIENT: dout !== undefined, TANH_GELU: true };
	return activation({ ...io, dout: dout ?? io.x }, rows, width, live, { constants, flops: 12 });
}
