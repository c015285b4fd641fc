// Sums each column over the live rows: the gradient of a bias.
import source from "../../shaders/util/column-sum.wgsl?raw";
import { bindings, defineKernel, type KernelCall, spread, type TensorRange } from "./kernel.ts";
import { type LiveBound, liveCode } from "./step.ts";

const kernel = defineKernel({
	name: "column-sum",
	source,
	params: { rows: "u32", width: "u32", live_axis: "u32", live_offset: "u32" },
	bindings: bindings(["x"], ["out"]),
});

/** out[j] = Σ x[i, j] over live i. x: [rows, width], out: [width] */
export function columnSumCall(
	io: { x: TensorRange; out: TensorRange },
	rows: number,
	width: number,
	live?: LiveBound,
): KernelCall {
	return {
		kernel,
		constants: {},
		params: {
			rows,
			width,
			live_axis: liveCode(live),
			live_offset: live?.offset ?? 0,
		},
		bindings: [io.x, io.out],
		workgroups: spread(Math.ceil(width / 64)),
		flops: rows * width,
	};
}
