// The tensors of a linear module, by name: what a frozen layer and an adapted one read alike.
import type { GraphBuilder } from "../graph/builder.ts";
import type { TensorSpec } from "../graph/ir.ts";
import type { ForwardHooks, LinearModule } from "./family.ts";

/** Name of a module's matrix in the model's files. */
export const weightName = ({ path, weight }: LinearModule): string => weight ?? `${path}.weight`;

/** The weight and (maybe) bias tensors of a module. W: [out, in] */
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
