// Row norms of DoRA (arXiv 2402.09353; peft/tuners/lora/dora.py): rowSquares and doraNorm compute the norm of each row of
// W + s·B·A, doraGain the factor of each row. PEFT detaches the norm, so no gradient flows through it.
import { doraGainCall, doraNormCall, rowSquaresCalls } from "../../kernels/dora.ts";
import { weightFormatOf } from "../ir.ts";
import { defineOp, ranges } from "../op.ts";

/** input: W [out, in] in any storage; output: the sum of squares of each row, [out]. */
export const rowSquares = defineOp<null>({
	op: "rowSquares",
	infer(_attrs, [W]) {
		if (W.shape.length !== 2 || W.dtype === "u32") throw new Error(`rowSquares: [${W.shape}] ${W.dtype}`);
		return [{ shape: [W.shape[0]], dtype: "f32", live: undefined }];
	},
	reference({ inputs: [W], inputSpecs: [spec], outputs: [out] }) {
		const [rows, width] = spec.shape;
		for (let row = 0; row < rows; row++) {
			let sum = 0;
			for (let i = 0; i < width; i++) sum += W[row * width + i] ** 2;
			out[row] = sum;
		}
	},
	lower({ inputs: [W], outputs: [out], limits }) {
		const [rows, width] = W.shape;
		const storage = weightFormatOf(W);
		const bindingBytes = limits.maxStorageBufferBindingSize;
		return rowSquaresCalls(ranges({ W, out }), { rows, width, storage, bindingBytes });
	},
});

/**
 * inputs: squares [out] of W's rows, P = A·Wᵀ [r, out], G = A·Aᵀ [r, r], B [out, r]; output: the length of each row of
 * W + scale·strength·B·A, [out].
 */
export const doraNorm = defineOp<{ readonly scale: number }>({
	op: "doraNorm",
	infer(_attrs, [squares, P, G, B]) {
		const [rows, rank] = B.shape;
		const fits =
			squares.shape.join() === `${rows}` &&
			P.shape.join() === `${rank},${rows}` &&
			G.shape.join() === `${rank},${rank}`;
		if (!fits) throw new Error(`doraNorm: [${squares.shape}], [${P.shape}], [${G.shape}] with B [${B.shape}]`);
		return [{ shape: [rows], dtype: "f32", live: undefined }];
	},
	reference({ attrs: { scale }, inputs: [squares, P, G, B], inputSpecs: [, , , spec], outputs: [norm], step }) {
		const [rows, rank] = spec.shape;
		const s = scale * step.adapter_strength;
		for (let row = 0; row < rows; row++) {
			let cross = 0;
			let own = 0;
			for (let k = 0; k < rank; k++) {
				cross += B[row * rank + k] * P[k * rows + row];
				for (let l = 0; l < rank; l++) own += B[row * rank + k] * G[k * rank + l] * B[row * rank + l];
			}
			norm[row] = Math.sqrt(Math.max(0, squares[row] + s * (2 * cross + s * own)));
		}
	},
	lower({ attrs: { scale }, inputs: [squares, P, G, B], outputs: [norm] }) {
		const io = ranges({ squares, P, G, B, norm });
		return [doraNormCall(io, B.shape[0], B.shape[1], scale)];
	},
});

/** inputs: magnitude [out], norm [out]; output: 1 + strength · (magnitude / norm − 1), which is 1 at strength 0. */
export const doraGain = defineOp<null>({
	op: "doraGain",
	infer(_attrs, [magnitude, norm]) {
		if (magnitude.shape.join() !== norm.shape.join())
			throw new Error(`doraGain: [${magnitude.shape}] and [${norm.shape}] differ`);
		return [{ shape: magnitude.shape, dtype: "f32", live: undefined }];
	},
	backward({ builder, node, inputs: [, norm], gradOutputs: [dgain], needs, setGrad }) {
		if (dgain !== undefined && needs[0]) setGrad(0, doraGainGradient(builder, `d ${node.name}`, [dgain, norm]));
	},
	reference({ inputs: [magnitude, norm], outputs: [gain], step }) {
		for (let i = 0; i < gain.length; i++) gain[i] = 1 + step.adapter_strength * (magnitude[i] / norm[i] - 1);
	},
	lower({ inputs: [magnitude, norm], outputs: [gain] }) {
		const io = ranges({ magnitude, norm, gain });
		return [doraGainCall(io, gain.shape[0], false)];
	},
});

/** inputs: dgain [out], norm [out]; output: strength · dgain / norm, [out]. */
export const doraGainGradient = defineOp<null>({
	op: "doraGainGradient",
	infer: (_attrs, [dgain]) => [{ shape: dgain.shape, dtype: "f32", live: undefined }],
	reference({ inputs: [dgain, norm], outputs: [dmagnitude], step }) {
		for (let i = 0; i < dgain.length; i++) dmagnitude[i] = (step.adapter_strength * dgain[i]) / norm[i];
	},
	lower({ inputs: [dgain, norm], outputs: [dmagnitude] }) {
		const io = ranges({ magnitude: dgain, norm, gain: dmagnitude });
		return [doraGainCall(io, dmagnitude.shape[0], true)];
	},
});
