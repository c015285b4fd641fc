// Dropout. The mask is computed from the counter-based random generator rather than stored.

import source from "../../shaders/elementwise/dropout.wgsl?raw";
import randomSource from "../../shaders/util/random.wgsl?raw";
import { Purpose } from "../random.ts";
import { bindings, defineKernel, type KernelCall, type TensorRange } from "./kernel.ts";
import { type LiveBound, liveCode } from "./step.ts";
import { ELEMENTWISE, elementwiseGroups } from "./vectorize.ts";

const kernel = defineKernel({
	name: "dropout",
	source,
	includes: [randomSource],
	params: {
		rows: "u32",
		width: "u32",
		purpose: "u32",
		salt: "u32",
		threshold: "u32",
		scale: "f32",
		live_axis: "u32",
		live_offset: "u32",
		slots: "u32",
	},
	bindings: bindings(["x"], ["out"]),
});

export interface DropoutShape {
	readonly rows: number;
	readonly width: number;
	/** Of the module: masks of different modules are independent. */
	readonly salt: number;
	/** Elements whose 24 random bits lie below this are dropped. */
	readonly threshold: number;
	readonly scale: number;
	readonly live?: LiveBound;
	/** The rows are those of the slots of a race, one slot after another. */
	readonly slots: boolean;
}

/** x, out: [rows, width] */
export function dropoutCall(
	io: { x: TensorRange; out: TensorRange },
	{ rows, width, salt, threshold, scale, live, slots }: DropoutShape,
): KernelCall {
	return {
		kernel,
		constants: ELEMENTWISE,
		params: {
			rows,
			width,
			purpose: Purpose.dropout,
			salt,
			threshold,
			scale,
			live_axis: liveCode(live),
			live_offset: live?.offset ?? 0,
			slots: slots ? 1 : 0,
		},
		bindings: [io.x, io.out],
		workgroups: elementwiseGroups(rows * width),
		flops: rows * width * 8,
	};
}
