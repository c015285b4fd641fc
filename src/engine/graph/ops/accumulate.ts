// accumulate: out += a. Autodiff ends every trainable tensor's gradient with one (the fuse pass usually merges it into the
// matmul before it), and the fuse pass turns a sum into one when an operand is not read again.
import { accumulateCall } from "../../kernels/accumulate.ts";
import { liveRows } from "../../kernels/step.ts";
import type { GraphBuilder } from "../builder.ts";
import { elements, type TensorSpec } from "../ir.ts";
import { defineOp, ranges } from "../op.ts";

/** inputs: a, place (of the same shape); output: place. Only the live rows of place change. */
export const accumulateOp = defineOp<null>({
	op: "accumulate",
	infer(_attrs, [a, place]) {
		if (a.shape.join() !== place.shape.join()) throw new Error(`accumulate: [${a.shape}] into [${place.shape}]`);
		return [{ shape: place.shape, dtype: "f32", live: place.live }];
	},
	updates: () => [0],
	reference({ inputs: [a], outputs: [place], outputSpecs: [spec], step }) {
		const n = liveRows(spec.shape[0], spec.live, step) * elements(spec.shape.slice(1));
		for (let i = 0; i < n; i++) place[i] += a[i];
	},
	lower({ inputs: [a], outputs: [place] }) {
		const width = elements(place.shape.slice(1));
		return [accumulateCall(ranges({ a, out: place }), place.shape[0], width, place.live)];
	},
});

/** place += a */
export function accumulate(builder: GraphBuilder, name: string, a: TensorSpec, place: TensorSpec): void {
	accumulateOp.into(builder, name, [a, place], [place]);
}
