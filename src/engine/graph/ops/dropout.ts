// dropout: zeroes elements with probability p and scales the rest by 1 / (1 - p) (Srivastava et al., JMLR 2014). The mask
// depends only on the row and column of an element, not on the tensor's capacity. With adapter slots, rows are counted from
// the start of a slot, so a slot has the same mask as a single run.
import { dropoutCall } from "../../kernels/dropout.ts";
import { liveRows } from "../../kernels/step.ts";
import { Purpose, randomU32 } from "../../random.ts";
import { elements } from "../ir.ts";
import { defineOp, ranges } from "../op.ts";

export interface DropoutAttrs {
	/** Probability of a zero, in [0, 1). */
	readonly p: number;
	/** Different for each module that uses dropout: u32. */
	readonly salt: number;
	/** x stacks the rows of several adapter slots. */
	readonly slots?: boolean;
}

/** p as the number of 2^24 draws that drop: whole, so that both executors agree on every element. */
function threshold(p: number): number {
	return Math.round(p * 2 ** 24);
}

/** inputs: x; output: as x. The gradient goes through the same mask. */
export const dropout = defineOp<DropoutAttrs>({
	op: "dropout",
	infer({ p }, [x]) {
		if (!(p >= 0 && p < 1)) throw new Error(`dropout: p is ${p}, not in [0, 1)`);
		return [{ shape: x.shape, dtype: "f32" }];
	},
	backward({ builder, node, attrs, gradOutputs: [dout], setGrad }) {
		if (dout !== undefined) setGrad(0, dropout(builder, `${node.name} dx`, [dout], attrs));
	},
	reference({ attrs: { p, salt, slots }, inputs: [x], outputs: [out], outputSpecs: [spec], step }) {
		const width = elements(spec.shape.slice(1));
		const n = liveRows(spec.shape[0], spec.live, step) * width;
		const period = slots ? step.slot_tokens * width : n;
		const stream = randomU32(step.seed, Purpose.dropout, step.micro_step, salt);
		for (let i = 0; i < n; i++) {
			const kept = randomU32(step.seed, Purpose.dropout, stream, i % period) >>> 8 >= threshold(p);
			out[i] = kept ? x[i] / (1 - p) : 0;
		}
	},
	lower({ attrs: { p, salt, slots = false }, inputs: [x], outputs: [out] }) {
		const [rows, width] = [x.shape[0], elements(x.shape.slice(1))];
		const shape = { rows, width, salt, threshold: threshold(p), scale: 1 / (1 - p), live: out.live, slots };
		return [dropoutCall(ranges({ x, out }), shape)];
	},
});
