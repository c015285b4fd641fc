// Copies an activation into a state that outlives the replay.
import source from "../../shaders/elementwise/copy.wgsl?raw";
import { defineKernel, type KernelCall, spread, type TensorRange } from "./kernel.ts";
import { type LiveBound, liveCode } from "./step.ts";

const kernel = defineKernel({
	name: "copy",
	source,
	params: { rows: "u32", width: "u32", live_axis: "u32", live_offset: "u32" },
	bindings: [
		{ name: "x", access: "read" },
		{ name: "out", access: "read_write" },
	],
});

/** out = x. x, out: [rows, width]; rows behind the live ones are left alone. */
export function copyCall(
	io: { x: TensorRange; out: TensorRange },
	rows: number,
	width: number,
	live?: LiveBound,
): KernelCall {
	return {
		kernel,
		constants: {},
		params: { rows, width, live_axis: liveCode(live), live_offset: live?.offset ?? 0 },
		bindings: [io.x, io.out],
		workgroups: spread(Math.ceil((rows * width) / 64)),
		flops: rows * width,
	};
}
