// embed: looks up rows of the embedding table by token id. The gradient of a trainable table goes to the rows that occur.
import { embedCalls } from "../../kernels/embed.ts";
import { liveRows } from "../../kernels/step.ts";
import { defineOp, ranges } from "../op.ts";
import { setGradByScatter } from "./scatter-add.ts";

/** inputs: ids u32 [T] (all below V), table [V, H] f32 or bf16; output: [T, H]. */
export const embed = defineOp<null>({
	op: "embed",
	infer(_attrs, [ids, table]) {
		if (ids.dtype !== "u32" || ids.shape.length !== 1)
			throw new Error(`embed: ids are [${ids.shape}] ${ids.dtype}, not [T] u32`);
		if (table.dtype === "u32" || table.shape.length !== 2)
			throw new Error(`embed: the table is [${table.shape}] ${table.dtype}`);
		return [{ shape: [ids.shape[0], table.shape[1]], dtype: "f32" }];
	},
	backward(context) {
		const [dout] = context.gradOutputs;
		const [ids, table] = context.inputs;
		if (dout === undefined || !context.needs[1]) return;
		setGradByScatter(context, 1, ids, dout, { ids: table.shape[0], shift: 0 });
	},
	reference({ inputs: [ids, table], inputSpecs: [idSpec, tableSpec], outputs: [out], step }) {
		const width = tableSpec.shape[1];
		for (let t = 0; t < liveRows(ids.length, idSpec.live, step); t++) {
			for (let c = 0; c < width; c++) out[t * width + c] = table[ids[t] * width + c];
		}
	},
	lower({ inputs: [ids, table], outputs: [out], limits }) {
		return embedCalls(ranges({ ids, table, out }), {
			rows: ids.shape[0],
			width: table.shape[1],
			vocabulary: table.shape[0],
			storage: table.dtype === "bf16" ? "bf16" : "f32",
			live: out.live,
			bindingBytes: limits.maxStorageBufferBindingSize,
		});
	},
});
