// The Llama family (Llama 2 and 3, SmolLM2, TinyStories, the bundled base): RMSNorm, RoPE, grouped-query attention,
// SwiGLU, with options for families of the same layout. Reference: transformers' modeling_llama.py.
import type { TensorSpec } from "../graph/ir.ts";
import { attention, rmsNorm, rope, splitColumns, swiglu } from "../graph/ops/index.ts";
import type { ConfigRules, LinearModule, ModelFamily, WeightSpec } from "./family.ts";
import type { GgufArchitecture } from "./gguf/architecture.ts";
import { LLAMA_GGUF, LLAMA_OF_GGUF } from "./gguf/llama.ts";
import type { ModelConfig } from "./model-config.ts";
import { attentionScale, scaled, scaledResidual, uniformGain } from "./multipliers.ts";
import { type RopeName, ropes, ropeTables } from "./rope.ts";

/** How a family differs from Llama. What differs between its models is in FamilyOptions (model-config.ts). */
interface LlamaOptions
	extends Pick<ModelFamily, "model_type" | "className" | "defaultTargetModules" | "bottleneckNames"> {
	readonly configRules?: ConfigRules;
	/** Which linear modules have biases. */
	biases(config: ModelConfig): { readonly qkv: boolean; readonly o: boolean; readonly mlp: boolean };
	/** Names of a layer's linear modules, in the order of `named_modules()`; Llama's by default. */
	readonly linears?: LayerLinears;
	/** RMSNorm of queries and keys before the rotation: of each head (Qwen 3), or of all heads as one vector (OLMo 2). */
	readonly qkNorm?: "head" | "full";
	/** Whether that norm comes after the rotation, and the names of the two (Hunyuan). */
	readonly qkNormAfterRope?: { readonly q: string; readonly k: string };
	/** Names of a layer's norms; Llama's by default. */
	readonly norms?: LayerNorms;
	/** Norm weights are stored as their difference from 1: y = x̂ · (1 + w) (Gemma). */
	readonly normOnePlus?: boolean;
	/** Embeddings are multiplied by √hidden_size (Gemma). */
	readonly scaleEmbedding?: boolean;
	/** llama.cpp's architecture, where it differs from Llama's. */
	readonly gguf?: Pick<GgufArchitecture, "name"> & Partial<GgufArchitecture>;
}

/** Names of a layer's linear modules. A list of one name is one module for all of its parts (Phi-3). */
interface LayerLinears {
	readonly qkv: readonly string[];
	readonly o: string;
	readonly gateUp: readonly string[];
	readonly down: string;
}
const LLAMA_LINEARS: LayerLinears = {
	qkv: ["self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj"],
	o: "self_attn.o_proj",
	gateUp: ["mlp.gate_proj", "mlp.up_proj"],
	down: "mlp.down_proj",
};

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

export const llama = llamaFamily({
	...LLAMA_ADAPTERS,
	model_type: "llama",
	className: "LlamaForCausalLM",
	biases: ({ attention_bias, mlp_bias }) => ({ qkv: attention_bias, o: attention_bias, mlp: mlp_bias }),
	gguf: LLAMA_OF_GGUF,
});

/** Builds a family of Llama's layout. */
export function llamaFamily(options: LlamaOptions): ModelFamily {
	const { qkNorm, linears = LLAMA_LINEARS, norms = LLAMA_NORMS, normOnePlus = false, scaleEmbedding = false } = options;
	const { model_type, className, configRules = {}, defaultTargetModules, bottleneckNames, gguf } = options;
	const qkNames = options.qkNormAfterRope ?? { q: "q_norm", k: "k_norm" };
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
					specs.push({ name: `${path}.${qkNames.q}.weight`, shape: [width(config.num_attention_heads)] });
					specs.push({ name: `${path}.${qkNames.k}.weight`, shape: [width(config.num_key_value_heads)] });
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
			const order = Object.keys(linears) as (keyof LayerLinears)[];
			return Array.from({ length: config.num_hidden_layers }, (_, layer) => {
				const modules = layerModules(options, config, layer);
				return order.flatMap((part) => modules[part]);
			}).flat();
		},

		embedding: ({ vocab_size, hidden_size, embedding_multiplier }) => ({
			path: "model.embed_tokens",
			rows: vocab_size,
			width: hidden_size,
			...(scaleEmbedding ? { scale: Math.sqrt(hidden_size), roundedScale: true } : {}),
			...(embedding_multiplier === undefined ? {} : { scale: embedding_multiplier }),
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

			const addScaled = scaledResidual(builder, config, residual);

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
					const normOf = (x: TensorSpec) =>
						qkNorm === undefined ? x : norm(`${path}.self_attn.${qkNames[name]}`, x, groups);
					const attrs = { head_dim, rotary_dim, inverse: false };
					const rotated = (x: TensorSpec) =>
						config.rope_layers?.[layer] === false
							? x
							: rope(builder, `${path}.self_attn.${name}_rope`, [x, cos, sin, inputs.positions], attrs);
					return options.qkNormAfterRope === undefined ? rotated(normOf(x)) : normOf(rotated(x));
				};
				const q = applyRope("q", queries, heads); // [T, heads * head_dim]
				const k = applyRope("k", keysProjected, kv_heads); // [T, kv_heads * head_dim]
				const { keys, values } = keyValues(layer, k, v);
				const mixed = attention(
					builder,
					`${path}.self_attn.attention`,
					[q, keys, values, inputs.kvStart, inputs.kvLast, inputs.queryEnd],
					{ heads, kv_heads, head_dim, scale: attentionScale(config), window },
				);
				const attended = optionalNorm(norms.post_attention_norm, linear(builder, modules.o, mixed));
				x = addScaled(layer, "self_attn", x, attended);

				const normedAgain = optionalNorm(norms.pre_mlp_norm, x);
				const wide = config.intermediate_size;
				const [gate, up] = project(`${path}.mlp.gate_up`, modules.gateUp, [wide, wide], normedAgain); // [T, intermediate]
				const act = swiglu(builder, `${path}.mlp.act`, [gate, up], { act: config.hidden_act });
				x = addScaled(layer, "mlp", x, optionalNorm(norms.post_mlp_norm, linear(builder, modules.down, act)));
			}
			const hidden = norm("model.norm", x);
			const { logits_scaling } = config;
			// The head is linear, so that its input is divided instead of the logits.
			return logits_scaling === undefined
				? hidden
				: scaled(builder, hidden, uniformGain(builder, "logits_scaling", config, 1 / logits_scaling));
		},
	};
	return family;
}

/** The linear modules of a layer. */
function layerModules({ linears = LLAMA_LINEARS, biases }: LlamaOptions, config: ModelConfig, layer: number) {
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
	/** Modules of the given widths, or one as wide as all of them. */
	const modules = (names: readonly string[], widths: readonly number[], has: boolean) =>
		names.map((name, i) => module(name, hidden, names.length > 1 ? widths[i] : sum(widths), has));
	return {
		qkv: modules(linears.qkv, [queries, keys, keys], bias.qkv),
		o: module(linears.o, queries, hidden, bias.o),
		gateUp: modules(linears.gateUp, [wide, wide], bias.mlp),
		down: module(linears.down, wide, hidden, bias.mlp),
	};
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
