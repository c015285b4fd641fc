// gatherRows, scatterRows, fill: the loss selects the rows that have a target, in chunks, and writes the gradients of the
// chunks back into one tensor of zeros.
import { fillCall, gatherRowsCall, scatterRowsCall } from "../../kernels/gather-rows.ts";
import { type LiveBound, liveRows } from "../../kernels/step.ts";
import type { GraphBuilder } from "../builder.ts";
import { elements, type TensorSpec } from "../ir.ts";
import { defineOp, ranges } from "../op.ts";

export interface GatherRowsAttrs {
	/** First entry of `rows` that is used. */
	readonly offset: number;
	readonly count: number;
}

/** inputs: x [T, H], rows u32 [R] (distinct, below T); output: [count, H], row i = x[rows[offset + i]], live rows as targets. */
export const gatherRows = defineOp<GatherRowsAttrs>({
	op: "gatherRows",
	infer({ offset, count }, [x, rows]) {
		if (rows.dtype !== "u32" || offset + count > rows.shape[0])
			throw new Error(`gatherRows: ${offset} + ${count} rows of [${rows.shape}] ${rows.dtype}`);
		return [{ shape: [count, x.shape[1]], dtype: "f32", live: { axis: "targets", offset } }];
	},
	backward({ builder, node, attrs, inputs: [x, rows], gradOutputs: [dout], setGrad }) {
		if (dout === undefined) return;
		const dx = fill(builder, `${node.name} dx`, [], { shape: x.shape, value: 0, live: x.live });
		scatterRows(builder, `${node.name} dx rows`, dout, rows, dx, attrs.offset);
		setGrad(0, dx);
	},
	reference({ attrs: { offset, count }, inputs: [x, rows], outputs: [out], outputSpecs: [spec], step }) {
		const width = spec.shape[1];
		for (let i = 0; i < liveRows(count, spec.live, step); i++) {
			for (let c = 0; c < width; c++) out[i * width + c] = x[rows[offset + i] * width + c];
		}
	},
	lower({ attrs: { offset, count }, inputs: [x, rows], outputs: [out] }) {
		const io = ranges({ x, rows, out });
		return [gatherRowsCall(io, { count, width: out.shape[1], first: offset, live: out.live })];
	},
});

export const scatterRowsOp = defineOp<{ readonly offset: number }>({
	op: "scatterRows",
	infer({ offset }, [values, rows, place]) {
		if (values.shape[1] !== place.shape[1] || offset + values.shape[0] > rows.shape[0]) {
			throw new Error(`scatterRows: [${values.shape}] by [${rows.shape}] from ${offset} into [${place.shape}]`);
		}
		return [{ shape: place.shape, dtype: "f32" }];
	},
	updates: () => [0],
	reference({ attrs: { offset }, inputs: [values, rows], inputSpecs: [spec], outputs: [place], step }) {
		const [count, width] = spec.shape;
		for (let i = 0; i < liveRows(count, spec.live, step); i++) {
			for (let c = 0; c < width; c++) place[rows[offset + i] * width + c] = values[i * width + c];
		}
	},
	lower({ attrs: { offset }, inputs: [values, rows], outputs: [place] }) {
		const [count, width] = values.shape;
		const io = ranges({ values, rows, place });
		return [scatterRowsCall(io, { count, width, first: offset, live: values.live })];
	},
});

/** place[rows[offset + i]] = values[i] for live i; the other rows are unchanged. values: [count, H], place: [T, H] */
export function scatterRows(
	builder: GraphBuilder,
	name: string,
	values: TensorSpec,
	rows: TensorSpec,
	place: TensorSpec,
	offset: number,
): void {
	scatterRowsOp.into(builder, name, [values, rows, place], [place], { offset });
}

export interface FillAttrs {
	readonly shape: readonly number[];
	readonly value: number;
	readonly live?: LiveBound;
}

/** No inputs; output: a tensor filled with one value. */
export const fill = defineOp<FillAttrs>({
	op: "fill",
	infer({ shape, live }) {
		return [{ shape, dtype: "f32", live }];
	},
	reference({ attrs: { shape, value, live }, outputs: [out], step }) {
		for (let i = 0; i < liveRows(shape[0], live, step) * elements(shape.slice(1)); i++) out[i] = value;
	},
	lower({ attrs: { shape, value, live }, outputs: [out] }) {
		return [fillCall(ranges({ out }), shape[0], elements(shape.slice(1)), value, live)];
	},
});
