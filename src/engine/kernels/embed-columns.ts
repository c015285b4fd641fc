// Columns of a [rank, vocabulary] matrix by token id: LoRA on an embedding.
import source from "../../shaders/embed-columns.wgsl?raw";
import { defineKernel, type KernelCall, spread, type TensorRange } from "./kernel.ts";
import { type LiveBound, liveCode } from "./step.ts";

const kernel = defineKernel({
	name: "embed-columns",
	source,
	params: {
		rows: "u32",
		rank: "u32",
		vocabulary: "u32",
		live_axis: "u32",
		live_offset: "u32",
		scale: "f32",
		adapter: "u32",
	},
	bindings: [
		{ name: "ids", access: "read" },
		{ name: "A", access: "read" },
		{ name: "out", access: "read_write" },
	],
});

/** out[t, k] = scale · A[k, ids[t]]. ids: [rows] u32, A: [rank, vocabulary], out: [rows, rank] */
export function embedColumnsCall(
	io: { ids: TensorRange; A: TensorRange; out: TensorRange },
	shape: { readonly rows: number; readonly rank: number; readonly vocabulary: number; readonly live?: LiveBound },
	scale: number,
	adapter: boolean,
): KernelCall {
	const { live, ...sizes } = shape;
	return {
		kernel,
		constants: {},
		params: {
			...sizes,
			live_axis: liveCode(live),
			live_offset: live?.offset ?? 0,
			scale,
			adapter: adapter ? 1 : 0,
		},
		bindings: [io.ids, io.A, io.out],
		workgroups: spread(Math.ceil((sizes.rows * sizes.rank) / 64)),
		flops: sizes.rows * sizes.rank,
	};
}
