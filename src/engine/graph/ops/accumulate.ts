// accumulate: place += gradient. Autodiff ends every trainable tensor with one; the fuse pass usually turns it into
// the matmul before it.
import { accumulateCall } from "../../kernels/accumulate.ts";
import { elements } from "../ir.ts";
import { defineOp } from "../op.ts";

/** inputs: gradient, place (a state of the same shape); output: the place. */
export const accumulate = defineOp<null>({
	op: "accumulate",
	infer(_attrs, [gradient, place]) {
		if (gradient.shape.join() !== place.shape.join()) throw new Error(`accumulate: [${gradient.shape}] into [${place.shape}]`);
		return [{ shape: place.shape, dtype: "f32" }];
	},
	updates: () => [0],
	reference({ inputs: [gradient], outputs: [place] }) {
		for (let i = 0; i < place.length; i++) place[i] += gradient[i];
	},
	lower({ inputs: [gradient], outputs: [place] }) {
		return [accumulateCall({ a: { tensor: gradient.id }, out: { tensor: place.id } }, elements(place.shape))];
	},
});
