// The architecture of a model family in llama.cpp: the names of its tensors (gguf-py's tensor_mapping.py) and how its
// metadata and tensors differ from Hugging Face's.

import type { TabTuneError } from "../../../shared/errors.ts";
import type { JsonObject } from "../../../shared/json.ts";
import type { GgufField } from "../../formats/gguf-write.ts";
import type { ModelConfig } from "../model-config.ts";

type Names = Readonly<Record<string, string>>;

export interface GgufArchitecture {
	/** llama.cpp's name, the prefix of its metadata keys. */
	readonly name: string;
	/** Path of the layers in Hugging Face's names. */
	readonly layers: string; // "model.layers"
	/** Modules of a layer: Hugging Face's name → llama.cpp's. */
	readonly parts: Names;
	/** Modules outside the layers. */
	readonly whole: Names;
	/** Whether rows of q and k are interleaved, [heads, head_dim / 2, 2], instead of in halves, [heads, 2, head_dim / 2]. */
	readonly pairs: boolean;
	/** Whether norms are stored as 1 + w where Hugging Face stores w. */
	readonly onePlus: boolean;
	/** Whether adapters and merged models can be exported for it. */
	readonly written: boolean;
	/** The activation that llama.cpp applies; silu by default. */
	readonly activation?: ModelConfig["hidden_act"];
	/** The modules whose biases llama.cpp loads; it refuses a file with others. */
	readonly biases: readonly string[];
	/** Whether llama.cpp needs output.weight even if the head is tied to the embedding. */
	readonly untied?: boolean;
	/** Whether llama.cpp needs heads that together are as wide as the hidden states. */
	readonly square?: boolean;
	/** Whether llama.cpp loads factors of rotary frequencies: all (rope_freqs, rope_factors_long and _short), or longrope's only. */
	readonly ropeFactors: boolean | "longrope";
	/** Numbers in the metadata that only this architecture has, by key. */
	numbers?(config: ModelConfig): Readonly<Record<string, number>>;
	/** A part of `general.name` by which llama.cpp recognises the tokenizer's special tokens. */
	readonly modelName?: string;
	/** The metadata of a model, from the keys that Llama has. */
	fields?(llama: readonly GgufField[], config: ModelConfig, file: JsonObject): readonly GgufField[];
	/** A key of config.json with a value that the metadata cannot express; null if there is none. */
	unwritable?(config: ModelConfig): string | null;
	/** Keys of config.json that only this architecture has, in addition to `common`. */
	config(fields: GgufFields, common: GgufCommon): JsonObject | Promise<JsonObject>;
	/** Whether a special token of a SentencePiece vocabulary removes the white space after it; no by default. */
	readonly stripsRight?: (token: string) => boolean;
}

/** Reads the metadata and small tensors of a GGUF file; keys are without the architecture's prefix. */
export interface GgufFields {
	/** The file name that errors show. */
	readonly where: string;
	value(key: string): unknown;
	/**
	 * A number, or the number that all entries of a list have; undefined if the field is missing.
	 * @throws TabTuneError "model" naming the field if it has another type, "not-yet" for a list of different numbers
	 */
	optional(key: string): number | undefined;
	/** @throws TabTuneError as `optional`, also when the field is missing */
	need(key: string): number;
	/** An error about the value of a field. */
	fail(key: string, value: unknown): TabTuneError;
	/** @throws TabTuneError "not-yet" if a field has another value than the one that is supported */
	checkLength(key: string, expected: number): void;
	/** The values of a tensor. */
	tensor(name: string): Promise<number[] | undefined>;
	/** rope_scaling of config.json. @throws TabTuneError "not-yet" for a type that is not supported */
	ropeScaling(rotary_dim: number, theta: number, max_position_embeddings: number): Promise<JsonObject | null>;
}

/** The keys of config.json that all architectures have. */
export type GgufCommon = Pick<
	ModelConfig,
	| "hidden_size"
	| "intermediate_size"
	| "num_hidden_layers"
	| "num_attention_heads"
	| "num_key_value_heads"
	| "head_dim"
	| "max_position_embeddings"
>;

/** The keys of an architecture with RMSNorm and rotary positions. */
export async function rotaryConfig(fields: GgufFields, { head_dim, max_position_embeddings }: GgufCommon) {
	const { optional, need, checkLength, ropeScaling } = fields;
	const rope_theta = optional("rope.freq_base") ?? 10_000;
	checkLength("rope.dimension_count", head_dim);
	return {
		rms_norm_eps: shortDecimal(need("attention.layer_norm_rms_epsilon")),
		rope_theta,
		rope_scaling: await ropeScaling(head_dim, rope_theta, max_position_embeddings),
		// A text within a window sees all of itself, so texts are limited to it.
		max_position_embeddings: Math.min(
			max_position_embeddings,
			optional("attention.sliding_window") || max_position_embeddings,
		),
	};
}

/** The shortest decimal that a float32 was written from. */
export const shortDecimal = (value: number): number => Number(value.toPrecision(6));

/** "model.layers.0.self_attn.q_proj.weight" → "blk.0.attn_q.weight"; undefined for a name without a counterpart. */
export function ggufName({ layers, parts, whole }: GgufArchitecture, name: string): string | undefined {
	const [, module, kind] = /^(.+)\.(weight|bias)$/.exec(name) ?? [];
	if (module === undefined) return undefined;
	const inside = module.startsWith(`${layers}.`) ? module.slice(layers.length + 1) : "";
	const [, layer, part] = /^(\d+)\.(.+)$/.exec(inside) ?? [];
	const found = part === undefined ? whole[module] : parts[part] && `blk.${layer}.${parts[part]}`;
	return found === undefined ? undefined : `${found}.${kind}`;
}

/** The inverse of `ggufName`. */
export function huggingFaceName({ layers, parts, whole }: GgufArchitecture, name: string): string | undefined {
	const [, layer, short, kind] = /^(?:blk\.(\d+)\.)?(\w+)\.(weight|bias)$/.exec(name) ?? [];
	const names = layer === undefined ? whole : parts;
	const found = Object.keys(names).find((long) => names[long] === short);
	if (found === undefined) return undefined;
	return layer === undefined ? `${found}.${kind}` : `${layers}.${layer}.${found}.${kind}`;
}

/** Whether a weight is a norm that is stored as 1 + w. */
export function isOnePlus({ onePlus }: GgufArchitecture, name: string): boolean {
	return onePlus && name.endsWith("norm.weight");
}

/** Whether the architecture interleaves the rows of a weight, and which projection it is. */
export function isPaired({ pairs }: GgufArchitecture, name: string): "q" | "k" | null {
	const [, which] = /\.self_attn\.([qk])_proj\./.exec(name) ?? [];
	return pairs && which !== undefined ? (which as "q" | "k") : null;
}

/** The interleaved position of row `row`, both counted from the first row of the first head. */
export function pairedRow(row: number, head_dim: number): number {
	const [head, i] = [Math.floor(row / head_dim), row % head_dim];
	const half = head_dim / 2;
	return head * head_dim + (i < half ? 2 * i : 2 * (i - half) + 1);
}

/** Interleaves rows. values: [heads * head_dim, width] */
export function rowsToPairs(values: Float32Array, width: number, head_dim: number): Float32Array {
	const out = new Float32Array(values.length);
	for (let row = 0; row < values.length / width; row++)
		out.set(values.subarray(row * width, (row + 1) * width), pairedRow(row, head_dim) * width);
	return out;
}
