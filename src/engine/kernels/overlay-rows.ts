// Some rows taken from a table instead: a prompt's vectors in front of the text's.
import source from "../../shaders/elementwise/overlay-rows.wgsl?raw";
import type { KernelCall, TensorRange } from "./kernel.ts";
import { type LiveBound, liveCode } from "./step.ts";
import { defineVectorized, ELEMENTWISE, elementwiseGroups } from "./vectorize.ts";

const pick = defineVectorized({
	name: "overlay-rows",
	source,
	params: { rows: "u32", width: "u32", live_axis: "u32", live_offset: "u32" },
	bindings: [
		{ name: "x", access: "read" },
		{ name: "table", access: "read" },
		{ name: "index", access: "read" },
		{ name: "out", access: "read_write" },
	],
});

/**
 * out[t] = x[t] where index[t] is 0, else table[index[t] − 1]; without a table zeros there. x, out: [rows, width], table:
 * [entries, width], index: [rows] u32
 */
export function overlayRowsCall(
	io: { x: TensorRange; table?: TensorRange; index: TensorRange; out: TensorRange },
	rows: number,
	width: number,
	live?: LiveBound,
): KernelCall {
	const { kernel, elemSize } = pick(width);
	return {
		kernel,
		constants: { ...ELEMENTWISE, GRADIENT: io.table === undefined },
		params: { rows, width: width / elemSize, live_axis: liveCode(live), live_offset: live?.offset ?? 0 },
		bindings: [io.x, io.table ?? io.x, io.index, io.out],
		workgroups: elementwiseGroups((rows * width) / elemSize),
		flops: rows * width,
	};
}
