// The keys of config.json that no family reads. Each was reviewed: it is metadata, has a meaning in training or generation
// only, or is decided by another key. A key that could change the forward pass is ignored only with its neutral value.
import type { IgnoredKeys } from "../formats/tracked-reads.ts";

/** A test for lists of the given names. */
function isList(names: readonly string[]): (value: unknown) => boolean {
	return (value) => Array.isArray(value) && value.every((item) => names.includes(item));
}

export const IGNORED_KEYS: readonly IgnoredKeys[] = [
	{ keys: /.*/, neutral: [null] }, // null is the same as a missing key, as in transformers
	// An option that is off, unless its neutral value is true (below).
	{ keys: /^(?!(.*causal|use_rms_norm|use_rope|scale_attn_\w+|normali[sz]e_\w+)$)/, neutral: [false] },
	// Metadata: where the file comes from, which class opens it, names of labels.
	{ keys: /^_/ },
	{ keys: /^(unsloth|mlx|lmstudio|axolotl|trl)_\w+$/ },
	{
		keys: ["architectures", "auto_map", "model_max_length", "model_name", "name_or_path", "transformers_version"],
	},
	{ keys: ["id2label", "label2id", "num_labels", "problem_type", "finetuning_task", "task_specific_params"] },
	{ keys: ["tokenizer_class", "vocab_file", "prefix", "language", "license", "keys_to_ignore_at_inference"] },
	{ keys: ["is_llama_config", "transformers.js_config", "max_sequence_length"] },
	// The transformers library: how the forward pass is called and run, not what it computes.
	{ keys: ["use_cache", "cache_implementation", "return_dict", "output_attentions", "output_hidden_states"] },
	{
		keys: ["torchscript", "use_bfloat16", "tf_legacy_loss", "attn_implementation", "pretraining_tp"],
	},
	{ keys: /flash_att/ },
	{ keys: ["use_return_dict", "chunk_size_feed_forward", "gradient_checkpointing", "use_gradient_checkpointing"] },
	// Training alone: initial values, dropout, auxiliary losses.
	{ keys: ["initializer_range", "initializer_factor", "init_std", "router_aux_loss_coef", "z_loss_coefficient"] },
	{ keys: /^\w*(dropout|_pdrop|dropout_rate|dropout_prob)$/ },
	// Generation: `generate` has its own settings; the end tokens are read.
	{
		keys: ["max_length", "min_length", "do_sample", "early_stopping", "num_beams", "num_beam_groups", "max_new_tokens"],
	},
	{ keys: ["diversity_penalty", "temperature", "top_k", "top_p", "typical_p", "repetition_penalty", "length_penalty"] },
	{ keys: /^(encoder_)?no_repeat_ngram_size$|^(begin_)?suppress_tokens$|^forced_\w+_token_id$/ },
	{ keys: ["bad_words_ids", "num_return_sequences", "output_scores", "return_dict_in_generate"] },
	{ keys: ["remove_invalid_values", "exponential_decay_length_penalty", "decoder_start_token_id"] },
	{ keys: /^(unk|sep|cls|mask|fim_\w+|eot|user|assistant|tool)_token_id$/ },
	// Windows: where the family has them, the longest text is one window, so that no layer's window matters.
	{ keys: ["sliding_window", "use_sliding_window", "max_window_layers"] },
	{ keys: ["layer_types"], neutral: isList(["full_attention", "sliding_attention"]) },
	{ keys: ["original_max_position_embeddings"] }, // read with the types that it changes
	// yarn: a note that the model was trained with it, and options of remote code that are off.
	{ keys: /^rope_(scaling|parameters)\.finetuned$/ },
	{ keys: /^rope_(scaling|parameters)\.(attn_factor|extrapolation_factor)$/, neutral: [1] },
	// rope_scaling: the long factors are for texts over the original length, which are not trained; default and linear do not
	// use the original length.
	{ keys: /^rope_(scaling|parameters)\.(long_factor|original_max_position_embeddings)$/ },
	// Options of other architectures that are off.
	{ keys: /^(attn|final)_logit_softcapping$/, neutral: [0] },
	{ keys: ["embedding_multiplier", "residual_multiplier", "logits_scaling", "logit_scale", "scale_emb"], neutral: [1] },
	{ keys: /^(rope_(scaling|parameters)\.)?(partial_rotary_factor|rotary_pct)$/, neutral: [1] },
	{ keys: ["is_causal", "use_rms_norm", "use_rope", "scale_attn_weights", "normalize_before"], neutral: [true] },
	{ keys: ["full_attn_mod", "interpolate_factor"], neutral: [1] }, // Phi-4-mini
	{ keys: ["is_decoder"] }, // every family here is a decoder, whatever the flag
	{ keys: /^(num_(local_)?experts|n_routed_experts|num_nextn_predict_layers|num_mtp_modules)$/, neutral: [0] },
	{ keys: ["pruned_heads"], neutral: [{}] },
	{ keys: ["mlp_only_layers", "no_rope_layers"], neutral: [[]] },
];
