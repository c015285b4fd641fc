// Element-wise addition: the shortest kernel; copy it to add another.
import source from "../../shaders/add.wgsl?raw";
import { defineKernel, type KernelCall, spread, type TensorRange } from "./kernel.ts";
import { type LiveBound, liveCode } from "./step.ts";

const kernel = defineKernel({
	name: "add",
	source,
	params: { rows: "u32", width: "u32", live_axis: "u32", live_offset: "u32" },
	bindings: [
		{ name: "a", access: "read" },
		{ name: "b", access: "read" },
		{ name: "out", access: "read_write" },
	],
});

/** out = a + b. a, b, out: [rows, width]; rows behind the live ones are left alone. */
export function addCall(io: { a: TensorRange; b: TensorRange; out: TensorRange }, rows: number, width: number, live?: LiveBound): KernelCall {
	return {
		kernel,
		constants: {},
		params: { rows, width, live_axis: liveCode(live), live_offset: live?.offset ?? 0 },
		bindings: [io.a, io.b, io.out],
		workgroups: spread(Math.ceil((rows * width) / 64)),
		flops: rows * width,
	};
}
