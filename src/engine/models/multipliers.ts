// The multipliers of Granite and MiniCPM: of attention scores, of what the sublayers add to the residual stream, and of logits.
import type { GraphBuilder } from "../graph/builder.ts";
import type { TensorSpec } from "../graph/ir.ts";
import { fill, scaleColumns } from "../graph/ops/index.ts";
import type { ForwardHooks, Sublayer } from "./family.ts";
import type { ModelConfig } from "./model-config.ts";

/** The factor of attention scores. */
export function attentionScale({ attention_multiplier, query_pre_attn_scalar, head_dim }: ModelConfig): number {
	return attention_multiplier ?? 1 / Math.sqrt(query_pre_attn_scalar ?? head_dim);
}

/** A vector of one value. [hidden] */
export function uniformGain(
	builder: GraphBuilder,
	name: string,
	{ hidden_size }: ModelConfig,
	value: number,
): TensorSpec {
	return fill(builder, name, [], { shape: [hidden_size], value });
}

/** x · gain. x: [T, hidden], gain: [hidden] */
export function scaled(builder: GraphBuilder, x: TensorSpec, gain: TensorSpec): TensorSpec {
	return scaleColumns(builder, `${x.name}.scaled`, [x, gain], { bias: false });
}

/** Adds the output of a sublayer to the residual stream, multiplied by residual_multiplier if the model has one. */
export function scaledResidual(builder: GraphBuilder, config: ModelConfig, residual: ForwardHooks["residual"]) {
	const { residual_multiplier } = config;
	const gain =
		residual_multiplier === undefined
			? undefined
			: uniformGain(builder, "residual_multiplier", config, residual_multiplier);
	return (layer: number, sublayer: Sublayer, stream: TensorSpec, output: TensorSpec): TensorSpec =>
		residual(builder, layer, sublayer, stream, gain === undefined ? output : scaled(builder, output, gain));
}
