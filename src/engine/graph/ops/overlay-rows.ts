// overlayRows: replaces some rows of x by rows of a table. Prompt tuning uses it to put virtual tokens before the embeddings of
// a text (arXiv 2104.08691).
import { overlayRowsCall } from "../../kernels/overlay-rows.ts";
import { liveRows } from "../../kernels/step.ts";
import { defineOp, ranges } from "../op.ts";
import { setGradByScatter } from "./scatter-add.ts";

/** inputs: x [T, H], table [P, H], index u32 [T] (0: the row of x; i: row i − 1 of the table); output: [T, H]. */
export const overlayRows = defineOp<null>({
	op: "overlayRows",
	infer(_attrs, [x, table, index]) {
		if (x.shape[1] !== table.shape[1] || index.dtype !== "u32" || index.shape.join() !== String(x.shape[0]))
			throw new Error(`overlayRows: [${x.shape}], [${table.shape}] by [${index.shape}] ${index.dtype}`);
		return [{ shape: x.shape, dtype: "f32" }];
	},
	backward(context) {
		const [dout] = context.gradOutputs;
		const [, table, index] = context.inputs;
		if (dout === undefined) return;
		if (context.needs[0]) context.setGrad(0, overlayZeros(context.builder, `d ${context.node.name} x`, [dout, index]));
		const attrs = { ids: table.shape[0], shift: 1 };
		if (context.needs[1]) setGradByScatter(context, 1, index, dout, attrs);
	},
	reference({ inputs: [x, table, index], inputSpecs: [spec], outputs: [out], step }) {
		const [rows, width] = spec.shape;
		for (let t = 0; t < liveRows(rows, spec.live, step); t++)
			for (let c = 0; c < width; c++)
				out[t * width + c] = index[t] === 0 ? x[t * width + c] : table[(index[t] - 1) * width + c];
	},
	lower({ inputs: [x, table, index], outputs: [out] }) {
		const io = ranges({ x, table, index, out });
		return [overlayRowsCall(io, x.shape[0], x.shape[1], x.live)];
	},
});

/** inputs: x [T, H], index u32 [T]; output: x with zeros in the rows whose index is not 0. */
export const overlayZeros = defineOp<null>({
	op: "overlayZeros",
	infer: (_attrs, [x]) => [{ shape: x.shape, dtype: "f32" }],
	reference({ inputs: [x, index], inputSpecs: [spec], outputs: [out], step }) {
		const [rows, width] = spec.shape;
		for (let t = 0; t < liveRows(rows, spec.live, step); t++)
			for (let c = 0; c < width; c++) out[t * width + c] = index[t] === 0 ? x[t * width + c] : 0;
	},
	lower({ inputs: [x, index], outputs: [out] }) {
		const io = ranges({ x, index, out });
		return [overlayRowsCall(io, x.shape[0], x.shape[1], x.live)];
	},
});
