// Scatter-add of gradients to rows or columns by token id: links tokens with the same id, then sums along each chain in a
// fixed order, without atomics.
import addSource from "../../shaders/util/scatter-add.wgsl?raw";
import chainSource from "../../shaders/util/scatter-links.wgsl?raw";
import { rowWindows } from "./binding-windows.ts";
import { bindings, defineKernel, type KernelCall, spread, type TensorRange } from "./kernel.ts";
import { type LiveBound, liveCode } from "./step.ts";

const chains = defineKernel({
	name: "id-chains",
	source: chainSource,
	params: { rows: "u32", live_axis: "u32", live_offset: "u32", skip: "u32" },
	bindings: bindings(["ids"], ["next", "first"]),
});

const add = defineKernel({
	name: "add-by-id",
	source: addSource,
	params: {
		rows: "u32",
		width: "u32",
		live_axis: "u32",
		live_offset: "u32",
		first_id: "u32",
		end_id: "u32",
		shift: "u32",
		base: "u32",
	},
	bindings: bindings(["ids", "next", "first", "dout"], ["out"]),
});

/** A value that is not an id. */
export const NO_SKIP = 0xffffffff;

/** ids, next, first: [rows] u32. @param skip the id that is ignored */
export function scatterLinksCall(
	io: { ids: TensorRange; next: TensorRange; first: TensorRange },
	rows: number,
	skip: number,
	live?: LiveBound,
): KernelCall {
	return {
		kernel: chains,
		constants: {},
		params: { rows, live_axis: liveCode(live), live_offset: live?.offset ?? 0, skip },
		bindings: [io.ids, io.next, io.first],
		workgroups: spread(Math.ceil(rows / 64)),
		flops: rows * rows,
	};
}

export interface ScatterAddShape {
	readonly rows: number;
	readonly width: number;
	readonly ids: number; // rows of out
	/** Id of the first row. */
	readonly shift: number;
	readonly live?: LiveBound;
	readonly bindingBytes: number;
}

/** out[id] += Σ dout[t] over the tokens of that id. dout: [rows, width], out: [ids, width] */
export function scatterAddCalls(
	io: { ids: TensorRange; next: TensorRange; first: TensorRange; dout: TensorRange; out: TensorRange },
	shape: ScatterAddShape,
): KernelCall[] {
	const { rows, width, ids, shift, live, bindingBytes } = shape;
	const windows = rowWindows(ids, width, 4, bindingBytes);
	return windows.map(({ firstRow, endRow, base, offset, size }) => ({
		kernel: add,
		constants: {},
		params: {
			rows,
			width,
			live_axis: liveCode(live),
			live_offset: live?.offset ?? 0,
			first_id: shift + firstRow,
			end_id: shift + endRow,
			shift,
			base,
		},
		bindings: [io.ids, io.next, io.first, io.dout, { ...io.out, offset: (io.out.offset ?? 0) + offset, size }],
		workgroups: spread(Math.ceil((rows * width) / 64)),
		flops: rows * width,
	}));
}
