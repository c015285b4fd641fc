// Qwen 2 and 2.5: Llama's layout with biases on queries, keys and values. Reference: transformers' modeling_qwen2.py.
import { LLAMA_ADAPTERS, llamaFamily } from "./llama.ts";

export const qwen2 = llamaFamily({
	...LLAMA_ADAPTERS,
	model_type: "qwen2",
	className: "Qwen2ForCausalLM",
	biases: () => ({ qkv: true, o: false, mlp: false }),
	gguf: { name: "qwen2", square: true },
});
