// What a model family states: the names and shapes of its weights (Hugging Face's), its linear modules, and its forward
// pass as graph nodes. To add a family: copy llama.ts, and add its line to FAMILIES in index.ts.
import type { ModelConfig } from "../formats/hf-config.ts";
import type { GraphBuilder } from "../graph/builder.ts";
import type { TensorSpec } from "../graph/ir.ts";

/** A linear layer that adapters may target, by the path `model.named_modules()` gives it. */
export interface LinearModule {
	readonly path: string; // "model.layers.0.self_attn.q_proj"
	readonly in: number;
	readonly out: number;
	readonly bias: boolean;
}

export interface WeightSpec {
	readonly name: string; // as in the safetensors: "model.norm.weight"
	readonly shape: readonly number[];
}

/** The token axis of a micro-batch: rows of text one after another, without padding (data/dataset.ts). */
export interface TokenInputs {
	readonly ids: TensorSpec; // [T] u32
	readonly positions: TensorSpec; // [T] u32, from 0 in each row
	readonly kvStart: TensorSpec; // [T] u32, first key a query sees
	readonly kvLast: TensorSpec; // [T] u32, last key a query sees
	readonly queryEnd: TensorSpec; // [S] u32, one past the last query that sees a key
}

/** Applies a linear module; an adapter is another function of the same shape. x: [T, in] → [T, out] */
export type ApplyLinear = (builder: GraphBuilder, module: LinearModule, x: TensorSpec) => TensorSpec;

/** Keys and values as attention reads them: of this micro-batch, or of the cache they were written to. */
export type KeyValues = (
	layer: number,
	keys: TensorSpec,
	values: TensorSpec,
) => { keys: TensorSpec; values: TensorSpec };

export interface ForwardContext {
	readonly builder: GraphBuilder;
	readonly config: ModelConfig;
	readonly weight: (name: string) => TensorSpec;
	readonly inputs: TokenInputs;
	readonly linear: ApplyLinear;
	readonly keyValues: KeyValues;
}

export interface ModelFamily {
	readonly model_type: string;
	weights(config: ModelConfig): WeightSpec[];
	linearModules(config: ModelConfig): LinearModule[];
	/** Name of the matrix that turns hidden states into logits: the embedding when tied. [vocab, hidden] */
	headWeight(config: ModelConfig): string;
	/** Nodes from ids to the normed hidden states, [T, hidden]. */
	forward(context: ForwardContext): TensorSpec;
}
