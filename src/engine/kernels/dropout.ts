// Dropout. The mask is computed from the counter-based random generator rather than stored.
import source from "../../shaders/elementwise/dropout.wgsl?raw";
import randomSource from "../../shaders/util/random.wgsl?raw";
import { Purpose } from "../random.ts";
import { defineElementwise } from "./elementwise.ts";
import type { KernelCall, TensorRange } from "./kernel.ts";
import type { LiveBound } from "./step.ts";

const dropout = defineElementwise("dropout", source, ["x"], ["out"], {
	includes: [randomSource],
	params: { purpose: "u32", salt: "u32", threshold: "u32", scale: "f32", slots: "u32" },
	vectorize: false,
});

export interface DropoutShape {
	readonly rows: number;
	readonly width: number;
	/** Salt of the module, so that modules have independent masks. */
	readonly salt: number;
	/** Elements whose 24 random bits are below this are dropped. */
	readonly threshold: number;
	readonly scale: number;
	readonly live?: LiveBound;
	/** x stacks the rows of several adapter slots. */
	readonly slots: boolean;
}

/** x, out: [rows, width] */
export function dropoutCall(
	io: { x: TensorRange; out: TensorRange },
	{ rows, width, salt, threshold, scale, live, slots }: DropoutShape,
): KernelCall {
	return dropout(io, rows, width, live, {
		params: { purpose: Purpose.dropout, salt, threshold, scale, slots: slots ? 1 : 0 },
		flops: 8,
	});
}
