// Moves rows by index: gather selects the rows that have a target, scatter writes their gradients back, fill initialises
// the rest.
import fillSource from "../../shaders/elementwise/fill.wgsl?raw";
import gatherSource from "../../shaders/util/gather-rows.wgsl?raw";
import scatterSource from "../../shaders/util/scatter-rows.wgsl?raw";
import { defineElementwise } from "./elementwise.ts";
import { bindings, defineKernel, type KernelCall, spread, type TensorRange } from "./kernel.ts";
import { type LiveBound, liveCode } from "./step.ts";

const PARAMS = { count: "u32", width: "u32", first: "u32", live_axis: "u32", live_offset: "u32" } as const;

const gather = defineKernel({
	name: "gather-rows",
	source: gatherSource,
	params: PARAMS,
	bindings: bindings(["x", "rows"], ["out"]),
});

const scatter = defineKernel({
	name: "scatter-rows",
	source: scatterSource,
	params: PARAMS,
	bindings: bindings(["values", "rows"], ["place"]),
});

const fill = defineElementwise("fill", fillSource, [], ["out"], { params: { value: "f32" } });

export interface RowsShape {
	readonly count: number;
	readonly width: number;
	/** Entry of `rows` that belongs to row 0. */
	readonly first: number;
	readonly live?: LiveBound;
}

function rowsCall(
	kernel: KernelCall["kernel"],
	bindings: readonly TensorRange[],
	{ count, width, first, live }: RowsShape,
): KernelCall {
	return {
		kernel,
		constants: {},
		params: { count, width, first, live_axis: liveCode(live), live_offset: live?.offset ?? 0 },
		bindings,
		workgroups: spread(Math.ceil((count * width) / 64)),
		flops: count * width,
	};
}

/** out[i] = x[rows[first + i]]. x: [., width], rows: [.] u32, out: [count, width] */
export function gatherRowsCall(
	io: { x: TensorRange; rows: TensorRange; out: TensorRange },
	shape: RowsShape,
): KernelCall {
	return rowsCall(gather, [io.x, io.rows, io.out], shape);
}

/** place[rows[first + i]] = values[i]; the other rows do not change. values: [count, width], place: [., width] */
export function scatterRowsCall(
	io: { values: TensorRange; rows: TensorRange; place: TensorRange },
	shape: RowsShape,
): KernelCall {
	return rowsCall(scatter, [io.values, io.rows, io.place], shape);
}

/** out = value. out: [rows, width] */
export function fillCall(
	io: { out: TensorRange },
	rows: number,
	width: number,
	value: number,
	live?: LiveBound,
): KernelCall {
	return fill(io, rows, width, live, { params: { value } });
}
