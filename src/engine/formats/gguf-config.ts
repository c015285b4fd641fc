// The metadata of a GGUF file as config.json of the Hugging Face model it was made from (`set_gguf_parameters` in llama.cpp's
// conversion folder; what it leaves out is what llama.cpp takes for it). To add an architecture: its entry in OWN.
import { TabTuneError } from "../../shared/errors.ts";
import type { GgufFile, GgufValue } from "./gguf.ts";
import { decodeBlocks } from "./gguf-blocks.ts";
import type { GgufArchitecture } from "./gguf-names.ts";
import { ggufRopeScaling, ROPE_FACTORS_LONG, ROPE_FACTORS_SHORT, ROPE_FREQS } from "./gguf-rope.ts";
import type { JsonObject } from "./json.ts";
import type { ByteSource } from "./source.ts";

/** Gemma 3's: every sixth layer sees the whole text, and 62 layers are the model whose scale is another (gemma3.cpp). */
const GEMMA3 = { pattern: 6, local_theta: 10_000, layers_of_27b: 62 };

interface Fields {
	value(key: string): GgufValue | undefined;
	optional(key: string): number | undefined;
	need(key: string): number;
	tensor(name: string): Promise<number[] | undefined>;
}
type Common = ReturnType<typeof commonOf>;

/** What an architecture has beside Llama's keys, or otherwise. */
const OWN: Readonly<Record<string, (fields: Fields, common: Common) => JsonObject | Promise<JsonObject>>> = {
	gpt2: ({ need }, common) => ({
		n_embd: common.hidden_size,
		n_head: common.num_attention_heads,
		n_layer: common.num_hidden_layers,
		n_positions: common.max_position_embeddings,
		n_inner: common.intermediate_size,
		layer_norm_epsilon: short(need("attention.layer_norm_epsilon")),
		activation_function: "gelu_new",
	}),
	phi3: async ({ optional, tensor }, common) => {
		const { head_dim } = common;
		const turned = optional("rope.dimension_count") ?? head_dim;
		const factor = turned / head_dim;
		const [short_factor, long_factor] = [await tensor(ROPE_FACTORS_SHORT), await tensor(ROPE_FACTORS_LONG)];
		const original = optional("rope.scaling.original_context_length") ?? 4096;
		const stretch = common.max_position_embeddings / original;
		const usual = stretch > 1 ? Math.sqrt(1 + Math.log(stretch) / Math.log(original)) : 1;
		const attention_factor = optional("rope.scaling.attn_factor") ?? 1;
		const other = Math.abs(attention_factor / usual - 1) < 1e-6 ? {} : { attention_factor };
		return {
			// transformers cuts the product off, which may be a hair under the whole number.
			partial_rotary_factor: Math.trunc(head_dim * factor) === turned ? factor : (turned + 0.5) / head_dim,
			sliding_window: optional("attention.sliding_window") || null,
			original_max_position_embeddings: original,
			...(short_factor === undefined
				? {}
				: { rope_scaling: { type: "longrope", short_factor, long_factor: long_factor ?? short_factor, ...other } }),
		};
	},
	gemma3: ({ value, optional }, common) => {
		const { num_hidden_layers: layers, head_dim } = common;
		const window = optional("attention.sliding_window") ?? 0;
		const told = value("attention.sliding_window_pattern");
		const pattern = typeof told === "number" ? told : GEMMA3.pattern;
		const slides = (layer: number) =>
			window > 0 && (Array.isArray(told) ? Boolean(told[layer]) : layer % pattern < pattern - 1);
		const full = common.rope_scaling ?? { rope_type: "default" };
		const theta = optional("rope.freq_base_swa") ?? GEMMA3.local_theta;
		return {
			hidden_activation: "gelu_pytorch_tanh",
			query_pre_attn_scalar:
				layers === GEMMA3.layers_of_27b ? common.hidden_size / common.num_attention_heads : head_dim,
			...(window > 0 ? { sliding_window: window } : {}),
			layer_types: Array.from({ length: layers }, (_, i) => (slides(i) ? "sliding_attention" : "full_attention")),
			rope_scaling: null,
			rope_parameters: {
				full_attention: { ...full, rope_theta: common.rope_theta },
				sliding_attention: { rope_type: "default", rope_theta: theta },
			},
			final_logit_softcapping: optional("final_logit_softcapping") || null,
		};
	},
};

/** A float32 as the decimal it was written from. */
const short = (value: number): number => Number(value.toPrecision(6));

/** @throws TabTuneError "model" naming the field that is missing, "not-yet" for positions that are not known */
export async function ggufConfig(
	{ metadata, tensors }: GgufFile,
	source: ByteSource,
	architecture: GgufArchitecture,
	where: string,
): Promise<JsonObject> {
	const { name } = architecture;
	const value = (key: string) => metadata.get(`${name}.${key}`);
	const optional = (key: string) => {
		const found = value(key);
		return typeof found === "number" && Number.isFinite(found) ? found : undefined;
	};
	const need = (key: string) => {
		const found = optional(key);
		if (found !== undefined) return found;
		throw new TabTuneError("model", {
			what: `the field ${name}.${key} is missing or no number`,
			where,
			next: "download the file again, or make it again with llama.cpp's convert_hf_to_gguf.py",
		});
	};
	const tensor = async (path: string) => {
		const held = tensors.get(path);
		if (held === undefined) return undefined;
		return [...decodeBlocks(held.type, await source.read(held.offset, held.byteLength))];
	};
	const fields = { value, optional, need, tensor };
	const theta = optional("rope.freq_base") ?? 10_000;
	const heads = need("attention.head_count");
	const head_dim = optional("attention.key_length") ?? need("embedding_length") / heads;
	const rope = { theta, head_dim, factors: await tensor(ROPE_FREQS) };
	// Phi-3's is told by its tensors.
	const scaling = name === "phi3" ? null : ggufRopeScaling(metadata, name, rope, where);
	const common = commonOf(fields, { heads, head_dim, theta, scaling });
	const { rope_theta, rope_scaling, ...sizes } = common;
	const id = (key: string) => metadata.get(`tokenizer.ggml.${key}_token_id`) ?? null;
	return {
		architectures: [architecture.className],
		model_type: architecture.model_type,
		hidden_act: "silu",
		...sizes,
		vocab_size: tensors.get("token_embd.weight")?.shape[0] ?? 0,
		...(name === "gpt2"
			? {}
			: { rms_norm_eps: short(need("attention.layer_norm_rms_epsilon")), rope_theta, rope_scaling }),
		tie_word_embeddings: !tensors.has("output.weight"),
		attention_bias: tensors.has("blk.0.attn_q.bias"),
		mlp_bias: tensors.has("blk.0.ffn_up.bias"),
		bos_token_id: id("bos"),
		eos_token_id: id("eos"),
		pad_token_id: id("padding"),
		dtype: "float32",
		...((await OWN[name]?.(fields, common)) ?? {}),
	};
}

function commonOf(
	{ optional, need }: Fields,
	{ heads, head_dim, theta, scaling }: { heads: number; head_dim: number; theta: number; scaling: JsonObject | null },
) {
	return {
		hidden_size: need("embedding_length"),
		intermediate_size: need("feed_forward_length"),
		num_hidden_layers: need("block_count"),
		num_attention_heads: heads,
		num_key_value_heads: optional("attention.head_count_kv") ?? heads,
		head_dim,
		max_position_embeddings: need("context_length"),
		rope_theta: theta,
		rope_scaling: scaling,
	};
}
