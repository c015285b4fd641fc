// add: out = a + b, as in the residual stream. The shortest op.
import { addCall } from "../../kernels/add.ts";
import { liveRows } from "../../kernels/step.ts";
import { elements } from "../ir.ts";
import { defineOp, ranges } from "../op.ts";

/** inputs: a, b of one shape; output: a + b. */
export const add = defineOp<null>({
	op: "add",
	infer(_attrs, [a, b]) {
		if (a.shape.join() !== b.shape.join()) throw new Error(`add: [${a.shape}] and [${b.shape}] differ`);
		return [{ shape: a.shape, dtype: "f32" }];
	},
	backward({ gradOutputs: [dout], setGrad }) {
		if (dout === undefined) return;
		setGrad(0, dout);
		setGrad(1, dout);
	},
	reference({ inputs: [a, b], outputs: [out], outputSpecs: [spec], step }) {
		const width = elements(spec.shape.slice(1));
		const n = liveRows(spec.shape[0], spec.live, step) * width;
		for (let i = 0; i < n; i++) out[i] = a[i] + b[i];
	},
	lower({ inputs: [a, b], outputs: [out] }) {
		const width = elements(out.shape.slice(1));
		return [addCall(ranges({ a, b, out }), out.shape[0], width, out.live)];
	},
});
