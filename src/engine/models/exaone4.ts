// EXAONE 4: Llama's layout with norms after the sublayers only and an RMSNorm over each head's queries and keys. Where a model has
// sliding windows, its layers with full attention do not rotate. PEFT has no default target modules for it. Reference:
// transformers' modeling_exaone4.py.
import type { ConfigRules } from "./family.ts";
import { layerWindows } from "./layer-types.ts";
import { llamaFamily } from "./llama.ts";

const configRules: ConfigRules = {
	defaults: {
		num_key_value_heads: 32,
		rms_norm_eps: 1e-5,
		bos_token_id: 0,
		eos_token_id: 2,
		sliding_window: 4096,
	},
	hasSlidingWindow: () => false, // layer_windows states it
	options(raw, read) {
		if (raw.sliding_window === null) return {};
		const { sliding_window_pattern: pattern = 4 } = raw;
		// A text such as "LLLG" names the types of a period, L for local.
		const slides = (layer: number) =>
			typeof pattern === "string"
				? pattern[layer % pattern.length] === "L"
				: (layer + 1) % read.count("sliding_window_pattern", 4) !== 0;
		const windows = layerWindows(raw, read, slides);
		return { layer_windows: windows, rope_layers: windows.map((window) => window !== null) };
	},
};

export const exaone4 = llamaFamily({
	model_type: "exaone4",
	className: "Exaone4ForCausalLM",
	configRules,
	biases: () => ({ qkv: false, o: false, mlp: false }),
	qkNorm: "head",
	norms: { post_attention_norm: "post_attention_layernorm", post_mlp_norm: "post_feedforward_layernorm" },
});
