// A model's configuration as the engine uses it: the keys of Hugging Face's config.json under Llama's names, with every
// default filled in. config.ts reads it.
import type { RopeScaling } from "../graph/rope-tables.ts";

/** The MLP's activation: silu, or gelu in its tanh form. */
export type HiddenAct = "silu" | "gelu_tanh";

/** More layers than any published model has; a larger count is an error before anything has an entry for each layer. */
export const MOST_LAYERS = 4096;

/** Keys that only some families have. */
export interface FamilyOptions {
	/** Leading columns of each head that are rotated; all of them by default. */
	readonly rotary_dim?: number;
	/** Number of keys that each layer attends to, null for all of them. */
	readonly layer_windows?: readonly (number | null)[];
	/** rope_theta of the layers that have a window, unscaled. */
	readonly rope_local_base_freq?: number;
	/** Attention scores are divided by its square root instead of head_dim's. */
	readonly query_pre_attn_scalar?: number;
	/** Whether each layer rotates queries and keys; all do by default. */
	readonly rope_layers?: readonly boolean[];
	/** Rows of the embedding are multiplied by it. */
	readonly embedding_multiplier?: number;
	/** Attention scores are multiplied by it, instead of divided by √head_dim. */
	readonly attention_multiplier?: number;
	/** Outputs of attention and MLP are multiplied by it before they are added to the residual stream. */
	readonly residual_multiplier?: number;
	/** Logits are divided by it. */
	readonly logits_scaling?: number;
}

export interface ModelConfig extends FamilyOptions {
	readonly model_type: string;
	readonly hidden_size: number;
	readonly intermediate_size: number;
	readonly num_hidden_layers: number;
	readonly num_attention_heads: number;
	readonly num_key_value_heads: number;
	readonly head_dim: number;
	readonly vocab_size: number;
	readonly max_position_embeddings: number;
	readonly rms_norm_eps: number;
	readonly rope_theta: number;
	readonly rope_scaling: RopeScaling | null;
	readonly hidden_act: HiddenAct;
	readonly tie_word_embeddings: boolean;
	readonly attention_bias: boolean;
	readonly mlp_bias: boolean;
	readonly bos_token_id: number | null;
	/** Every id that ends a text, from config.json and generation_config.json. */
	readonly eos_token_ids: readonly number[];
	readonly pad_token_id: number | null;
	/** The dtype that config.json states, "bfloat16"; the dtypes of the files themselves decide. */
	readonly dtype: string | null;
}
