// Mistral: Llama's layout without biases. Its sliding window bounds the length of a text (formats/hf-config.ts).
// Reference: transformers' modeling_mistral.py.
import { llamaFamily } from "./llama.ts";

export const mistral = llamaFamily({ model_type: "mistral", biases: () => ({ qkv: false, o: false, mlp: false }) });
