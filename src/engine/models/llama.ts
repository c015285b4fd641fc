// The Llama family (Llama 2 and 3, SmolLM2, TinyStories, the bundled base): RMSNorm, RoPE, grouped-query attention,
// SwiGLU, with options for families of the same layout. Reference: transformers' modeling_llama.py.
import type { TensorSpec } from "../graph/ir.ts";
import { attention, rmsNorm, rope, splitColumns, swiglu } from "../graph/ops/index.ts";
import type { ConfigRules, LinearModule, ModelFamily, WeightSpec } from "./family.ts";
import { type GgufArchitecture, rotaryConfig } from "./gguf/architecture.ts";
import type { ModelConfig } from "./model-config.ts";
import { type RopeName, ropes, ropeTables } from "./rope.ts";

/** How a family differs from Llama. */
interface LlamaOptions
	extends Pick<ModelFamily, "model_type" | "className" | "defaultTargetModules" | "bottleneckNames"> {
	readonly configRules?: ConfigRules;
	/** Which linear modules have biases. */
	biases(config: ModelConfig): { readonly qkv: boolean; readonly o: boolean; readonly mlp: boolean };
	/** RMSNorm of queries and keys before the rotation: of each head (Qwen 3), or of all heads as one vector (OLMo 2). */
	readonly qkNorm?: "head" | "full";
	/** q, k and v are one linear module, gate and up another (Phi-3). */
	readonly fused?: boolean;
	/** Names of a layer's norms; Llama's by default. */
	readonly norms?: LayerNorms;
	/** Norm weights are stored as their difference from 1: y = x̂ · (1 + w) (Gemma). */
	readonly normOnePlus?: boolean;
	/** Embeddings are multiplied by √hidden_size (Gemma). */
	readonly scaleEmbedding?: boolean;
	/** llama.cpp's architecture, where it differs from Llama's. */
	readonly gguf?: Pick<GgufArchitecture, "name"> & Partial<GgufArchitecture>;
}

/** Names of a layer's norms, by their position; absent ones are not applied. */
interface LayerNorms {
	readonly pre_attention_norm?: string;
	readonly post_attention_norm?: string;
	readonly pre_mlp_norm?: string;
	readonly post_mlp_norm?: string;
}
const LLAMA_NORMS: LayerNorms = { pre_attention_norm: "input_layernorm", pre_mlp_norm: "post_attention_layernorm" };

/** What PEFT and the adapters library state for most families of Llama's layout. */
export const LLAMA_ADAPTERS = {
	defaultTargetModules: ["q_proj", "v_proj"],
	bottleneckNames: { self_attn: "attention_adapters", mlp: "output_adapters" },
} as const;

const LLAMA_GGUF = {
	layers: "model.layers",
	parts: {
		"self_attn.q_proj": "attn_q",
		"self_attn.k_proj": "attn_k",
		"self_attn.v_proj": "attn_v",
		"self_attn.o_proj": "attn_output",
		"self_attn.q_norm": "attn_q_norm",
		"self_attn.k_norm": "attn_k_norm",
		"mlp.gate_proj": "ffn_gate",
		"mlp.up_proj": "ffn_up",
		"mlp.down_proj": "ffn_down",
		input_layernorm: "attn_norm",
		post_attention_layernorm: "ffn_norm",
	},
	whole: {
		"model.embed_tokens": "token_embd",
		"model.norm": "output_norm",
		lm_head: "output",
	},
	pairs: false,
	onePlus: false,
	written: true,
	biases: ["attn_q", "attn_k", "attn_v"],
	ropeFactors: false,
	config: rotaryConfig,
} as const;

/** Llama's architecture in llama.cpp, which Mistral's files have, too. */
export const LLAMA_OF_GGUF = {
	name: "llama",
	pairs: true,
	biases: [...LLAMA_GGUF.biases, "attn_output", "ffn_gate", "ffn_up", "ffn_down"],
	ropeFactors: true,
} as const;

export const llama = llamaFamily({
	...LLAMA_ADAPTERS,
	model_type: "llama",
	className: "LlamaForCausalLM",
	biases: ({ attention_bias, mlp_bias }) => ({ qkv: attention_bias, o: attention_bias, mlp: mlp_bias }),
	gguf: LLAMA_OF_GGUF,
});

/** Builds a family of Llama's layout: llama, qwen2.ts, qwen3.ts, mistral.ts, phi3.ts and gemma3.ts. */
export function llamaFamily(options: LlamaOptions): ModelFamily {
	const { qkNorm, norms = LLAMA_NORMS, normOnePlus = false, scaleEmbedding = false } = options;
	const { model_type, className, configRules = {}, defaultTargetModules, bottleneckNames, gguf } = options;
	const family: ModelFamily = {
		model_type,
		className,
		configRules,
		defaultTargetModules,
		bottleneckNames,
		gguf: gguf && { ...LLAMA_GGUF, ...gguf, parts: { ...LLAMA_GGUF.parts, ...gguf.parts } },
		layers: "model.layers",
		ropes,

		weights(config) {
			const { hidden_size, vocab_size } = config;
			const specs: WeightSpec[] = [{ name: "model.embed_tokens.weight", shape: [vocab_size, hidden_size] }];
			for (let layer = 0; layer < config.num_hidden_layers; layer++) {
				for (const name of Object.values(norms))
					specs.push({ name: `model.layers.${layer}.${name}.weight`, shape: [hidden_size] });
				if (qkNorm !== undefined) {
					const path = `model.layers.${layer}.self_attn`;
					const width = (heads: number) => config.head_dim * (qkNorm === "full" ? heads : 1);
					specs.push({ name: `${path}.q_norm.weight`, shape: [width(config.num_attention_heads)] });
					specs.push({ name: `${path}.k_norm.weight`, shape: [width(config.num_key_value_heads)] });
				}
			}
			for (const module of family.linearModules(config)) {
				specs.push({ name: `${module.path}.weight`, shape: [module.out, module.in] });
				if (module.bias) specs.push({ name: `${module.path}.bias`, shape: [module.out] });
			}
			specs.push({ name: "model.norm.weight", shape: [hidden_size] });
			if (!config.tie_word_embeddings) specs.push({ name: "lm_head.weight", shape: [vocab_size, hidden_size] });
			return specs;
		},

		linearModules(config) {
			return Array.from({ length: config.num_hidden_layers }, (_, layer) =>
				Object.values(layerModules(options, config, layer)).flat(),
			).flat();
		},

		embedding: ({ vocab_size, hidden_size }) => ({
			path: "model.embed_tokens",
			rows: vocab_size,
			width: hidden_size,
			...(scaleEmbedding ? { scale: Math.sqrt(hidden_size) } : {}),
		}),

		head: ({ vocab_size, hidden_size, tie_word_embeddings }) => ({
			path: "lm_head",
			in: hidden_size,
			out: vocab_size,
			bias: false,
			...(tie_word_embeddings ? { weight: "model.embed_tokens.weight" } : {}),
		}),

		forward({ builder, config, inputs, hooks, keyValues }) {
			const { linear, residual } = hooks;
			const weight = (name: string) => hooks.weight(builder, name);
			const { head_dim, rotary_dim = head_dim, num_attention_heads: heads, num_key_value_heads: kv_heads } = config;
			const attrs = { eps: config.rms_norm_eps, one_plus: normOnePlus };
			const norm = (path: string, x: TensorSpec, groups = 1) =>
				rmsNorm(builder, path, [x, weight(`${path}.weight`)], { ...attrs, groups });
			/** The outputs of the modules; a fused module's output is split into columns. */
			const project = (name: string, modules: readonly LinearModule[], widths: readonly number[], x: TensorSpec) =>
				modules.length === widths.length
					? modules.map((module) => linear(builder, module, x))
					: splitColumns(builder, name, [linear(builder, modules[0], x)], { widths });

			let x = hooks.embed(builder, family.embedding(config), inputs); // [T, hidden]
			for (let layer = 0; layer < config.num_hidden_layers; layer++) {
				const path = `model.layers.${layer}`;
				const modules = layerModules(options, config, layer);
				const window = config.layer_windows?.[layer] ?? undefined;
				const table: RopeName = window !== undefined && "rope.local" in ropes(config) ? "rope.local" : "rope";
				const { cos, sin } = ropeTables(builder, config, table);
				const optionalNorm = (name: string | undefined, x: TensorSpec) =>
					name === undefined ? x : norm(`${path}.${name}`, x);

				const normed = optionalNorm(norms.pre_attention_norm, x);
				const widths = [heads * head_dim, kv_heads * head_dim, kv_heads * head_dim];
				const [queries, keysProjected, v] = project(`${path}.self_attn.qkv`, modules.qkv, widths, normed);
				const applyRope = (name: "q" | "k", x: TensorSpec, heads: number) => {
					const groups = qkNorm === "head" ? heads : 1;
					const normed = qkNorm === undefined ? x : norm(`${path}.self_attn.${name}_norm`, x, groups);
					const attrs = { head_dim, rotary_dim, inverse: false };
					return rope(builder, `${path}.self_attn.${name}_rope`, [normed, cos, sin, inputs.positions], attrs);
				};
				const q = applyRope("q", queries, heads); // [T, heads * head_dim]
				const k = applyRope("k", keysProjected, kv_heads); // [T, kv_heads * head_dim]
				const { keys, values } = keyValues(layer, k, v);
				const mixed = attention(
					builder,
					`${path}.self_attn.attention`,
					[q, keys, values, inputs.kvStart, inputs.kvLast, inputs.queryEnd],
					{ heads, kv_heads, head_dim, scale: 1 / Math.sqrt(config.query_pre_attn_scalar ?? head_dim), window },
				);
				const attended = optionalNorm(norms.post_attention_norm, linear(builder, modules.o, mixed));
				x = residual(builder, layer, "self_attn", x, attended);

				const normedAgain = optionalNorm(norms.pre_mlp_norm, x);
				const wide = config.intermediate_size;
				const [gate, up] = project(`${path}.mlp.gate_up`, modules.gateUp, [wide, wide], normedAgain); // [T, intermediate]
				const act = swiglu(builder, `${path}.mlp.act`, [gate, up], { act: config.hidden_act });
				x = residual(builder, layer, "mlp", x, optionalNorm(norms.post_mlp_norm, linear(builder, modules.down, act)));
			}
			return norm("model.norm", x);
		},
	};
	return family;
}

/** The linear modules of a layer, in the order of `named_modules()`. */
function layerModules({ fused = false, biases }: LlamaOptions, config: ModelConfig, layer: number) {
	const { hidden_size: hidden, intermediate_size: wide, head_dim } = config;
	const queries = config.num_attention_heads * head_dim;
	const keys = config.num_key_value_heads * head_dim;
	const bias = biases(config);
	const module = (name: string, from: number, to: number, has: boolean): LinearModule => ({
		path: `model.layers.${layer}.${name}`,
		in: from,
		out: to,
		bias: has,
	});
	const o = module("self_attn.o_proj", queries, hidden, bias.o);
	const down = module("mlp.down_proj", wide, hidden, bias.mlp);
	if (fused)
		return {
			o,
			qkv: [module("self_attn.qkv_proj", hidden, queries + 2 * keys, bias.qkv)],
			gateUp: [module("mlp.gate_up_proj", hidden, 2 * wide, bias.mlp)],
			down,
		};
	return {
		qkv: [
			module("self_attn.q_proj", hidden, queries, bias.qkv),
			module("self_attn.k_proj", hidden, keys, bias.qkv),
			module("self_attn.v_proj", hidden, keys, bias.qkv),
		],
		o,
		gateUp: [module("mlp.gate_proj", hidden, wide, bias.mlp), module("mlp.up_proj", hidden, wide, bias.mlp)],
		down,
	};
}
