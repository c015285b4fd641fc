// The forward pass with nothing adapted in it, over whatever weights there are: those of the file, frozen, or trainable
// ones in their place. Adapters wrap these hooks.
import { add, embed, matmul } from "../graph/ops/index.ts";
import type { ForwardHooks } from "./family.ts";
import { linearInputs } from "./linear.ts";
import { declareWeight, type ModelShape } from "./load.ts";

/** Every module as the family states it, over the weights given. */
export function declareWeights(weight: ForwardHooks["weight"]): ForwardHooks {
	return {
		weight,
		// y = x · Wᵀ (+ bias)
		linear: (builder, module, x) => {
			const { W, bias } = linearInputs(builder, module, weight);
			return matmul(builder, module.path, [x, W, ...bias], {
				segments: [{ transposeA: false, transposeB: true, scale: 1, adapter: false }],
				accumulate: false,
				bias: module.bias,
			})[0];
		},
		embed: (builder, { path }, { ids }) => embed(builder, path, [ids, weight(builder, `${path}.weight`)], null)[0],
		residual: (builder, layer, half, stream, made) =>
			add(builder, `model.layers.${layer}.${half}.residual`, [stream, made], null)[0],
	};
}

export function frozenHooks(model: ModelShape): ForwardHooks {
	return declareWeights((builder, name) => declareWeight(builder, model, name));
}
