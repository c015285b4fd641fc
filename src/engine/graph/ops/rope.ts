// rope: rotary position embedding, the rotate-half form (arXiv 2104.09864; transformers' apply_rotary_pos_emb).
import { ropeCall } from "../../kernels/rope.ts";
import { liveRows } from "../../kernels/step.ts";
import { defineOp, ranges } from "../op.ts";

export interface RopeAttrs {
	readonly head_dim: number;
	/** Leading columns of a head that are rotated; even, at most head_dim. */
	readonly rotary_dim: number;
	/** Rotate backwards: the gradient of the rotation. */
	readonly inverse: boolean;
}

/** inputs: x [T, heads * head_dim], cos and sin [positions, rotary_dim / 2], positions u32 [T]; output: as x. */
export const rope = defineOp<RopeAttrs>({
	op: "rope",
	infer({ head_dim, rotary_dim }, [x, cos, sin, positions]) {
		if (x.shape[1] % head_dim !== 0) throw new Error(`rope: [${x.shape}] is not heads of ${head_dim}`);
		if (rotary_dim % 2 !== 0 || rotary_dim > head_dim)
			throw new Error(`rope: rotary_dim ${rotary_dim} of head_dim ${head_dim}`);
		if (cos.shape[1] !== rotary_dim / 2 || cos.shape.join() !== sin.shape.join()) {
			throw new Error(`rope: tables [${cos.shape}] and [${sin.shape}] for rotary_dim ${rotary_dim}`);
		}
		if (positions.dtype !== "u32" || positions.shape[0] !== x.shape[0])
			throw new Error(`rope: positions are [${positions.shape}] ${positions.dtype}`);
		return [{ shape: x.shape, dtype: "f32" }];
	},
	backward({ builder, node, attrs, inputs: [, cos, sin, positions], gradOutputs: [dout], setGrad }) {
		if (dout !== undefined)
			setGrad(0, rope(builder, `${node.name} dx`, [dout, cos, sin, positions], { ...attrs, inverse: !attrs.inverse }));
	},
	reference({ attrs, inputs: [x, cos, sin, positions], inputSpecs: [spec], outputs: [out], step }) {
		const { head_dim, rotary_dim, inverse } = attrs;
		const width = spec.shape[1];
		const half = rotary_dim / 2;
		for (let t = 0; t < liveRows(spec.shape[0], spec.live, step); t++) {
			for (let head = t * width; head < (t + 1) * width; head += head_dim) {
				for (let c = 0; c < half; c++) {
					const cosine = cos[positions[t] * half + c];
					const sine = (inverse ? -1 : 1) * sin[positions[t] * half + c];
					const [a, b] = [x[head + c], x[head + half + c]];
					out[head + c] = a * cosine - b * sine;
					out[head + half + c] = b * cosine + a * sine;
				}
				for (let c = rotary_dim; c < head_dim; c++) out[head + c] = x[head + c];
			}
		}
	},
	lower({ attrs, inputs: [x, cos, sin, positions], outputs: [out] }) {
		const io = ranges({ x, cos, sin, positions, out });
		return [ropeCall(io, { rows: x.shape[0], heads: x.shape[1] / attrs.head_dim, ...attrs, live: x.live })];
	},
});
