// The forward hooks of a model without an adapter; its weights are frozen or trainable. Adapters wrap these hooks.
import { decodeToFloat32, encodeBf16 } from "../formats/index.ts";
import { add, embed, fill, linear, scaleColumns } from "../graph/ops/index.ts";
import type { ForwardHooks } from "./family.ts";
import { linearInputs } from "./linear.ts";
import { declareWeight, type ModelShape } from "./load.ts";

/** Hooks that apply every module as the family states it, with the given weights. */
export function declareWeights(weight: ForwardHooks["weight"]): ForwardHooks {
	return {
		weight,
		// y = x · Wᵀ (+ bias)
		linear: (builder, module, x) => {
			const { W, bias } = linearInputs(builder, module, weight);
			return linear(builder, module.path, x, W, { bias });
		},
		embed: (builder, { path, width, scale, roundedScale }, { ids }) => {
			const table = weight(builder, `${path}.weight`);
			const rows = embed(builder, path, [ids, table]);
			if (scale === undefined) return rows;
			const rounded = table.dtype === "bf16" ? roundBf16(scale) : Math.fround(scale);
			const value = roundedScale === true ? rounded : scale;
			const gain = fill(builder, `${path}.scale`, [], { shape: [width], value });
			return scaleColumns(builder, `${path}.scaled`, [rows, gain], { bias: false });
		},
		residual: (builder, _layer, _sublayer, stream, output) => add(builder, `${output.name}.residual`, [stream, output]),
	};
}

/** A number rounded to bfloat16 as torch rounds it. */
const roundBf16 = (value: number): number => decodeToFloat32(encodeBf16(Float32Array.of(value)), "BF16")[0];

export function frozenHooks(model: ModelShape): ForwardHooks {
	return declareWeights((builder, name) => declareWeight(builder, model, name));
}
