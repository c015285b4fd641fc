// In-place addition: gradients into their place in the flat buffer, and sums into an operand that is not needed again.
import source from "../../shaders/accumulate.wgsl?raw";
import { defineKernel, type KernelCall, spread, type TensorRange } from "./kernel.ts";
import { type LiveBound, liveCode } from "./step.ts";

const kernel = defineKernel({
	name: "accumulate",
	source,
	params: { rows: "u32", width: "u32", live_axis: "u32", live_offset: "u32" },
	bindings: [
		{ name: "a", access: "read" },
		{ name: "out", access: "read_write" },
	],
});

/** out += a. a, out: [rows, width]; rows behind the live ones are left alone. */
export function accumulateCall(io: { a: TensorRange; out: TensorRange }, rows: number, width: number, live?: LiveBound): KernelCall {
	return {
		kernel,
		constants: {},
		params: { rows, width, live_axis: liveCode(live), live_offset: live?.offset ?? 0 },
		bindings: [io.a, io.out],
		workgroups: spread(Math.ceil((rows * width) / 64)),
		flops: rows * width,
	};
}
