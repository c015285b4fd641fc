// Scatter-add of gradients to the rows of a table that token ids select, for embed and overlayRows.
import { NO_SKIP, scatterAddCalls, scatterLinksCall } from "../../kernels/scatter-add.ts";
import { liveRows } from "../../kernels/step.ts";
import type { TensorSpec } from "../ir.ts";
import { type BackwardContext, defineMultiOp, defineOp, ranges } from "../op.ts";
import { fill } from "./gather-rows.ts";

/** input: ids u32 [T]; outputs: the next live token of the same id (past the live ones: none), whether it is the first. [T] each */
export const idChains = defineMultiOp<{ readonly skip: number }>({
	op: "idChains",
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

interface AddByIdAttrs {
	readonly ids: number; // places of the table
	/** Id of the first place: index 0 may stand for none. */
	readonly shift: number;
}

/** inputs: ids u32 [T], its chains, dout [T, W], place; output: the place, which grows by Σ dout of each id's tokens. */
export const addById = defineOp<AddByIdAttrs>({
	op: "addById",
	infer({ ids }, [, , , dout, place]) {
		const wanted = `${ids},${dout.shape[1]}`;
		if (place.shape.join() !== wanted) throw new Error(`addById: [${place.shape}] is not [${wanted}]`);
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
 * The gradient of a table whose places are named by ids: added in place where the table is trainable, so that only the
 * places of ids that occur are touched; else made whole and handed over.
 * @param input index of the table among the node's inputs
 */
export function setGradByScatter<A>(
	{ builder, node, inputs, gradBuffer, setGrad }: BackwardContext<A>,
	input: number,
	ids: TensorSpec,
	dout: TensorSpec,
	attrs: AddByIdAttrs,
): void {
	const name = `d ${node.name} by id`;
	const trainable = gradBuffer(input);
	const place = trainable ?? fill(builder, name, [], { shape: inputs[input].shape, value: 0 });
	const [next, first] = idChains(builder, `${name} chains`, [ids], { skip: attrs.shift > 0 ? 0 : NO_SKIP });
	addById.into(builder, name, [ids, next, first, dout, place], [place], attrs);
	if (trainable === null) setGrad(input, place);
}
