// The definition of a model family: how its config.json is read, the Hugging Face names and shapes of its weights, its linear
// modules, its forward pass as graph nodes, and its names in PEFT, AdapterHub and llama.cpp.

import type { JsonObject } from "../../shared/json.ts";
import type { ConfigKeys } from "../formats/config-keys.ts";
import type { IgnoredKeys } from "../formats/tracked-reads.ts";
import type { GraphBuilder } from "../graph/builder.ts";
import type { TensorSpec } from "../graph/ir.ts";
import type { RopeSettings } from "../graph/rope-tables.ts";
import type { GgufArchitecture } from "./gguf/architecture.ts";
import type { FamilyOptions, ModelConfig } from "./model-config.ts";

/** A linear layer that adapters may target, identified by its path in `model.named_modules()`. */
export interface LinearModule {
	readonly path: string; // "model.layers.0.self_attn.q_proj"
	readonly in: number;
	readonly out: number;
	readonly bias: boolean;
	/** Name of its weight, if it is not `${path}.weight`, as in a head tied to the embedding. */
	readonly weight?: string;
}

/** The embedding of token ids. */
export interface EmbeddingModule {
	readonly path: string; // "model.embed_tokens"
	readonly rows: number; // vocabulary
	readonly width: number; // hidden size
	/** Rows are multiplied by it. */
	readonly scale?: number;
	/** Whether `scale` is first rounded to the weight's dtype (Gemma). */
	readonly roundedScale?: boolean;
}

export interface WeightSpec {
	readonly name: string; // as in the safetensors: "model.norm.weight"
	readonly shape: readonly number[];
}

/** The token axis of a micro-batch: rows of text are concatenated without padding (data/dataset.ts). */
export interface TokenInputs {
	readonly ids: TensorSpec; // [T] u32
	readonly positions: TensorSpec; // [T] u32, from 0 in each row
	readonly kvStart: TensorSpec; // [T] u32, first key that a query attends to
	readonly kvLast: TensorSpec; // [T] u32, last key that a query attends to
	readonly queryEnd: TensorSpec; // [S] u32, one past the last query that attends to a key
	/** [T] u32: 0 for a token, i for virtual token i − 1 of a prompt. Present only with an adapter that has virtual tokens. */
	readonly virtual?: TensorSpec;
}

/** Applies a linear module. x: [T, in] → [T, out] */
export type ApplyLinear = (builder: GraphBuilder, module: LinearModule, x: TensorSpec) => TensorSpec;

/** The keys and values that attention reads: those of this micro-batch, or the cache after they were written to it. */
export type KeyValues = (
	layer: number,
	keys: TensorSpec,
	values: TensorSpec,
) => { keys: TensorSpec; values: TensorSpec };

/** The two sublayers, whose outputs are added to the residual stream. */
export type Sublayer = "self_attn" | "mlp";

/** The points at which an adapter can change the forward pass. */
export interface ForwardHooks {
	/** A weight by its name: the frozen one, or a trainable one that replaces it. */
	weight(builder: GraphBuilder, name: string): TensorSpec;
	/** A linear module, including the head. */
	readonly linear: ApplyLinear;
	/** Rows of the embedding. ids: [T] → [T, hidden] */
	embed(builder: GraphBuilder, module: EmbeddingModule, inputs: TokenInputs): TensorSpec;
	/** Adds the output of a sublayer to the residual stream. stream, output: [T, hidden] → [T, hidden] */
	residual(
		builder: GraphBuilder,
		layer: number,
		sublayer: Sublayer,
		stream: TensorSpec,
		output: TensorSpec,
	): TensorSpec;
}

export interface ForwardContext {
	readonly builder: GraphBuilder;
	readonly config: ModelConfig;
	readonly inputs: TokenInputs;
	readonly hooks: ForwardHooks;
	readonly keyValues: KeyValues;
}

/** How the config.json of a family differs from Llama's. */
export interface ConfigRules {
	/** Values of missing keys, where they are not those of LlamaConfig. */
	readonly defaults?: JsonObject;
	/** The family's names of Llama's keys, by Llama's name. */
	readonly renamed?: Readonly<Record<string, string>>;
	/** Values of Llama's keys that are computed from keys of the file. */
	derived?(raw: JsonObject): JsonObject;
	/** Keys of the file that the family ignores, in addition to those of ignored-keys.ts. */
	readonly ignored?: readonly IgnoredKeys[];
	/** Whether every layer has the window `sliding_window`; by default where `use_sliding_window` is true. */
	hasSlidingWindow?(raw: JsonObject): boolean;
	/** Other names of rope types. */
	readonly ropeTypeAliases?: Readonly<Record<string, string>>;
	/** Whether positions are learned instead of rotary. */
	readonly learnedPositions?: boolean;
	/** Keys that the family has in addition to Llama's. @throws TabTuneError "not-yet" for an option that is not supported */
	options?(raw: JsonObject, read: ConfigKeys, head_dim: number): FamilyOptions;
}

export interface ModelFamily {
	readonly model_type: string;
	/** The class of the model in transformers. */
	readonly className: string; // "LlamaForCausalLM"
	readonly configRules: ConfigRules;
	/** Path of the list of layers; names of a layer's nodes begin with it. */
	readonly layers: string; // "model.layers"
	weights(config: ModelConfig): WeightSpec[];
	linearModules(config: ModelConfig): LinearModule[];
	embedding(config: ModelConfig): EmbeddingModule;
	/** Maps hidden states to logits; its weight is the embedding's when tied. */
	head(config: ModelConfig): LinearModule;
	/** Rotary tables by name; none with learned positions. */
	ropes(config: ModelConfig): Readonly<Record<string, RopeSettings>>;
	/** The weights that Hugging Face's files store as [in, out]. */
	readonly transposed?: (name: string) => boolean;
	/** Nodes from ids to the normed hidden states, [T, hidden]. */
	forward(context: ForwardContext): TensorSpec;
	/** PEFT's `TRANSFORMERS_MODELS_TO_LORA_TARGET_MODULES_MAPPING` (peft/utils/constants.py, 0.21); absent where it has none. */
	readonly defaultTargetModules?: readonly string[];
	/** The adapters library's names of the bottlenecks in a layer; absent where its modules have other names than ours. */
	readonly bottleneckNames?: Readonly<Record<Sublayer, string>>;
	/** False if vLLM does not support LoRA for the family (`SupportsLoRA` in vllm/model_executor/models). */
	readonly servedByVllm?: false;
	/** Its architecture in llama.cpp; absent if llama.cpp has no separate one. */
	readonly gguf?: GgufArchitecture;
}
