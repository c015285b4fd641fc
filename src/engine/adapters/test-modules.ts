// The linear modules of a small Llama, for tests of what adapters target.
import type { LinearModule } from "../models/family.ts";
import { llama } from "../models/llama.ts";
import type { ModelConfig } from "../models/model-config.ts";

export function llamaModules(size: {
	hidden: number;
	wide: number;
	layers: number;
	heads: number;
	kvHeads: number;
	headDim: number;
}): LinearModule[] {
	return llama.linearModules({
		hidden_size: size.hidden,
		intermediate_size: size.wide,
		num_hidden_layers: size.layers,
		num_attention_heads: size.heads,
		num_key_value_heads: size.kvHeads,
		head_dim: size.headDim,
		attention_bias: false,
		mlp_bias: false,
	} as ModelConfig);
}
