// MiniCPM 1, 2 and 4: Llama's layout with multipliers, as Granite's under other names. PEFT has no default target modules for it.
// Reference: modeling_minicpm.py of the models' repositories.
import type { ConfigRules } from "./family.ts";
import { llamaFamily } from "./llama.ts";

const configRules: ConfigRules = {
	defaults: { bos_token_id: 1, eos_token_id: 2 },
	ignored: [
		{ keys: ["mup_denominator"] }, // initial values
		{ keys: ["sparse_config"], neutral: [null] },
	],
	options: (_raw, read) => ({
		embedding_multiplier: read.positive("scale_emb", 1),
		residual_multiplier: read.positive("scale_depth", 1) / Math.sqrt(read.count("num_hidden_layers")),
		logits_scaling: read.count("hidden_size") / read.positive("dim_model_base", 1),
	}),
};

export const minicpm = llamaFamily({
	model_type: "minicpm",
	className: "MiniCPMForCausalLM",
	configRules,
	biases: ({ attention_bias }) => ({ qkv: attention_bias, o: attention_bias, mlp: false }),
});
