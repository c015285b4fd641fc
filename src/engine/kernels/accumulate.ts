// In-place addition: gradients into their place in the flat buffer.
import source from "../../shaders/accumulate.wgsl?raw";
import { defineKernel, type KernelCall, spread, type TensorRange } from "./kernel.ts";

const kernel = defineKernel({
	name: "accumulate",
	source,
	params: { count: "u32" },
	bindings: [
		{ name: "a", access: "read" },
		{ name: "out", access: "read_write" },
	],
});

/** out += a. a, out: [count] */
export function accumulateCall(io: { a: TensorRange; out: TensorRange }, count: number): KernelCall {
	return {
		kernel,
		constants: {},
		params: { count },
		bindings: [io.a, io.out],
		workgroups: spread(Math.ceil(count / 64)),
		flops: count,
	};
}
