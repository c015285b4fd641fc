// In-place addition: gradients into their place in the flat buffer, and sums into an operand that is not needed again.
import source from "../../shaders/elementwise/accumulate.wgsl?raw";
import type { KernelCall, TensorRange } from "./kernel.ts";
import { type LiveBound, liveCode } from "./step.ts";
import { defineVectorized, ELEMENTWISE, elementwiseGroups } from "./vectorize.ts";

const pick = defineVectorized({
	name: "accumulate",
	source,
	params: { rows: "u32", width: "u32", live_axis: "u32", live_offset: "u32" },
	bindings: [
		{ name: "a", access: "read" },
		{ name: "out", access: "read_write" },
	],
});

/** out += a. a, out: [rows, width]; rows behind the live ones are left alone. */
export function accumulateCall(
	io: { a: TensorRange; out: TensorRange },
	rows: number,
	width: number,
	live?: LiveBound,
): KernelCall {
	const { kernel, elemSize } = pick(width);
	return {
		kernel,
		constants: ELEMENTWISE,
		params: { rows, width: width / elemSize, live_axis: liveCode(live), live_offset: live?.offset ?? 0 },
		bindings: [io.a, io.out],
		workgroups: elementwiseGroups((rows * width) / elemSize),
		flops: rows * width,
	};
}
