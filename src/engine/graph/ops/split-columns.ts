// splitColumns: splits a matrix by columns, as torch.split(x, widths, dim=-1), for fused projections (Phi-3's qkv_proj and
// gate_up_proj, GPT-2's c_attn).
import { copyColumnsCall } from "../../kernels/copy-columns.ts";
import { liveRows } from "../../kernels/step.ts";
import { defineMultiOp, defineOp } from "../op.ts";

export interface SplitAttrs {
	/** Width of each part; their sum is the width of the input. */
	readonly widths: readonly number[];
}

/** input: x [T, sum of widths]; outputs: [T, width], one for each of the widths. */
export const splitColumns = defineMultiOp<SplitAttrs>({
	op: "splitColumns",
	infer({ widths }, [x]) {
		if (x.shape.length !== 2 || x.shape[1] !== widths.reduce((a, b) => a + b, 0))
			throw new Error(`splitColumns: [${x.shape}] into ${widths}`);
		return widths.map((width) => ({ shape: [x.shape[0], width], dtype: "f32" }));
	},
	backward({ builder, node, attrs, gradOutputs, setGrad }) {
		const parts = gradOutputs.filter((part) => part !== undefined);
		if (parts.length === 0) return;
		if (parts.length < gradOutputs.length) throw new Error(`${node.name}: a part of a split has no gradient`);
		setGrad(0, joinColumns(builder, `d ${node.name}`, parts, attrs));
	},
	reference({ attrs: { widths }, inputs: [x], inputSpecs: [spec], outputs, step }) {
		const [rows, whole] = spec.shape;
		for (let row = 0; row < liveRows(rows, spec.live, step); row++) {
			starts(widths).forEach((start, part) => {
				for (let c = 0; c < widths[part]; c++) outputs[part][row * widths[part] + c] = x[row * whole + start + c];
			});
		}
	},
	lower({ attrs: { widths }, inputs: [x], outputs }) {
		const [rows, whole] = x.shape;
		return starts(widths).map((start, part) => {
			const io = { x: { tensor: x.id }, out: { tensor: outputs[part].id } };
			const width = widths[part];
			return copyColumnsCall(io, rows, width, { width: whole, start }, { width, start: 0 }, x.live);
		});
	},
});

/** The inverse of splitColumns. inputs: [T, width], one for each of the widths; output: [T, sum of widths]. */
export const joinColumns = defineOp<SplitAttrs>({
	op: "joinColumns",
	infer: ({ widths }, [first]) => [{ shape: [first.shape[0], widths.reduce((a, b) => a + b, 0)], dtype: "f32" }],
	reference({ attrs: { widths }, inputs, inputSpecs: [spec], outputs: [out], outputSpecs: [whole], step }) {
		const [rows, width] = whole.shape;
		for (let row = 0; row < liveRows(rows, spec.live, step); row++) {
			starts(widths).forEach((start, part) => {
				for (let c = 0; c < widths[part]; c++) out[row * width + start + c] = inputs[part][row * widths[part] + c];
			});
		}
	},
	lower({ attrs: { widths }, inputs, outputs: [out] }) {
		const [rows, whole] = out.shape;
		return starts(widths).map((start, part) => {
			const io = { x: { tensor: inputs[part].id }, out: { tensor: out.id } };
			const width = widths[part];
			return copyColumnsCall(io, rows, width, { width, start: 0 }, { width: whole, start }, inputs[part].live);
		});
	},
});

/** First column of each part. */
function starts(widths: readonly number[]): number[] {
	return widths.map((_, part) => widths.slice(0, part).reduce((a, b) => a + b, 0));
}
