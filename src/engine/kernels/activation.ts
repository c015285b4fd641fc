// relu, gelu, gelu in its tanh form, and their gradients. To add one: a name in ACTIVATIONS and its branch in the .wgsl.
import source from "../../shaders/elementwise/activation.wgsl?raw";
import sigmoidSource from "../../shaders/elementwise/gate.wgsl?raw";
import type { KernelCall, TensorRange } from "./kernel.ts";
import { type LiveBound, liveCode } from "./step.ts";
import { defineVectorized, ELEMENTWISE, elementwiseGroups } from "./vectorize.ts";

/** Values of KIND. */
const ACTIVATIONS = { relu: 0, gelu: 1, gelu_tanh: 2 } as const;
export type Activation = keyof typeof ACTIVATIONS;

const pick = defineVectorized({
	name: "activation",
	source,
	includes: [sigmoidSource],
	params: { rows: "u32", width: "u32", live_axis: "u32", live_offset: "u32" },
	bindings: [
		{ name: "x", access: "read" },
		{ name: "dout", access: "read" },
		{ name: "out", access: "read_write" },
	],
});

/** out = f(x), or dout · f'(x) where dout is given. x, dout, out: [rows, width] */
export function activationCall(
	io: { x: TensorRange; dout?: TensorRange; out: TensorRange },
	kind: Activation,
	rows: number,
	width: number,
	live?: LiveBound,
): KernelCall {
	const { kernel, elemSize } = pick(width);
	return {
		kernel,
		constants: { ...ELEMENTWISE, KIND: ACTIVATIONS[kind], GRADIENT: io.dout !== undefined, TANH_GELU: true },
		params: { rows, width: width / elemSize, live_axis: liveCode(live), live_offset: live?.offset ?? 0 },
		bindings: [io.x, io.dout ?? io.x, io.out],
		workgroups: elementwiseGroups((rows * width) / elemSize),
		flops: rows * width * 12,
	};
}
