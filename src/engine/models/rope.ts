// The rotary tables of a model: frozen tensors that all plans share, one row per position.
import type { GraphBuilder } from "../graph/builder.ts";
import type { TensorSpec } from "../graph/ir.ts";
import type { RopeSettings } from "../graph/rope-tables.ts";
import type { ModelConfig } from "./model-config.ts";

/** Largest number of positions in the tables; longer contexts are limited to it (2 x 2 MiB at head_dim 128). */
const MAX_POSITIONS = 8192;

/** Number of positions in the tables of a model. */
export function ropePositions(config: ModelConfig): number {
	return Math.min(config.max_position_embeddings, MAX_POSITIONS);
}

/** The table of all layers, and that of layers with a window if it differs. */
export type RopeName = "rope" | "rope.local";

/** The tables of a model of Llama's layout, by name: `NAME.cos` and `NAME.sin`. */
export function ropes(config: ModelConfig): Partial<Record<RopeName, RopeSettings>> {
	const { rope_theta, head_dim, rotary_dim = head_dim, rope_scaling, rope_local_base_freq } = config;
	return {
		rope: { theta: rope_theta, head_dim: rotary_dim, scaling: rope_scaling },
		...(rope_local_base_freq === undefined
			? {}
			: { "rope.local": { theta: rope_local_base_freq, head_dim, scaling: null } }),
	};
}

/** cos, sin: [positions, rotary_dim / 2], filled by upload.ts. */
export function ropeTables(
	builder: GraphBuilder,
	config: ModelConfig,
	name: RopeName = "rope",
): { cos: TensorSpec; sin: TensorSpec } {
	const shape = [ropePositions(config), (config.rotary_dim ?? config.head_dim) / 2];
	return {
		cos: builder.declare("weight", `${name}.cos`, shape, "f32"),
		sin: builder.declare("weight", `${name}.sin`, shape, "f32"),
	};
}
