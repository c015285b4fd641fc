// Looks up rows of an embedding table by token id. A table larger than a binding is read window by window.
import bf16Source from "../../shaders/dequant/bf16.wgsl?raw";
import source from "../../shaders/util/embed.wgsl?raw";
import { rowWindows } from "./binding-windows.ts";
import { bindings, defineKernel, type KernelCall, spread, type TensorRange } from "./kernel.ts";
import { type LiveBound, liveCode } from "./step.ts";

const kernel = defineKernel({
	name: "embed",
	source,
	includes: [bf16Source],
	params: {
		rows: "u32",
		width: "u32",
		first_row: "u32",
		end_row: "u32",
		base: "u32",
		live_axis: "u32",
		live_offset: "u32",
	},
	bindings: bindings(["ids", "table"], ["out"]),
});

export interface EmbedShape {
	readonly rows: number;
	readonly width: number;
	readonly vocabulary: number;
	readonly storage: "f32" | "bf16";
	readonly live?: LiveBound;
	/** Bytes that one binding may hold. */
	readonly bindingBytes: number;
}

/** out[t] = table[ids[t]]. ids: [rows] u32, table: [vocabulary, width], out: [rows, width] */
export function embedCalls(
	io: { ids: TensorRange; table: TensorRange; out: TensorRange },
	shape: EmbedShape,
): KernelCall[] {
	const { rows, width, vocabulary, storage, live, bindingBytes } = shape;
	return rowWindows(vocabulary, width, storage === "bf16" ? 2 : 4, bindingBytes).map(
		({ firstRow, endRow, base, offset, size }) => ({
			kernel,
			constants: { BF16: storage === "bf16" },
			params: {
				rows,
				width,
				first_row: firstRow,
				end_row: endRow,
				base,
				live_axis: liveCode(live),
				live_offset: live?.offset ?? 0,
			},
			bindings: [io.ids, { tensor: io.table.tensor, offset, size }, io.out],
			workgroups: spread(Math.ceil((rows * width) / 64)),
			flops: rows * width,
		}),
	);
}
