// embedColumns: columns of a [rank, vocabulary] matrix by token id, scaled: the low-rank half of LoRA on an embedding
// (peft/tuners/lora/layer.py, Embedding).
import { embedColumnsCall } from "../../kernels/embed-columns.ts";
import { liveRows } from "../../kernels/step.ts";
import { defineOp } from "../op.ts";
import { giveById } from "./by-id.ts";

export interface EmbedColumnsAttrs {
	readonly scale: number;
	/** Also times step.adapter_strength. */
	readonly adapter: boolean;
}

/** inputs: ids u32 [T] (all below V), A [r, V] within one binding; output: scale · A[:, ids[t]], [T, r]. */
export const embedColumns = defineOp<EmbedColumnsAttrs>({
	op: "embedColumns",
	infer(_attrs, [ids, A]) {
		if (ids.dtype !== "u32" || ids.shape.length !== 1 || A.dtype !== "f32" || A.shape.length !== 2)
			throw new Error(`embedColumns: [${ids.shape}] ${ids.dtype} of [${A.shape}] ${A.dtype}`);
		return [{ shape: [ids.shape[0], A.shape[0]], dtype: "f32" }];
	},
	backward(context) {
		const [dout] = context.gradOutputs;
		const [ids, A] = context.inputs;
		if (dout === undefined || !context.needs[1]) return;
		giveById(context, 1, ids, dout, { ids: A.shape[1], shift: 0, transposed: true, ...context.attrs });
	},
	reference({ attrs: { scale, adapter }, inputs: [ids, A], inputSpecs: [idSpec, spec], outputs: [out], step }) {
		const [rank, vocabulary] = spec.shape;
		const factor = scale * (adapter ? step.adapter_strength : 1);
		for (let t = 0; t < liveRows(ids.length, idSpec.live, step); t++)
			for (let k = 0; k < rank; k++) out[t * rank + k] = factor * A[k * vocabulary + ids[t]];
	},
	lower({ attrs: { scale, adapter }, inputs: [ids, A], outputs: [out] }) {
		const [rank, vocabulary] = A.shape;
		const io = { ids: { tensor: ids.id }, A: { tensor: A.id }, out: { tensor: out.id } };
		return [embedColumnsCall(io, { rows: ids.shape[0], rank, vocabulary, live: out.live }, scale, adapter)];
	},
});
