// What a model family states: the names and shapes of its weights (Hugging Face's), its linear modules, and its forward
// pass as graph nodes. To add a family: copy llama.ts, and add its line to FAMILIES in index.ts.
import type { ModelConfig } from "../formats/hf-config.ts";
import type { GraphBuilder } from "../graph/builder.ts";
import type { TensorSpec } from "../graph/ir.ts";
import type { RopeSettings } from "../graph/rope-tables.ts";

/** A linear layer that adapters may target, by the path `model.named_modules()` gives it. */
export interface LinearModule {
	readonly path: string; // "model.layers.0.self_attn.q_proj"
	readonly in: number;
	readonly out: number;
	readonly bias: boolean;
	/** Name of its weight where that is not `${path}.weight`: a head tied to the embedding. */
	readonly weight?: string;
}

/** The table that turns ids into rows. */
export interface EmbeddingModule {
	readonly path: string; // "model.embed_tokens"
	readonly rows: number; // vocabulary
	readonly width: number; // hidden size
	/** Rows are multiplied by it, rounded to the table's own precision (Gemma). */
	readonly scale?: number;
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
	/** [T] u32, 0 for a token, i for virtual token i − 1 of a prompt; only where an adapter has virtual tokens. */
	readonly virtual?: TensorSpec;
}

/** Applies a linear module; an adapter is another function of the same shape. x: [T, in] → [T, out] */
export type ApplyLinear = (builder: GraphBuilder, module: LinearModule, x: TensorSpec) => TensorSpec;

/** Keys and values as attention reads them: of this micro-batch, or of the cache they were written to. */
export type KeyValues = (
	layer: number,
	keys: TensorSpec,
	values: TensorSpec,
) => { keys: TensorSpec; values: TensorSpec };

/** The two halves of a layer that write into the residual stream. */
export type Sublayer = "self_attn" | "mlp";

/** Where an adapter may change the forward pass. */
export interface ForwardHooks {
	/** A weight by its name: frozen, or the trainable one in its place. */
	weight(builder: GraphBuilder, name: string): TensorSpec;
	/** A linear module, the head included. */
	readonly linear: ApplyLinear;
	/** Rows of the embedding. ids: [T] → [T, hidden] */
	embed(builder: GraphBuilder, module: EmbeddingModule, inputs: TokenInputs): TensorSpec;
	/** Adds what a half of a layer made to the residual stream. stream, made: [T, hidden] → [T, hidden] */
	residual(builder: GraphBuilder, layer: number, half: Sublayer, stream: TensorSpec, made: TensorSpec): TensorSpec;
}

export interface ForwardContext {
	readonly builder: GraphBuilder;
	readonly config: ModelConfig;
	readonly inputs: TokenInputs;
	readonly hooks: ForwardHooks;
	readonly keyValues: KeyValues;
}

export interface ModelFamily {
	readonly model_type: string;
	/** Path of the layers, which are numbered under it: names of a layer's nodes begin with it. */
	readonly layers: string; // "model.layers"
	weights(config: ModelConfig): WeightSpec[];
	linearModules(config: ModelConfig): LinearModule[];
	embedding(config: ModelConfig): EmbeddingModule;
	/** What turns hidden states into logits; its weight is the embedding's when tied. */
	head(config: ModelConfig): LinearModule;
	/** Rotary tables by name; none where positions are learned. */
	ropes(config: ModelConfig): Readonly<Record<string, RopeSettings>>;
	/** The weights that Hugging Face's files hold the other way round, [in, out]. */
	readonly transposed?: (name: string) => boolean;
	/** Nodes from ids to the normed hidden states, [T, hidden]. */
	forward(context: ForwardContext): TensorSpec;
}
