// Qwen 2 and 2.5: Llama's layout with biases on queries, keys and values. Reference: transformers' modeling_qwen2.py.
import { llamaFamily } from "./llama.ts";

export const qwen2 = llamaFamily({ model_type: "qwen2", biases: () => ({ qkv: true, o: false, mlp: false }) });
