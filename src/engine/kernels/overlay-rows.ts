// Replaces some rows by rows of a table: the virtual tokens of prompt tuning before those of the text.
import source from "../../shaders/elementwise/overlay-rows.wgsl?raw";
import { defineElementwise } from "./elementwise.ts";
import type { KernelCall, TensorRange } from "./kernel.ts";
import type { LiveBound } from "./step.ts";

const overlayRows = defineElementwise("overlay-rows", source, ["x", "table", "index"], ["out"]);

/**
 * out[t] = x[t] where index[t] is 0, else table[index[t] − 1], or zeros if there is no table. x, out: [rows, width], table:
 * [entries, width], index: [rows] u32
 */
export function overlayRowsCall(
	{ table, ...io }: { x: TensorRange; table?: TensorRange; index: TensorRange; out: TensorRange },
	rows: number,
	width: number,
	live?: LiveBound,
): KernelCall {
	const constants = { GRADIENT: table === undefined };
	return overlayRows({ ...io, table: table ?? io.x }, rows, width, live, { constants });
}
