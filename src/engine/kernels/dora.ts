// DoRA's row norms and gains (arXiv 2402.09353): everything but the products, which are matmuls.
import bf16Source from "../../shaders/bf16.wgsl?raw";
import gainSource from "../../shaders/dora-gain.wgsl?raw";
import normSource from "../../shaders/dora-norm.wgsl?raw";
import reduceSource from "../../shaders/reduce.wgsl?raw";
import squaresSource from "../../shaders/row-squares.wgsl?raw";
import { defineKernel, type KernelCall, spread, type TensorRange } from "./kernel.ts";
import type { Storage } from "./tuning.ts";
import { rowWindows } from "./windows.ts";

const WORKGROUP = 16;

const squares = defineKernel({
	name: "row-squares",
	source: squaresSource,
	includes: [bf16Source, reduceSource],
	params: { rows: "u32", first_row: "u32", width: "u32", base: "u32" },
	bindings: [
		{ name: "W", access: "read" },
		{ name: "out", access: "read_write" },
	],
});

const norm = defineKernel({
	name: "dora-norm",
	source: normSource,
	params: { rows: "u32", rank: "u32", scale: "f32" },
	bindings: [
		{ name: "squares", access: "read" },
		{ name: "P", access: "read" },
		{ name: "G", access: "read" },
		{ name: "B", access: "read" },
		{ name: "norm", access: "read_write" },
	],
});

const gain = defineKernel({
	name: "dora-gain",
	source: gainSource,
	params: { count: "u32" },
	bindings: [
		{ name: "magnitude", access: "read" },
		{ name: "norm", access: "read" },
		{ name: "gain", access: "read_write" },
	],
});

/** out[o] = Σ W[o, i]². W: [rows, width] f32 or bf16, out: [rows] */
export function rowSquaresCalls(
	io: { W: TensorRange; out: TensorRange },
	shape: { readonly rows: number; readonly width: number; readonly storage: Storage; readonly bindingBytes: number },
): KernelCall[] {
	const { rows, width, storage, bindingBytes } = shape;
	return rowWindows(rows, width, storage === "bf16" ? 2 : 4, bindingBytes).map(
		({ firstRow, endRow, base, offset, size }) => ({
			kernel: squares,
			constants: { WORKGROUP, BF16: storage === "bf16" },
			params: { rows: endRow - firstRow, first_row: firstRow, width, base },
			bindings: [{ tensor: io.W.tensor, offset, size }, io.out],
			workgroups: spread(endRow - firstRow),
			flops: 2 * (endRow - firstRow) * width,
		}),
	);
}

/** norm[o] = |W[o] + s·B[o]·A|. squares, norm: [rows]; P: [rank, rows]; G: [rank, rank]; B: [rows, rank] */
export function doraNormCall(
	io: { squares: TensorRange; P: TensorRange; G: TensorRange; B: TensorRange; norm: TensorRange },
	rows: number,
	rank: number,
	scale: number,
): KernelCall {
	return {
		kernel: norm,
		constants: {},
		params: { rows, rank, scale },
		bindings: [io.squares, io.P, io.G, io.B, io.norm],
		workgroups: spread(Math.ceil(rows / 64)),
		flops: 2 * rows * rank * (rank + 2),
	};
}

/** gain = 1 + strength · (magnitude / norm − 1), or with `gradient` strength · magnitude / norm. All: [count] */
export function doraGainCall(
	io: { magnitude: TensorRange; norm: TensorRange; gain: TensorRange },
	count: number,
	gradient: boolean,
): KernelCall {
	return {
		kernel: gain,
		constants: { GRADIENT: gradient },
		params: { count },
		bindings: [io.magnitude, io.norm, io.gain],
		workgroups: spread(Math.ceil(count / 64)),
		flops: count * 4,
	};
}
