// A frozen linear layer, y = x · Wᵀ (+ bias): what adapters replace.
import type { TensorSpec } from "../graph/ir.ts";
import { matmul } from "../graph/ops/index.ts";
import type { ApplyLinear, LinearModule } from "./family.ts";

/** The weight and (maybe) bias tensors of a module. W: [out, in] */
export function linearInputs(
	module: LinearModule,
	weight: (name: string) => TensorSpec,
): { W: TensorSpec; bias: TensorSpec[] } {
	return { W: weight(`${module.path}.weight`), bias: module.bias ? [weight(`${module.path}.bias`)] : [] };
}

export function frozenLinear(weight: (name: string) => TensorSpec): ApplyLinear {
	return (builder, module, x) => {
		const { W, bias } = linearInputs(module, weight);
		return matmul(builder, module.path, [x, W, ...bias], {
			segments: [{ transposeA: false, transposeB: true, scale: 1, adapter: false }],
			accumulate: false,
			bias: module.bias,
		})[0];
	};
}
