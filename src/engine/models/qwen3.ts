// Qwen 3: Llama's layout with an RMSNorm over each head's queries and keys; head_dim is independent of hidden_size / heads.
// Reference: transformers' modeling_qwen3.py.
import { LLAMA_ADAPTERS, llamaFamily } from "./llama.ts";

export const qwen3 = llamaFamily({
	...LLAMA_ADAPTERS,
	model_type: "qwen3",
	className: "Qwen3ForCausalLM",
	configRules: { defaults: { head_dim: 128 } },
	biases: ({ attention_bias }) => ({ qkv: attention_bias, o: attention_bias, mlp: false }),
	qkNorm: "head",
	gguf: { name: "qwen3" },
});
