// A linear layer, with or without a low-rank path, as one matmul.
import type { GraphBuilder } from "../builder.ts";
import type { TensorSpec } from "../ir.ts";
import { matmul } from "./matmul.ts";

export interface LinearOptions {
	/** u: [T, r], B: [out, r] */
	readonly lowRank?: { readonly u: TensorSpec; readonly B: TensorSpec };
	readonly bias?: TensorSpec; // [out]
	/** Factor of the products; 1 by default. */
	readonly scale?: number;
	/** Whether step.adapter_strength also scales the products; false by default. */
	readonly adapter?: boolean;
}

/** y = scale · (x · Wᵀ + u · Bᵀ) + bias. x: [T, in], W: [out, in], y: [T, out] */
export function linear(
	builder: GraphBuilder,
	name: string,
	x: TensorSpec,
	W: TensorSpec,
	{ lowRank, bias, scale = 1, adapter = false }: LinearOptions = {},
): TensorSpec {
	const segment = { transposeA: false, transposeB: true, scale, adapter };
	const inputs = [x, W, ...(lowRank ? [lowRank.u, lowRank.B] : []), ...(bias ? [bias] : [])];
	return matmul(builder, name, inputs, {
		segments: lowRank ? [segment, segment] : [segment],
		accumulate: false,
		bias: bias !== undefined,
	});
}
