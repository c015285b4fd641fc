// GPT-2 (DistilGPT-2): LayerNorm with biases, learned positions, q, k and v in one module, gelu without a gate, tied head. Its
// linear modules are Conv1D, whose files store [in, out]: transposed-weights.ts transposes them. Reference: modeling_gpt2.py.

import { modelsMessage } from "../../shared/messages/index.ts";
import { notYet, numberOf } from "../formats/config-keys.ts";
import { activation, add, attention, embed, layerNorm, splitColumns } from "../graph/ops/index.ts";
import type { ConfigRules, LinearModule, ModelFamily, WeightSpec } from "./family.ts";
import { type GgufArchitecture, shortDecimal } from "./gguf/architecture.ts";
import type { ModelConfig } from "./model-config.ts";

const LAYERS = "transformer.h";
const TABLE = "transformer.wte";

const configRules: ConfigRules = {
	defaults: { max_position_embeddings: 1024, tie_word_embeddings: true, bos_token_id: 50256, eos_token_id: 50256 },
	renamed: {
		hidden_size: "n_embd",
		num_attention_heads: "n_head",
		num_hidden_layers: "n_layer",
		max_position_embeddings: "n_positions",
	},
	derived: (raw) => ({
		intermediate_size: raw.n_inner ?? 4 * numberOf(raw.n_embd ?? raw.hidden_size),
		rms_norm_eps: raw.layer_norm_epsilon ?? 1e-5,
		hidden_act: raw.activation_function ?? "gelu_new",
	}),
	ignored: [
		{ keys: ["n_ctx"] }, // the older name of n_positions, in old files beside it
		{ keys: ["reorder_and_upcast_attn"] }, // the precision of attention, which is float32 here
		{ keys: /^summary_/ }, // the head of GPT2DoubleHeadsModel
	],
	learnedPositions: true,
	options(raw, { where }) {
		if (raw.hidden_act === "silu")
			throw notYet(
				modelsMessage("keyValue", { key: "hidden_act", value: '"silu"' }),
				where,
				modelsMessage("hiddenAct.next"),
			);
		if (raw.scale_attn_weights === false)
			throw notYet(
				modelsMessage("keyValue", { key: "scale_attn_weights", value: "false" }),
				where,
				modelsMessage("gpt2.next"),
			);
		for (const key of ["scale_attn_by_inverse_layer_idx", "add_cross_attention"])
			if (raw[key] === true)
				throw notYet(modelsMessage("keyValue", { key, value: "true" }), where, modelsMessage("gpt2.next"));
		return {};
	},
};

const gguf: GgufArchitecture = {
	name: "gpt2",
	layers: LAYERS,
	parts: {
		"attn.c_attn": "attn_qkv",
		"attn.c_proj": "attn_output",
		"mlp.c_fc": "ffn_up",
		"mlp.c_proj": "ffn_down",
		ln_1: "attn_norm",
		ln_2: "ffn_norm",
	},
	whole: {
		[TABLE]: "token_embd",
		"transformer.wpe": "position_embd",
		"transformer.ln_f": "output_norm",
		lm_head: "output",
	},
	pairs: false,
	onePlus: false,
	written: true,
	square: true,
	activation: "gelu_tanh",
	// It has LayerNorm and no rotary positions.
	fields: (llama, { rms_norm_eps }) => [
		...llama.filter(({ key }) => !/^gpt2\.(rope\.|attention\.layer_norm_rms_epsilon$)/.test(key)),
		{ key: "gpt2.attention.layer_norm_epsilon", kind: "float32", value: rms_norm_eps },
	],
	biases: ["attn_qkv", "attn_output", "ffn_up", "ffn_down", "attn_norm", "ffn_norm", "output_norm"],
	ropeFactors: false,
	config: ({ need }, common) => ({
		n_embd: common.hidden_size,
		n_head: common.num_attention_heads,
		n_layer: common.num_hidden_layers,
		n_positions: common.max_position_embeddings,
		n_inner: common.intermediate_size,
		intermediate_size: undefined,
		hidden_act: undefined,
		layer_norm_epsilon: shortDecimal(need("attention.layer_norm_epsilon")),
		activation_function: "gelu_new",
	}),
};

export const gpt2: ModelFamily = {
	model_type: "gpt2",
	className: "GPT2LMHeadModel",
	configRules,
	defaultTargetModules: ["c_attn"],
	servedByVllm: false,
	gguf,
	layers: LAYERS,
	ropes: () => ({}),
	transposed: (name) => /\.(c_attn|c_proj|c_fc)\.weight$/.test(name),

	weights(config) {
		const { hidden_size, vocab_size, max_position_embeddings } = config;
		const norm = (path: string): WeightSpec[] =>
			["weight", "bias"].map((kind) => ({ name: `${path}.${kind}`, shape: [hidden_size] }));
		return [
			{ name: `${TABLE}.weight`, shape: [vocab_size, hidden_size] },
			{ name: "transformer.wpe.weight", shape: [max_position_embeddings, hidden_size] },
			...Array.from({ length: config.num_hidden_layers }, (_, layer) =>
				["ln_1", "ln_2"].flatMap((name) => norm(`${LAYERS}.${layer}.${name}`)),
			).flat(),
			...gpt2.linearModules(config).flatMap(({ path, in: from, out }) => [
				{ name: `${path}.weight`, shape: [out, from] },
				{ name: `${path}.bias`, shape: [out] },
			]),
			...norm("transformer.ln_f"),
			...(config.tie_word_embeddings ? [] : [{ name: "lm_head.weight", shape: [vocab_size, hidden_size] }]),
		];
	},

	linearModules: (config) =>
		Array.from({ length: config.num_hidden_layers }, (_, layer) => Object.values(layerModules(config, layer))).flat(),

	embedding: ({ vocab_size, hidden_size }) => ({ path: TABLE, rows: vocab_size, width: hidden_size }),

	head: ({ vocab_size, hidden_size, tie_word_embeddings }) => ({
		path: "lm_head",
		in: hidden_size,
		out: vocab_size,
		bias: false,
		...(tie_word_embeddings ? { weight: `${TABLE}.weight` } : {}),
	}),

	forward({ builder, config, inputs, hooks, keyValues }) {
		const { linear, residual } = hooks;
		const weight = (name: string) => hooks.weight(builder, name);
		const { hidden_size: hidden, num_attention_heads: heads, head_dim } = config;
		const norm = (path: string, x: ReturnType<typeof weight>) =>
			layerNorm(builder, path, [x, weight(`${path}.weight`), weight(`${path}.bias`)], { eps: config.rms_norm_eps });

		const positions = embed(builder, "transformer.wpe", [inputs.positions, weight("transformer.wpe.weight")]);
		const rows = hooks.embed(builder, gpt2.embedding(config), inputs); // [T, hidden]
		let x = add(builder, "transformer.embedded", [rows, positions]);
		for (let layer = 0; layer < config.num_hidden_layers; layer++) {
			const path = `${LAYERS}.${layer}`;
			const { c_attn, attn_c_proj, c_fc, mlp_c_proj } = layerModules(config, layer);
			const fused = linear(builder, c_attn, norm(`${path}.ln_1`, x)); // [T, 3 * hidden]
			const widths = [hidden, hidden, hidden];
			const [q, k, v] = splitColumns(builder, `${path}.attn.qkv`, [fused], { widths });
			const { keys, values } = keyValues(layer, k, v);
			const mixed = attention(
				builder,
				`${path}.attn.attention`,
				[q, keys, values, inputs.kvStart, inputs.kvLast, inputs.queryEnd],
				{ heads, kv_heads: heads, head_dim, scale: 1 / Math.sqrt(head_dim) },
			);
			x = residual(builder, layer, "self_attn", x, linear(builder, attn_c_proj, mixed));

			const wide = linear(builder, c_fc, norm(`${path}.ln_2`, x)); // [T, intermediate]
			const activated = activation(builder, `${path}.mlp.act`, [wide], { kind: "gelu_tanh" });
			x = residual(builder, layer, "mlp", x, linear(builder, mlp_c_proj, activated));
		}
		return norm("transformer.ln_f", x);
	},
};

/** The linear modules of a layer, in the order of `named_modules()`. */
function layerModules(config: ModelConfig, layer: number) {
	const { hidden_size: hidden, intermediate_size: wide } = config;
	const module = (name: string, from: number, to: number): LinearModule => ({
		path: `${LAYERS}.${layer}.${name}`,
		in: from,
		out: to,
		bias: true,
	});
	return {
		c_attn: module("attn.c_attn", hidden, 3 * hidden),
		attn_c_proj: module("attn.c_proj", hidden, hidden),
		c_fc: module("mlp.c_fc", hidden, wide),
		mlp_c_proj: module("mlp.c_proj", wide, hidden),
	};
}
