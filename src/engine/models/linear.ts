// The tensors of a linear module, which frozen and adapted layers share.
import type { GraphBuilder } from "../graph/builder.ts";
import type { TensorSpec } from "../graph/ir.ts";
import type { ForwardHooks, LinearModule } from "./family.ts";

/** Name of a module's matrix in the model's files. */
export const weightName = ({ path, weight }: LinearModule): string => weight ?? `${path}.weight`;

/** The weight and, if there is one, the bias of a module. W: [out, in] */
export function linearInputs(
	builder: GraphBuilder,
	module: LinearModule,
	weight: ForwardHooks["weight"],
): { W: TensorSpec; bias?: TensorSpec } {
	return {
		W: weight(builder, weightName(module)),
		...(module.bias ? { bias: weight(builder, `${module.path}.bias`) } : {}),
	};
}
