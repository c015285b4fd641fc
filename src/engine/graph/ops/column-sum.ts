// columnSum: the sum of each column over the live rows, the gradient of a bias.
import { columnSumCall } from "../../kernels/column-sum.ts";
import { liveRows } from "../../kernels/step.ts";
import { defineOp, ranges } from "../op.ts";

/** input: x [rows, width]; output: [width]. */
export const columnSum = defineOp<null>({
	op: "columnSum",
	infer(_attrs, [x]) {
		if (x.shape.length !== 2) throw new Error(`columnSum: [${x.shape}] is not a matrix`);
		return [{ shape: [x.shape[1]], dtype: "f32", live: undefined }];
	},
	reference({ inputs: [x], inputSpecs: [spec], outputs: [out], step }) {
		const [rows, width] = spec.shape;
		out.fill(0);
		for (let i = 0; i < liveRows(rows, spec.live, step) * width; i++) out[i % width] += x[i];
	},
	lower({ inputs: [x], outputs: [out] }) {
		return [columnSumCall(ranges({ x, out }), x.shape[0], x.shape[1], x.live)];
	},
});
