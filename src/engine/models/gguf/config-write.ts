// Converts a model's configuration to the metadata of a GGUF file (`set_gguf_parameters` in llama.cpp's
// convert_hf_to_gguf.py), with the tensors of rope scaling. config.ts is the inverse.
import { isObject, type JsonObject } from "../../../shared/json.ts";
import type { GgufField } from "../../formats/gguf-write.ts";
import { type YarnRopeScaling, yarnDivisors } from "../../graph/rope-tables.ts";
import type { ModelConfig } from "../model-config.ts";
import type { GgufArchitecture } from "./architecture.ts";
import {
	isYarnOfLlamaCpp,
	llama3Factors,
	ROPE_FACTORS_LONG,
	ROPE_FACTORS_SHORT,
	ROPE_FREQS,
	yarnTemperature,
} from "./rope.ts";

/** @param name the model's name, which programs show @param file config.json */
export function ggufConfigFields(
	config: ModelConfig,
	{ name: prefix, numbers, fields: ownFields = (llama) => llama, modelName = "" }: GgufArchitecture,
	name: string,
	file: JsonObject,
): GgufField[] {
	const whole = (key: string, value: number): GgufField => ({ key: `${prefix}.${key}`, kind: "uint32", value });
	const real = (key: string, value: number): GgufField => ({ key: `${prefix}.${key}`, kind: "float32", value });
	const scaling = config.rope_scaling;
	const all: GgufField[] = [
		{ key: "general.architecture", kind: "text", value: prefix },
		{ key: "general.type", kind: "text", value: "model" },
		{
			key: "general.name",
			kind: "text",
			value: name.toLowerCase().includes(modelName) ? name : `${modelName}-${name}`,
		},
		whole("block_count", config.num_hidden_layers),
		whole(
			"context_length",
			// With longrope, texts over the original length have the long factors.
			scaling?.rope_type === "longrope" ? Number(file.max_position_embeddings) : config.max_position_embeddings,
		),
		whole("embedding_length", config.hidden_size),
		whole("feed_forward_length", config.intermediate_size),
		whole("attention.head_count", config.num_attention_heads),
		whole("attention.head_count_kv", config.num_key_value_heads),
		whole("attention.key_length", config.head_dim),
		whole("attention.value_length", config.head_dim),
		real("attention.layer_norm_rms_epsilon", config.rms_norm_eps),
		real("rope.freq_base", config.rope_theta),
		whole("rope.dimension_count", config.rotary_dim ?? config.head_dim),
		whole("vocab_size", config.vocab_size),
		...(scaling?.rope_type === "linear"
			? [
					{ key: `${prefix}.rope.scaling.type`, kind: "text", value: "linear" } as const,
					real("rope.scaling.factor", scaling.factor),
				]
			: []),
		...(scaling?.rope_type === "longrope"
			? [
					{ key: `${prefix}.rope.scaling.type`, kind: "text", value: "longrope" } as const,
					whole("rope.scaling.original_context_length", longRope(file).original),
					real("rope.scaling.attn_factor", scaling.attention_factor),
				]
			: []),
		...(scaling?.rope_type === "yarn" ? yarnFields(prefix, scaling) : []),
		...Object.entries(numbers?.(config) ?? {}).map(([key, value]) => real(key, value)),
	];
	return [...ownFields(all, config, file)];
}

/** YaRN as llama.cpp computes it; one with other constants has its divisors in `rope_freqs`. */
function yarnFields(prefix: string, scaling: YarnRopeScaling): GgufField[] {
	const { factor, attention_factor, original_max_position_embeddings } = scaling;
	const real = (key: string, value: number): GgufField => ({ key: `${prefix}.${key}`, kind: "float32", value });
	if (!isYarnOfLlamaCpp(scaling)) return [real("rope.scaling.attn_factor", attention_factor)];
	const attnFactor = attention_factor / yarnTemperature(factor);
	return [
		{ key: `${prefix}.rope.scaling.type`, kind: "text", value: "yarn" },
		real("rope.scaling.factor", factor),
		{ key: `${prefix}.rope.scaling.original_context_length`, kind: "uint32", value: original_max_position_embeddings },
		...(Math.abs(attnFactor - 1) < 1e-9 ? [] : [real("rope.scaling.attn_factor", attnFactor)]),
	];
}

/** longrope's factors beyond the original length, which a ModelConfig does not have, and that length. */
function longRope(file: JsonObject): { readonly long: readonly number[]; readonly original: number } {
	const part = (value: unknown) => (isObject(value) ? value : {});
	const rope = { ...part(file.rope_scaling), ...part(file.rope_parameters) };
	const original = rope.original_max_position_embeddings ?? file.original_max_position_embeddings ?? 4096;
	return { long: rope.long_factor as number[], original: Number(original) };
}

/** The tensors of rope scaling, [head_dim / 2] each, by name. @param file config.json */
export function ropeFactors(config: ModelConfig, file: JsonObject): Readonly<Record<string, Float32Array>> {
	const { rope_scaling, rope_theta, head_dim } = config;
	if (rope_scaling?.rope_type === "llama3")
		return { [ROPE_FREQS]: Float32Array.from(llama3Factors(rope_theta, head_dim, rope_scaling)) };
	if (rope_scaling?.rope_type === "yarn" && !isYarnOfLlamaCpp(rope_scaling))
		return { [ROPE_FREQS]: Float32Array.from(yarnDivisors(rope_theta, head_dim, rope_scaling)) };
	if (rope_scaling?.rope_type !== "longrope") return {};
	return {
		[ROPE_FACTORS_LONG]: Float32Array.from(longRope(file).long),
		[ROPE_FACTORS_SHORT]: Float32Array.from(rope_scaling.short_factor),
	};
}
