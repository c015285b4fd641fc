// Gemma 3, text models: Llama's layout with norms before and after attention and MLP, a norm of each head's queries and keys,
// layers with a sliding window that have their own rotary table, and GELU. Reference: transformers' modeling_gemma3.py.
import { llamaFamily } from "./llama.ts";

export const gemma3 = llamaFamily({
	model_type: "gemma3_text",
	biases: ({ attention_bias }) => ({ qkv: attention_bias, o: attention_bias, mlp: false }),
	qkNorm: true,
	norms: {
		pre_attention_norm: "input_layernorm",
		post_attention_norm: "post_attention_layernorm",
		pre_mlp_norm: "pre_feedforward_layernorm",
		post_mlp_norm: "post_feedforward_layernorm",
	},
	normOnePlus: true,
	scaleEmbedding: true,
});
