// L2 norm of a flat buffer in two stages, both in a fixed order: sums of squares of blocks, then the root of their sum.

import normSource from "../../shaders/norm/norm-into.wgsl?raw";
import finiteSource from "../../shaders/util/finite.wgsl?raw";
import reduceSource from "../../shaders/util/reduce.wgsl?raw";
import squaresSource from "../../shaders/util/sum-squares.wgsl?raw";
import { flatWindows } from "./binding-windows.ts";
import { bindings, defineKernel, type KernelCall, spread, type TensorRange } from "./kernel.ts";

const WORKGROUP = 16;
/** Values that one workgroup sums. */
export const SQUARES_BLOCK = 4096;

const squares = defineKernel({
	name: "sum-squares",
	source: squaresSource,
	includes: [finiteSource, reduceSource],
	params: { count: "u32", first: "u32" },
	bindings: bindings(["values"], ["sums"]),
});

const norm = defineKernel({
	name: "norm-into",
	source: normSource,
	includes: [finiteSource, reduceSource],
	params: { count: "u32", index: "u32" },
	bindings: bindings(["sums"], ["state"]),
});

/** sums[b] = sum of squares of block b. values: [count], sums: [ceil(count / SQUARES_BLOCK)] */
export function sumSquaresCalls(
	io: { values: TensorRange; sums: TensorRange },
	count: number,
	bindingBytes: number,
): KernelCall[] {
	return flatWindows(count, SQUARES_BLOCK, bindingBytes).map((window) => ({
		kernel: squares,
		constants: { WORKGROUP, BLOCK: SQUARES_BLOCK },
		params: { count: window.count, first: window.first / SQUARES_BLOCK },
		bindings: [{ tensor: io.values.tensor, offset: window.first * 4, size: window.count * 4 }, io.sums],
		workgroups: spread(Math.ceil(window.count / SQUARES_BLOCK)),
		flops: window.count * 2,
	}));
}

/** state[index] = sqrt(sum of sums). sums: [count] */
export function normIntoCall(io: { sums: TensorRange; state: TensorRange }, count: number, index: number): KernelCall {
	return {
		kernel: norm,
		constants: { WORKGROUP },
		params: { count, index },
		bindings: [io.sums, io.state],
		workgroups: [1, 1, 1],
		flops: count,
	};
}
