// Phi-3 and 3.5: Llama's layout with q, k and v in one linear module, gate and up in another, and a sliding window of every
// layer. Reference: transformers' modeling_phi3.py.
import { llamaFamily } from "./llama.ts";

export const phi3 = llamaFamily({
	model_type: "phi3",
	biases: () => ({ qkv: false, o: false, mlp: false }),
	fused: true,
});
