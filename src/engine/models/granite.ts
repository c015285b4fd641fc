// Granite 3: Llama's layout with multipliers of embeddings, attention scores, the residual stream and logits. PEFT has no default
// target modules for it. Reference: transformers' modeling_granite.py.
import type { JsonObject } from "../../shared/json.ts";
import type { ConfigKeys } from "../formats/config-keys.ts";
import { type GgufArchitecture, rotaryConfig, shortDecimal } from "./gguf/architecture.ts";
import { LLAMA_OF_GGUF } from "./gguf/llama.ts";
import { llamaFamily } from "./llama.ts";
import type { FamilyOptions } from "./model-config.ts";

/** Granite's multipliers; each is 1 by default. */
export function graniteMultipliers(_raw: JsonObject, read: ConfigKeys): FamilyOptions {
	return {
		embedding_multiplier: read.positive("embedding_multiplier", 1),
		attention_multiplier: read.positive("attention_multiplier", 1),
		residual_multiplier: read.positive("residual_multiplier", 1),
		logits_scaling: read.positive("logits_scaling", 1),
	};
}

/** llama.cpp's keys of the multipliers. */
const GGUF_KEYS = {
	embedding_multiplier: "embedding_scale",
	attention_multiplier: "attention.scale",
	residual_multiplier: "residual_scale",
	logits_scaling: "logit_scale",
} as const;

const ggufConfig: GgufArchitecture["config"] = async (fields, common) => {
	const { optional, need, value, fail } = fields;
	// llama.cpp's flag for queries and keys without rotation, which Granite does not have in transformers.
	if (value("rope.scaling.finetuned") === false) throw fail("rope.scaling.finetuned", false);
	// A missing or zero scale is 1, and of attention the usual one.
	const scale = (key: string, usual = 1) => shortDecimal(optional(key) || usual);
	return {
		...(await rotaryConfig(fields, common)),
		embedding_multiplier: scale(GGUF_KEYS.embedding_multiplier),
		attention_multiplier: scale(GGUF_KEYS.attention_multiplier, 1 / Math.sqrt(common.head_dim)),
		residual_multiplier: scale(GGUF_KEYS.residual_multiplier),
		logits_scaling: shortDecimal(need(GGUF_KEYS.logits_scaling)),
	};
};

export const granite = llamaFamily({
	model_type: "granite",
	className: "GraniteForCausalLM",
	configRules: { options: graniteMultipliers },
	biases: ({ attention_bias, mlp_bias }) => ({ qkv: attention_bias, o: attention_bias, mlp: mlp_bias }),
	gguf: {
		...LLAMA_OF_GGUF,
		name: "granite",
		config: ggufConfig,
		numbers: (config) =>
			Object.fromEntries(
				Object.entries(GGUF_KEYS).map(([key, name]) => [name, config[key as keyof typeof GGUF_KEYS] ?? 1]),
			),
	},
});
