// Converts a model's configuration to the metadata of a GGUF file (`set_gguf_parameters` in llama.cpp's
// convert_hf_to_gguf.py), with the tensor of Llama 3's rope scaling. config.ts is the inverse.
import type { GgufField } from "../../formats/gguf-write.ts";
import type { ModelConfig } from "../model-config.ts";
import type { GgufArchitecture } from "./architecture.ts";
import { llama3Factors } from "./rope.ts";

/** @param name the model's name, which programs show */
export function ggufConfigFields(config: ModelConfig, architecture: GgufArchitecture, name: string): GgufField[] {
	const { name: prefix } = architecture;
	const whole = (key: string, value: number): GgufField => ({ key: `${prefix}.${key}`, kind: "uint32", value });
	const real = (key: string, value: number): GgufField => ({ key: `${prefix}.${key}`, kind: "float32", value });
	const scaling = config.rope_scaling;
	return [
		{ key: "general.architecture", kind: "text", value: prefix },
		{ key: "general.type", kind: "text", value: "model" },
		{ key: "general.name", kind: "text", value: name },
		whole("block_count", config.num_hidden_layers),
		whole("context_length", config.max_position_embeddings),
		whole("embedding_length", config.hidden_size),
		whole("feed_forward_length", config.intermediate_size),
		whole("attention.head_count", config.num_attention_heads),
		whole("attention.head_count_kv", config.num_key_value_heads),
		whole("attention.key_length", config.head_dim),
		whole("attention.value_length", config.head_dim),
		real("attention.layer_norm_rms_epsilon", config.rms_norm_eps),
		real("rope.freq_base", config.rope_theta),
		whole("rope.dimension_count", config.head_dim),
		whole("vocab_size", config.vocab_size),
		...(scaling?.rope_type === "linear"
			? [
					{ key: `${prefix}.rope.scaling.type`, kind: "text", value: "linear" } as const,
					real("rope.scaling.factor", scaling.factor),
				]
			: []),
	];
}

/** The values of rope_freqs.weight, [head_dim / 2]; null for a model without Llama 3's scaling. */
export function ropeFactors({ rope_scaling, rope_theta, head_dim }: ModelConfig): Float32Array | null {
	return rope_scaling?.rope_type === "llama3"
		? Float32Array.from(llama3Factors(rope_theta, head_dim, rope_scaling))
		: null;
}
