// Gemma 3, its text models: Llama's layout with norms before and behind each half, norms of each head, two kinds of layers (a
// window with rotary positions of its own, or the whole text) and gelu. Reference: transformers' modeling_gemma3.py.
import { llamaFamily } from "./llama.ts";

export const gemma3 = llamaFamily({
	model_type: "gemma3_text",
	biases: ({ attention_bias }) => ({ qkv: attention_bias, o: attention_bias, mlp: false }),
	qkNorm: true,
	gemma: true,
});
