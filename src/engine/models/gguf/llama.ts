// The Llama family in llama.cpp, and what the files of other families of its layout have in common with it.
import { rotaryConfig } from "./architecture.ts";

export const LLAMA_GGUF = {
	layers: "model.layers",
	parts: {
		"self_attn.q_proj": "attn_q",
		"self_attn.k_proj": "attn_k",
		"self_attn.v_proj": "attn_v",
		"self_attn.o_proj": "attn_output",
		"self_attn.q_norm": "attn_q_norm",
		"self_attn.k_norm": "attn_k_norm",
		"mlp.gate_proj": "ffn_gate",
		"mlp.up_proj": "ffn_up",
		"mlp.down_proj": "ffn_down",
		input_layernorm: "attn_norm",
		post_attention_layernorm: "ffn_norm",
	},
	whole: {
		"model.embed_tokens": "token_embd",
		"model.norm": "output_norm",
		lm_head: "output",
	},
	pairs: false,
	onePlus: false,
	written: true,
	biases: ["attn_q", "attn_k", "attn_v"],
	ropeFactors: false,
	config: rotaryConfig,
} as const;

/** Llama's architecture in llama.cpp, which Mistral's files have, too. */
export const LLAMA_OF_GGUF = {
	name: "llama",
	pairs: true,
	biases: [...LLAMA_GGUF.biases, "attn_output", "ffn_gate", "ffn_up", "ffn_down"],
	ropeFactors: true,
} as const;
