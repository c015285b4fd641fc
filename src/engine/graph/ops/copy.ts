// copy: out = x. Copies an activation to a state that another plan reads.
import { copyCall } from "../../kernels/copy.ts";
import { liveRows } from "../../kernels/step.ts";
import { elements } from "../ir.ts";
import { defineOp, ranges } from "../op.ts";

/** inputs: x; output: the same values. */
export const copy = defineOp<null>({
	op: "copy",
	infer(_attrs, [x]) {
		return [{ shape: x.shape, dtype: "f32" }];
	},
	backward({ gradOutputs: [dout], setGrad }) {
		if (dout !== undefined) setGrad(0, dout);
	},
	reference({ inputs: [x], outputs: [out], inputSpecs: [spec], step }) {
		const n = liveRows(spec.shape[0], spec.live, step) * elements(spec.shape.slice(1));
		for (let i = 0; i < n; i++) out[i] = x[i];
	},
	lower({ inputs: [x], outputs: [out] }) {
		return [copyCall(ranges({ x, out }), x.shape[0], elements(x.shape.slice(1)), x.live)];
	},
});
