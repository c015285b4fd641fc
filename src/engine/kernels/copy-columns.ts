// Copies columns of one matrix into columns of another, to split a fused projection and to join its gradient.
import source from "../../shaders/elementwise/copy-columns.wgsl?raw";
import { bindings, defineKernel, type KernelCall, type TensorRange } from "./kernel.ts";
import { type LiveBound, liveCode } from "./step.ts";
import { ELEMENTWISE, elementwiseGroups } from "./vectorize.ts";

const kernel = defineKernel({
	name: "columns",
	source,
	params: {
		rows: "u32",
		width: "u32",
		from_width: "u32",
		from_start: "u32",
		to_width: "u32",
		to_start: "u32",
		live_axis: "u32",
		live_offset: "u32",
	},
	bindings: bindings(["x"], ["out"]),
});

/** A side of the copy: the width of its rows, and its first column. */
export interface ColumnRange {
	readonly width: number;
	readonly start: number;
}

/** out[:, to.start + c] = x[:, from.start + c], c < width. x: [rows, from.width]; out: [rows, to.width] */
export function copyColumnsCall(
	io: { x: TensorRange; out: TensorRange },
	rows: number,
	width: number,
	from: ColumnRange,
	to: ColumnRange,
	live?: LiveBound,
): KernelCall {
	return {
		kernel,
		constants: ELEMENTWISE,
		params: {
			rows,
			width,
			from_width: from.width,
			from_start: from.start,
			to_width: to.width,
			to_start: to.start,
			live_axis: liveCode(live),
			live_offset: live?.offset ?? 0,
		},
		bindings: [io.x, io.out],
		workgroups: elementwiseGroups(rows * width),
		flops: rows * width,
	};
}
