// Hunyuan dense (0.5B to 7B): Llama's layout with an RMSNorm over each head's queries and keys after the rotation, and a rotary base
// that `alpha` enlarges (NTK-aware scaling). PEFT has no default target modules for it. Reference: transformers'
// modeling_hunyuan_v1_dense.py.
import type { JsonObject } from "../../shared/json.ts";
import { asObject, numberOf } from "../formats/config-keys.ts";
import type { IgnoredKeys } from "../formats/tracked-reads.ts";
import type { ConfigRules } from "./family.ts";
import { llamaFamily } from "./llama.ts";

const IGNORED: readonly IgnoredKeys[] = [
	// Settings of the tokenizer, of a classification head, and of images, experts and shared keys, which dense text models do not have.
	{
		keys: /^(eod|sep)_token_id$|^(im|text|mask)_\w*id$|^(pad_id|org_vocab_size|num_media_embeds|class_num|pool_type|dense_list)$/,
	},
	{ keys: ["num_experts"], neutral: [1] },
	{ keys: ["num_shared_expert", "moe_topk", "cla_share_factor", "routed_scaling_factor"] },
	{ keys: ["norm_type"], neutral: ["rms"] },
	{ keys: ["use_qk_norm"], neutral: [true] },
	// YaRN's constants, which the type "dynamic" does not use.
	{ keys: /^rope_(scaling|parameters)\.(beta_fast|beta_slow|mscale|mscale_all_dim|factor)$/ },
];

const head_dim = ({ head_dim, attention_head_dim, hidden_size, num_attention_heads }: JsonObject): number =>
	numberOf(head_dim ?? attention_head_dim ?? numberOf(hidden_size) / numberOf(num_attention_heads));

/** The keys of rotary positions, in which `alpha` has become part of the base (`compute_ntk_alpha_rope_parameters`). */
function withAlpha(raw: JsonObject): JsonObject {
	const [older, newer] = [asObject(raw.rope_scaling), asObject(raw.rope_parameters)];
	const alpha = newer.alpha ?? older.alpha;
	const type = newer.rope_type ?? newer.type ?? older.rope_type ?? older.type;
	if (type !== "dynamic" || typeof alpha !== "number" || !(alpha > 0)) return {};
	const theta = numberOf(newer.rope_theta ?? raw.rope_theta ?? 10_000);
	const dim = head_dim(raw);
	return { rope_scaling: {}, rope_parameters: { rope_theta: theta * alpha ** (dim / (dim - 2)) } };
}

const configRules: ConfigRules = {
	defaults: { rms_norm_eps: 1e-5, pad_token_id: 0, bos_token_id: 1, eos_token_id: 2 },
	renamed: { head_dim: "attention_head_dim" },
	derived: withAlpha,
	ignored: IGNORED,
};

export const hunyuan = llamaFamily({
	model_type: "hunyuan_v1_dense",
	className: "HunYuanDenseV1ForCausalLM",
	configRules,
	biases: ({ attention_bias }) => ({ qkv: attention_bias, o: attention_bias, mlp: false }),
	qkNorm: "head",
	qkNormAfterRope: { q: "query_layernorm", k: "key_layernorm" },
});
