// Scatter-add of gradients to the rows of a table that token ids select, for embed and overlayRows.
import { NO_SKIP, scatterAddCalls, scatterLinksCall } from "../../kernels/scatter-add.ts";
import { liveRows } from "../../kernels/step.ts";
import type { TensorSpec } from "../ir.ts";
import { type BackwardContext, defineMultiOp, defineOp, ranges } from "../op.ts";
import { fill } from "./gather-rows.ts";

/** input: ids u32 [T]; outputs: the next live token of the same id (past the live ones: none), whether it is the first. [T] each */
export const scatterLinks = defineMultiOp<{ readonly skip: number }>({
	op: "scatterLinks",
	infer: (_attrs, [ids]) => [
		{ shape: ids.shape, dtype: "u32" },
		{ shape: ids.shape, dtype: "u32" },
	],
	reference({ attrs: { skip }, inputs: [ids], inputSpecs: [spec], outputs: [next, first], step }) {
		const rows = liveRows(spec.shape[0], spec.live, step);
		const last = new Map<number, number>();
		for (let t = 0; t < rows; t++) {
			const before = last.get(ids[t]);
			if (before !== undefined) next[before] = t;
			next[t] = rows;
			first[t] = before === undefined && ids[t] !== skip ? 1 : 0;
			last.set(ids[t], t);
		}
	},
	lower({ attrs: { skip }, inputs: [ids], outputs: [next, first] }) {
		const io = ranges({ ids, next, first });
		return [scatterLinksCall(io, ids.shape[0], skip, ids.live)];
	},
});

interface ScatterAddAttrs {
	readonly ids: number; // rows of the table
	/** Id of row 0: 1 where id 0 means no row. */
	readonly shift: number;
}

/** inputs: ids u32 [T], their links, dout [T, W], place; output: place[id] += Σ dout over the tokens of each id. */
export const scatterAdd = defineOp<ScatterAddAttrs>({
	op: "scatterAdd",
	infer({ ids }, [, , , dout, place]) {
		const wanted = `${ids},${dout.shape[1]}`;
		if (place.shape.join() !== wanted) throw new Error(`scatterAdd: [${place.shape}] is not [${wanted}]`);
		return [{ shape: place.shape, dtype: "f32", live: undefined }];
	},
	updates: () => [0],
	reference({ attrs, inputs: [ids, , , dout], inputSpecs: [spec, , , doutSpec], outputs: [place], step }) {
		const width = doutSpec.shape[1];
		for (let t = 0; t < liveRows(spec.shape[0], spec.live, step); t++) {
			const id = ids[t] - attrs.shift;
			if (id < 0) continue;
			for (let c = 0; c < width; c++) place[id * width + c] += dout[t * width + c];
		}
	},
	lower({ attrs, inputs: [ids, next, first, dout], outputs: [place], limits }) {
		const io = ranges({ ids, next, first, dout, out: place });
		const [rows, width] = dout.shape;
		const bindingBytes = limits.maxStorageBufferBindingSize;
		return scatterAddCalls(io, { rows, width, ...attrs, live: ids.live, bindingBytes });
	},
});

/**
 * Sets the gradient of a table whose rows are selected by ids. If the table is trainable, the gradient is added in place and
 * only the rows of ids that occur are touched; otherwise it is a new tensor of the table's size.
 * @param input index of the table among the node's inputs
 */
export function setGradByScatter<A>(
	{ builder, node, inputs, gradBuffer, setGrad }: BackwardContext<A>,
	input: number,
	ids: TensorSpec,
	dout: TensorSpec,
	attrs: ScatterAddAttrs,
): void {
	const name = `d ${node.name} by id`;
	const trainable = gradBuffer(input);
	const place = trainable ?? fill(builder, name, [], { shape: inputs[input].shape, value: 0 });
	const [next, first] = scatterLinks(builder, `${name} links`, [ids], { skip: attrs.shift > 0 ? 0 : NO_SKIP });
	scatterAdd.into(builder, name, [ids, next, first, dout, place], [place], attrs);
	if (trainable === null) setGrad(input, place);
}
