// scaleColumns: multiplies every row by one vector of gains and adds a bias; DoRA's magnitudes on a linear layer.
import { columnDotCall, scaleColumnsCall } from "../../kernels/scale-columns.ts";
import { liveRows } from "../../kernels/step.ts";
import { defineOp, ranges } from "../op.ts";
import { columnSum } from "./column-sum.ts";

/** inputs: x [T, C], gain [C], bias [C] if there is one; output: [T, C]. */
export const scaleColumns = defineOp<{ readonly bias: boolean }>({
	op: "scaleColumns",
	infer({ bias }, inputs) {
		const [x, ...vectors] = inputs;
		if (inputs.length !== (bias ? 3 : 2) || vectors.some(({ shape }) => shape.join() !== String(x.shape[1])))
			throw new Error(`scaleColumns: [${x.shape}] with vectors of ${vectors.map(({ shape }) => `[${shape}]`)}`);
		return [{ shape: x.shape, dtype: "f32" }];
	},
	backward({ builder, node, inputs: [x, gain], gradOutputs: [dout], needs, setGrad }) {
		if (dout === undefined) return;
		if (needs[0]) setGrad(0, scaleColumns(builder, `d ${node.name} x`, [dout, gain], { bias: false }));
		if (needs[1]) setGrad(1, columnDot(builder, `d ${node.name} gain`, [dout, x]));
		if (needs[2]) setGrad(2, columnSum(builder, `d ${node.name} bias`, [dout]));
	},
	reference({ attrs, inputs: [x, gain, bias], inputSpecs: [spec], outputs: [out], step }) {
		const [rows, width] = spec.shape;
		for (let i = 0; i < liveRows(rows, spec.live, step) * width; i++)
			out[i] = x[i] * gain[i % width] + (attrs.bias ? bias[i % width] : 0);
	},
	lower({ inputs: [x, gain, bias], outputs: [out] }) {
		const io = {
			x: { tensor: x.id },
			gain: { tensor: gain.id },
			...(bias === undefined ? {} : ranges({ bias })),
			out: { tensor: out.id },
		};
		return [scaleColumnsCall(io, x.shape[0], x.shape[1], x.live)];
	},
});

/** inputs: a, b [T, C]; output: the sum of their products over the live rows, [C]. */
export const columnDot = defineOp<null>({
	op: "columnDot",
	infer(_attrs, [a, b]) {
		if (a.shape.join() !== b.shape.join()) throw new Error(`columnDot: [${a.shape}] and [${b.shape}] differ`);
		return [{ shape: [a.shape[1]], dtype: "f32", live: undefined }];
	},
	reference({ inputs: [a, b], inputSpecs: [spec], outputs: [out], step }) {
		const [rows, width] = spec.shape;
		out.fill(0);
		for (let i = 0; i < liveRows(rows, spec.live, step) * width; i++) out[i % width] += a[i] * b[i];
	},
	lower({ inputs: [a, b], outputs: [out] }) {
		const io = ranges({ a, b, out });
		return [columnDotCall(io, a.shape[0], a.shape[1], a.live)];
	},
});
