// OLMo 2: Llama's layout with norms after the sublayers only, and an RMSNorm over the full width of queries and keys.
// Reference: transformers' modeling_olmo2.py. PEFT has no default target modules for it.
import { llamaFamily } from "./llama.ts";

export const olmo2 = llamaFamily({
	model_type: "olmo2",
	className: "Olmo2ForCausalLM",
	configRules: { defaults: { rms_norm_eps: 1e-5, pad_token_id: 1, eos_token_id: 50279 } },
	biases: ({ attention_bias }) => ({ qkv: attention_bias, o: attention_bias, mlp: false }),
	qkNorm: "full",
	norms: { post_attention_norm: "post_attention_layernorm", post_mlp_norm: "post_feedforward_layernorm" },
	gguf: {
		name: "olmo2",
		biases: [],
		square: true,
		untied: true,
		parts: { post_attention_layernorm: "post_attention_norm", post_feedforward_layernorm: "post_ffw_norm" },
	},
});
