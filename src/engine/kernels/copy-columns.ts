// Copies columns of one matrix to columns of another: splits a fused projection and joins its gradient.
import source from "../../shaders/elementwise/copy-columns.wgsl?raw";
import { defineElementwise } from "./elementwise.ts";
import type { KernelCall, TensorRange } from "./kernel.ts";
import type { LiveBound } from "./step.ts";

const copyColumns = defineElementwise("copy-columns", source, ["x"], ["out"], {
	params: { from_width: "u32", from_start: "u32", to_width: "u32", to_start: "u32" },
	vectorize: false,
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
	return copyColumns(io, rows, width, live, {
		params: { from_width: from.width, from_start: from.start, to_width: to.width, to_start: to.start },
	});
}
