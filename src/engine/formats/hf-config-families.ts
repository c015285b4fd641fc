// What config.json of other families than Llama calls otherwise, leaves to other defaults, or has besides; and what the
// architecture of an unknown family would need. Defaults are those of transformers' configuration classes. To add a family:
// its entry in LIKE_LLAMA, and what it has besides in `Unlike`.
import { TabTuneError } from "../../shared/errors.ts";
import { asObject, Keys, notYet } from "./hf-config-keys.ts";
import type { JsonObject } from "./json.ts";

/** What only some families have; absent where a model is like Llama. */
export interface Unlike {
	/** Leading columns of a head that turn, where not all do (Phi-3). */
	readonly rotary_dim?: number;
	/** Keys that each layer looks back over, null for all of them (Phi-3, Gemma 3). */
	readonly layer_windows?: readonly (number | null)[];
	/** rope_theta of the layers that have a window, unscaled (Gemma 3). */
	readonly rope_local_base_freq?: number;
	/** Scores are divided by its root instead of head_dim's (Gemma 3). */
	readonly query_pre_attn_scalar?: number;
}

const LIKE_LLAMA: Readonly<Record<string, (raw: JsonObject) => JsonObject>> = {
	phi3: (raw) => ({
		rms_norm_eps: 1e-5,
		max_position_embeddings: 4096,
		bos_token_id: 1,
		eos_token_id: 32000,
		pad_token_id: 32000,
		...raw,
	}),
	gpt2: (raw) => ({
		max_position_embeddings: 1024,
		layer_norm_epsilon: 1e-5,
		tie_word_embeddings: true,
		bos_token_id: 50256,
		eos_token_id: 50256,
		...renamed(raw, {
			n_embd: "hidden_size",
			n_head: "num_attention_heads",
			n_layer: "num_hidden_layers",
			n_positions: "max_position_embeddings",
		}),
		intermediate_size: raw.n_inner ?? 4 * Number(raw.n_embd ?? raw.hidden_size),
		rms_norm_eps: raw.layer_norm_epsilon ?? 1e-5,
		hidden_act: raw.activation_function ?? "gelu_new",
	}),
	gemma3_text: (raw) => {
		const nested = asObject(raw.rope_parameters); // by the type of layer, in newer files
		const full = asObject(nested.full_attention ?? raw.rope_scaling);
		return {
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
			...raw,
			hidden_act: raw.hidden_activation ?? "gelu_pytorch_tanh",
			rope_parameters: full,
			rope_scaling: {},
			rope_local_base_freq: asObject(nested.sliding_attention).rope_theta ?? raw.rope_local_base_freq ?? 10_000,
			local_rope_type: asObject(nested.sliding_attention).rope_type ?? "default",
		};
	},
};

/** A config.json under the keys that Llama's has, with the family's own defaults. */
export function asLlamaKeys(raw: JsonObject): JsonObject {
	const present = Object.fromEntries(Object.entries(raw).filter(([, value]) => value !== null));
	const own = LIKE_LLAMA[String(raw.model_type)];
	// sliding_window null says that there is none.
	return own === undefined
		? raw
		: { ...own(present), ...(raw.sliding_window === null ? { sliding_window: null } : {}) };
}

/** @throws TabTuneError "not-yet" for what a family may have and we do not compute */
export function unlikeLlama(raw: JsonObject, head_dim: number, where: string): Unlike {
	const read = new Keys(raw, where);
	switch (raw.model_type) {
		case "phi3": {
			const factor = Number(asObject(raw.rope_parameters).partial_rotary_factor ?? raw.partial_rotary_factor ?? 1);
			const rotary_dim = Math.trunc(head_dim * factor);
			if (!(rotary_dim > 0 && rotary_dim <= head_dim && rotary_dim % 2 === 0))
				throw read.fail(`partial_rotary_factor ${factor} turns ${rotary_dim} of ${head_dim} columns, pairs are needed`);
			const window = (raw.sliding_window ?? null) === null ? null : read.count("sliding_window");
			const layers = read.count("num_hidden_layers");
			return { rotary_dim, ...(window === null ? {} : { layer_windows: Array<number>(layers).fill(window) }) };
		}
		case "gpt2": {
			if (raw.scale_attn_weights === false) throw notYet("scale_attn_weights false", where, "a plain GPT-2");
			for (const key of ["scale_attn_by_inverse_layer_idx", "add_cross_attention"])
				if (raw[key] === true) throw notYet(`${key} true`, where, "a plain GPT-2");
			return {};
		}
		case "gemma3_text": {
			for (const key of ["final_logit_softcapping", "attn_logit_softcapping", "use_bidirectional_attention"])
				if (raw[key]) throw notYet(`${key} ${JSON.stringify(raw[key])}`, where, "a plain Gemma 3");
			if (raw.local_rope_type !== "default")
				throw notYet(`rope type ${JSON.stringify(raw.local_rope_type)} of sliding layers`, where, "a plain Gemma 3");
			const layers = read.count("num_hidden_layers");
			const pattern = Number(raw.sliding_window_pattern ?? raw._sliding_window_pattern ?? 6);
			const types = Array.isArray(raw.layer_types)
				? raw.layer_types
				: Array.from({ length: layers }, (_, i) => ((i + 1) % pattern === 0 ? "full_attention" : "sliding_attention"));
			const known = ["full_attention", "sliding_attention"];
			if (types.length !== layers || types.some((type) => !known.includes(type)))
				throw read.wrong("layer_types", `one of ${known.join(", ")} for each layer`);
			const sliding = types.includes("sliding_attention") ? read.count("sliding_window") : 0;
			return {
				layer_windows: types.map((type) => (type === "sliding_attention" ? sliding : null)),
				rope_local_base_freq: read.positive("rope_local_base_freq"),
				query_pre_attn_scalar: read.positive("query_pre_attn_scalar"),
			};
		}
		default:
			return {};
	}
}

/** What an architecture has that ours do not, by the keys of config.json that tell: in the field's own words. */
const PARTS: readonly [RegExp, string][] = [
	[/^(num_local_experts|num_experts|n_routed_experts|moe_\w+)$/, "mixture of experts"],
	[/^(state_size|ssm_\w+|mamba_\w+|conv_kernel|d_conv|time_step_rank)$/, "state space"],
	[/^(vision_config|audio_config|image_token_id)$/, "vision or audio"],
	[/^(encoder_layers|num_encoder_layers|is_encoder_decoder)$/, "encoder"],
	[/^(kv_lora_rank|q_lora_rank)$/, "multi-head latent attention"],
	[/^(attn|final)_logit_softcapping$/, "logit soft-capping"],
	[/^(alibi|use_alibi)$/, "ALiBi"],
	[/^(use_parallel_residual|parallel_attn)$/, "parallel residual"],
	[
		/^(logit_scale|logits_scaling|residual_multiplier|embedding_multiplier|scale_emb)$/,
		"residual or logit multipliers",
	],
	[/^(clip_qkv|qk_layernorm|use_qk_norm)$/, "QK norm or clipping"],
];

/** @throws TabTuneError "model", always: an architecture that is not known, and what its config.json says it would need */
export function refuseMissing(model_type: string, raw: JsonObject, where: string, known: readonly string[]): never {
	const has = (key: string) => ![undefined, null, false, 0].includes(raw[key] as null);
	const needs = PARTS.filter(([key]) => Object.keys(raw).some((name) => key.test(name) && has(name))).map(
		([, part]) => part,
	);
	throw new TabTuneError("model", {
		what:
			needs.length === 0
				? `model_type "${model_type}" is not known`
				: `model_type "${model_type}" is not known, and has what no known one has: ${needs.join(", ")}`,
		where,
		next: `use a model of these types: ${known.join(", ")}`,
	});
}

function renamed(raw: JsonObject, names: Readonly<Record<string, string>>): JsonObject {
	return Object.fromEntries(Object.entries(raw).map(([key, value]) => [names[key] ?? key, value]));
}
