// OLMo 3: OLMo 2 with a sliding window in three of four layers, whose rotary positions are never scaled. PEFT has no default target
// modules for it. Reference: transformers' modeling_olmo3.py and configuration_olmo3.py.
import { modelsMessage } from "../../shared/messages/index.ts";
import { asObject, notYet } from "../formats/config-keys.ts";
import type { ConfigRules } from "./family.ts";
import { layerWindows } from "./layer-types.ts";
import { llamaFamily } from "./llama.ts";

const THETA = 500_000;

const configRules: ConfigRules = {
	defaults: { rms_norm_eps: 1e-5, pad_token_id: 1, eos_token_id: 50279, rope_theta: THETA, sliding_window: 4096 },
	derived(raw) {
		const nested = asObject(raw.rope_parameters); // by layer type in newer files
		const [full, sliding] = [asObject(nested.full_attention), asObject(nested.sliding_attention)];
		const theta = raw.rope_theta ?? THETA;
		return {
			rope_parameters: Object.hasOwn(nested, "full_attention") ? full : asObject(raw.rope_scaling),
			rope_scaling: {},
			rope_theta: full.rope_theta ?? theta,
			rope_local_base_freq: sliding.rope_theta ?? theta,
			local_rope_type: sliding.rope_type ?? "default",
		};
	},
	hasSlidingWindow: () => false, // layer_windows states it
	options(raw, read) {
		if (raw.local_rope_type !== "default")
			throw notYet(
				modelsMessage("slidingRopeType", { type: JSON.stringify(raw.local_rope_type) }),
				read.where,
				modelsMessage("ropeType.next"),
			);
		return {
			layer_windows: layerWindows(raw, read, (layer) => (layer + 1) % 4 !== 0),
			rope_local_base_freq: read.positive("rope_local_base_freq"),
		};
	},
};

export const olmo3 = llamaFamily({
	model_type: "olmo3",
	className: "Olmo3ForCausalLM",
	configRules,
	biases: ({ attention_bias }) => ({ qkv: attention_bias, o: attention_bias, mlp: false }),
	qkNorm: "full",
	norms: { post_attention_norm: "post_attention_layernorm", post_mlp_norm: "post_feedforward_layernorm" },
});
