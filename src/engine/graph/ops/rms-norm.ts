// rmsNorm: y = weight * x / sqrt(mean(x^2) + eps), row by row (arXiv 1910.07467; transformers' LlamaRMSNorm).
import { normCall } from "../../kernels/norm.ts";
import { defineOp, ranges } from "../op.ts";
import {
	checkNormShapes,
	eachRow,
	gainOf,
	grouped,
	type NormAttrs,
	normGradient,
	normWeightGradient,
} from "./norm-rows.ts";

/** inputs: x [T, groups · H], weight [H] f32 or bf16; output as x. */
export const rmsNorm = defineOp<NormAttrs>({
	op: "rmsNorm",
	infer({ groups }, [x, weight]) {
		checkNormShapes("rmsNorm", x, [weight], groups);
		return [{ shape: x.shape, dtype: "f32" }];
	},
	backward({ builder, node, attrs, inputs: [x, weight], gradOutputs: [dout], needs, setGrad }) {
		if (dout === undefined) return;
		const centered = { ...attrs, centered: false };
		if (needs[0]) setGrad(0, normGradient(builder, `${node.name} dx`, [x, weight, dout], centered));
		if (needs[1]) setGrad(1, normWeightGradient(builder, `${node.name} dweight`, [weight, x, dout], centered));
	},
	reference({ attrs, inputs: [x, weight], inputSpecs: [spec], outputs: [out], step }) {
		const width = spec.shape[1] / (attrs.groups ?? 1);
		const gain = gainOf(attrs, weight);
		eachRow(x, spec, step, { ...attrs, centered: false }, (start, _mean, inverse) => {
			for (let c = 0; c < width; c++) out[start + c] = gain(c) * (x[start + c] * inverse);
		});
	},
	lower({ attrs, inputs: [x, weight], outputs: [out] }) {
		const io = ranges({ x, weight, out });
		return [
			normCall(io, {
				...grouped(x, { ...attrs, centered: false }),
				weightBf16: weight.dtype === "bf16",
				biasBf16: false,
			}),
		];
	},
});
