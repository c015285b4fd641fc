// Row norms and gains of DoRA (arXiv 2402.09353). The matrix products of DoRA are ordinary matmuls.
import gainSource from "../../shaders/lora/dora-gain.wgsl?raw";
import normSource from "../../shaders/lora/dora-norm.wgsl?raw";
import squaresSource from "../../shaders/lora/row-squares.wgsl?raw";
import reduceSource from "../../shaders/util/reduce.wgsl?raw";
import { dequantSources } from "./dequant.ts";
import { bindings, defineKernel, type KernelCall, spread, type TensorRange } from "./kernel.ts";
import { rowsPerBinding, spans, strided } from "./matmul-operands.ts";
import type { WeightFormat } from "./weight-format.ts";

const WORKGROUP = 16;

const squares = defineKernel({
	name: "row-squares",
	source: squaresSource,
	includes: [reduceSource],
	params: { rows: "u32", first_row: "u32", width: "u32", base: "u32", stride: "u32" },
	bindings: bindings(["b0"], ["out"]),
});

const norm = defineKernel({
	name: "dora-norm",
	source: normSource,
	params: { rows: "u32", rank: "u32", scale: "f32" },
	bindings: bindings(["squares", "P", "G", "B"], ["norm"]),
});

const gain = defineKernel({
	name: "dora-gain",
	source: gainSource,
	params: { count: "u32" },
	bindings: bindings(["magnitude", "norm"], ["gain"]),
});

/** out[o] = Σ W[o, i]². W: [rows, width] in any storage, out: [rows] */
export function rowSquaresCalls(
	io: { W: TensorRange; out: TensorRange },
	shape: {
		readonly rows: number;
		readonly width: number;
		readonly storage: WeightFormat;
		readonly bindingBytes: number;
	},
): KernelCall[] {
	const { rows, width, storage, bindingBytes } = shape;
	const kernel = { ...squares, includes: [...dequantSources(storage), ...squares.includes] };
	return spans(rows, rowsPerBinding(rows, width, storage, bindingBytes)).map((span) => {
		const { range, base, p } = strided(io.W, rows, width, storage, span, { first: 0, count: width }, bindingBytes);
		return {
			kernel,
			constants: { WORKGROUP, LAYOUT: storage === "f32" ? 0 : 1 },
			params: { rows: span.count, first_row: span.first, width, base, stride: p },
			bindings: [range, io.out],
			workgroups: spread(span.count),
			flops: 2 * span.count * width,
		};
	});
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
