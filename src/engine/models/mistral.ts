// Mistral: Llama's layout without biases. Its sliding window limits the length of a text. llama.cpp has no separate
// architecture for it: Mistral's GGUF files are Llama's. Reference: transformers' modeling_mistral.py.
import { LLAMA_OF_GGUF } from "./gguf/llama.ts";
import { LLAMA_ADAPTERS, llamaFamily } from "./llama.ts";

export const mistral = llamaFamily({
	...LLAMA_ADAPTERS,
	model_type: "mistral",
	className: "MistralForCausalLM",
	configRules: { hasSlidingWindow: ({ sliding_window }) => sliding_window !== null },
	biases: () => ({ qkv: false, o: false, mlp: false }),
	gguf: LLAMA_OF_GGUF,
});
