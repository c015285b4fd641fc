// layerNorm: y = weight * (x - mean) / sqrt(variance + eps) + bias, row by row (arXiv 1607.06450; torch.nn.LayerNorm).
import { normCall } from "../../kernels/norm.ts";
import { defineOp, ranges } from "../op.ts";
import { columnSum } from "./column-sum.ts";
import { checkNormShapes, eachRow, type NormAttrs, normGradient, normWeightGradient } from "./norm-rows.ts";

/** inputs: x [T, H], weight [H], bias [H], both f32 or bf16; output: [T, H]. */
export const layerNorm = defineOp<Pick<NormAttrs, "eps">>({
	op: "layerNorm",
	infer(_attrs, [x, weight, bias]) {
		checkNormShapes("layerNorm", x, [weight, bias]);
		return [{ shape: x.shape, dtype: "f32" }];
	},
	backward({ builder, node, attrs, inputs: [x, weight], gradOutputs: [dout], needs, setGrad }) {
		if (dout === undefined) return;
		const centered = { ...attrs, centered: true };
		if (needs[0]) setGrad(0, normGradient(builder, `${node.name} dx`, [x, weight, dout], centered));
		if (needs[1]) setGrad(1, normWeightGradient(builder, `${node.name} dweight`, [weight, x, dout], centered));
		if (needs[2]) setGrad(2, columnSum(builder, `${node.name} dbias`, [dout]));
	},
	reference({ attrs, inputs: [x, weight, bias], inputSpecs: [spec], outputs: [out], step }) {
		const width = spec.shape[1];
		eachRow(x, spec, step, { ...attrs, centered: true }, (start, mean, inverse) => {
			for (let c = 0; c < width; c++) out[start + c] = weight[c] * ((x[start + c] - mean) * inverse) + bias[c];
		});
	},
	lower({ attrs, inputs: [x, weight, bias], outputs: [out] }) {
		const [rows, width] = x.shape;
		const io = ranges({ x, weight, bias, out });
		const storage = { weightBf16: weight.dtype === "bf16", biasBf16: bias.dtype === "bf16" };
		return [normCall(io, { rows, width, ...attrs, live: x.live, centered: true, ...storage })];
	},
});
