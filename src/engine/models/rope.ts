// The rotary tables of a model, as frozen tensors that every plan shares: one row a position.
import type { ModelConfig } from "../formats/hf-config.ts";
import type { GraphBuilder } from "../graph/builder.ts";
import type { TensorSpec } from "../graph/ir.ts";

/** Longest text the tables cover; longer models are cut to this many positions (2 x 2 MiB at head_dim 128). */
const MAX_POSITIONS = 8192;

/** Positions the tables of this model hold. */
export function ropePositions(config: ModelConfig): number {
	return Math.min(config.max_position_embeddings, MAX_POSITIONS);
}

/** cos, sin: [positions, head_dim / 2], filled by load.ts. */
export function ropeTables(builder: GraphBuilder, config: ModelConfig): { cos: TensorSpec; sin: TensorSpec } {
	const shape = [ropePositions(config), config.head_dim / 2];
	return {
		cos: builder.declare("weight", "rope.cos", shape, "f32"),
		sin: builder.declare("weight", "rope.sin", shape, "f32"),
	};
}
