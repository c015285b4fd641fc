// Gemma 3, text models: Llama's layout with norms before and after attention and MLP, a norm of each head's queries and keys,
// layers with a sliding window that have their own rotary table, and GELU. Reference: transformers' modeling_gemma3.py.

import { modelsMessage } from "../../shared/messages/index.ts";
import { asObject, notYet } from "../formats/config-keys.ts";
import type { ConfigRules } from "./family.ts";
import { type GgufArchitecture, rotaryConfig } from "./gguf/architecture.ts";
import { layerWindows } from "./layer-types.ts";
import { llamaFamily } from "./llama.ts";
import type { ModelConfig } from "./model-config.ts";

const configRules: ConfigRules = {
	defaults: {
		num_key_value_heads: 4,
		head_dim: 256,
		max_position_embeddings: 131_072,
		rope_theta: 1e6,
		tie_word_embeddings: true,
		bos_token_id: 2,
		eos_token_id: 1,
		pad_token_id: 0,
		query_pre_attn_scalar: 256,
		sliding_window: 4096,
	},
	derived(raw) {
		const nested = asObject(raw.rope_parameters); // by layer type in newer files
		const sliding = asObject(nested.sliding_attention);
		const { rope_scaling, rope_local_base_freq } = raw;
		return {
			hidden_act: raw.hidden_activation ?? "gelu_pytorch_tanh",
			rope_parameters: asObject(nested.full_attention ?? rope_scaling),
			rope_scaling: {},
			rope_local_base_freq: sliding.rope_theta ?? rope_local_base_freq ?? 10_000,
			local_rope_type: sliding.rope_type ?? "default",
		};
	},
	ignored: [{ keys: ["hidden_act"], neutral: ["gelu_pytorch_tanh"] }], // hidden_activation decides
	options(raw, read) {
		for (const key of ["final_logit_softcapping", "attn_logit_softcapping", "use_bidirectional_attention"])
			if (raw[key])
				throw notYet(
					modelsMessage("keyValue", { key, value: JSON.stringify(raw[key]) }),
					read.where,
					modelsMessage("gemma3.next"),
				);
		if (raw.local_rope_type !== "default")
			throw notYet(
				modelsMessage("slidingRopeType", { type: JSON.stringify(raw.local_rope_type) }),
				read.where,
				modelsMessage("gemma3.next"),
			);
		const own = (raw.sliding_window_pattern ?? null) !== null;
		const pattern = read.count(own ? "sliding_window_pattern" : "_sliding_window_pattern", 6);
		return {
			layer_windows: layerWindows(raw, read, (layer) => (layer + 1) % pattern !== 0),
			rope_local_base_freq: read.positive("rope_local_base_freq"),
			query_pre_attn_scalar: read.positive("query_pre_attn_scalar"),
		};
	},
};

/** llama.cpp's constants (gemma3.cpp): every sixth layer has full attention; the 27B model, with 62 layers, scales scores differently. */
const GGUF = { pattern: 6, local_theta: 10_000, layers_of_27b: 62 };

const ggufConfig: GgufArchitecture["config"] = async (fields, common) => {
	const { value, optional } = fields;
	const { num_hidden_layers: layers, head_dim, hidden_size, num_attention_heads } = common;
	const { rms_norm_eps, rope_theta, rope_scaling } = await rotaryConfig(fields, common);
	const window = optional("attention.sliding_window") ?? 0;
	const stored = value("attention.sliding_window_pattern");
	const pattern = typeof stored === "number" ? stored : GGUF.pattern;
	fields.checkLength("rope.dimension_count_swa", head_dim);
	// llama.cpp multiplies the positions of layers with a window by it, too.
	if (window > 0) fields.checkLength("rope.scaling.attn_factor", 1);
	const slides = (layer: number) =>
		window > 0 && (Array.isArray(stored) ? Boolean(stored[layer]) : layer % pattern < pattern - 1);
	return {
		rms_norm_eps,
		hidden_act: "gelu_pytorch_tanh",
		query_pre_attn_scalar: layers === GGUF.layers_of_27b ? hidden_size / num_attention_heads : head_dim,
		...(window > 0 ? { sliding_window: window } : {}),
		layer_types: Array.from({ length: layers }, (_, i) => (slides(i) ? "sliding_attention" : "full_attention")),
		rope_theta,
		rope_scaling: null,
		rope_parameters: {
			full_attention: { ...(rope_scaling ?? { rope_type: "default" }), rope_theta },
			sliding_attention: { rope_type: "default", rope_theta: optional("rope.freq_base_swa") ?? GGUF.local_theta },
		},
		final_logit_softcapping: optional("final_logit_softcapping") || null,
	};
};

/** The number of layers after which one with full attention recurs, as llama.cpp reads it; null for other patterns. */
function windowPattern({ layer_windows = [] }: ModelConfig): number | null {
	const full = layer_windows.indexOf(null);
	const pattern = full === -1 ? layer_windows.length + 1 : full + 1;
	return layer_windows.every((window, layer) => (window === null) === ((layer + 1) % pattern === 0)) ? pattern : null;
}

const ggufFields: GgufArchitecture["fields"] = (llama, config) => {
	const window = config.layer_windows?.find((size) => size !== null) ?? 0;
	return [
		...llama,
		{ key: "gemma3.attention.sliding_window", kind: "uint32", value: window },
		{ key: "gemma3.attention.sliding_window_pattern", kind: "uint32", value: windowPattern(config) ?? 0 },
		{ key: "gemma3.rope.freq_base_swa", kind: "float32", value: config.rope_local_base_freq ?? GGUF.local_theta },
	];
};

function unwritable(config: ModelConfig): string | null {
	const { num_hidden_layers: layers, head_dim, hidden_size, num_attention_heads, query_pre_attn_scalar } = config;
	const scalar = layers === GGUF.layers_of_27b ? hidden_size / num_attention_heads : head_dim;
	if (query_pre_attn_scalar !== scalar) return "query_pre_attn_scalar";
	// llama.cpp's YaRN changes the layers with a window, too.
	if (config.rope_scaling !== null && config.rope_scaling.rope_type !== "linear") return "rope_scaling";
	// llama.cpp caps the logits of a model without windows.
	const windows = config.layer_windows ?? [];
	return windowPattern(config) === null || windows.every((window) => window === null) ? "layer_types" : null;
}

export const gemma3 = llamaFamily({
	model_type: "gemma3_text",
	className: "Gemma3ForCausalLM",
	configRules,
	defaultTargetModules: ["q_proj", "v_proj"],
	biases: ({ attention_bias }) => ({ qkv: attention_bias, o: attention_bias, mlp: false }),
	qkNorm: "head",
	norms: {
		pre_attention_norm: "input_layernorm",
		post_attention_norm: "post_attention_layernorm",
		pre_mlp_norm: "pre_feedforward_layernorm",
		post_mlp_norm: "post_feedforward_layernorm",
	},
	normOnePlus: true,
	scaleEmbedding: true,
	gguf: {
		name: "gemma3",
		onePlus: true,
		biases: [],
		activation: "gelu_tanh",
		fields: ggufFields,
		unwritable,
		parts: {
			post_attention_layernorm: "post_attention_norm",
			pre_feedforward_layernorm: "ffn_norm",
			post_feedforward_layernorm: "post_ffw_norm",
		},
		config: ggufConfig,
	},
});
