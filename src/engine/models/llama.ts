// The Llama family (Llama 2 and 3, SmolLM2, TinyStories, the bundled base): RMSNorm, RoPE, grouped-query attention,
// SwiGLU. Reference: transformers' modeling_llama.py.
import type { ModelConfig } from "../formats/hf-config.ts";
import { attention, rmsNorm, rope, swiglu } from "../graph/ops/index.ts";
import type { LinearModule, ModelFamily, WeightSpec } from "./family.ts";
import { ropeTables } from "./rope.ts";

/** What tells the families of Llama's layout apart. */
interface Kind {
	readonly model_type: string;
	/** Which linear modules have biases. */
	biases(config: ModelConfig): { readonly qkv: boolean; readonly o: boolean; readonly mlp: boolean };
	/** RMSNorm of each head's queries and keys before they are turned (Qwen 3). */
	readonly headNorms?: boolean;
}

export const llama = llamaKind({
	model_type: "llama",
	biases: ({ attention_bias, mlp_bias }) => ({ qkv: attention_bias, o: attention_bias, mlp: mlp_bias }),
});

/** A family of Llama's layout: qwen2.ts, qwen3.ts and mistral.ts are others. */
export function llamaKind({ model_type, biases, headNorms = false }: Kind): ModelFamily {
	const family: ModelFamily = {
		model_type,

		weights(config) {
			const { hidden_size, vocab_size } = config;
			const specs: WeightSpec[] = [{ name: "model.embed_tokens.weight", shape: [vocab_size, hidden_size] }];
			for (let layer = 0; layer < config.num_hidden_layers; layer++) {
				specs.push({ name: `model.layers.${layer}.input_layernorm.weight`, shape: [hidden_size] });
				specs.push({ name: `model.layers.${layer}.post_attention_layernorm.weight`, shape: [hidden_size] });
				for (const name of headNorms ? ["q_norm", "k_norm"] : [])
					specs.push({ name: `model.layers.${layer}.self_attn.${name}.weight`, shape: [config.head_dim] });
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
				Object.values(layerModules(config, layer, biases(config))),
			).flat();
		},

		embedding: ({ vocab_size, hidden_size }) => ({
			path: "model.embed_tokens",
			rows: vocab_size,
			width: hidden_size,
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
			const eps = config.rms_norm_eps;
			const { head_dim, num_attention_heads: heads, num_key_value_heads: kv_heads } = config;
			const { cos, sin } = ropeTables(builder, config);
			const turn = (name: string, x: typeof cos) =>
				rope(builder, name, [x, cos, sin, inputs.positions], { head_dim, rotary_dim: head_dim, inverse: false })[0];

			let x = hooks.embed(builder, family.embedding(config), inputs); // [T, hidden]
			for (let layer = 0; layer < config.num_hidden_layers; layer++) {
				const path = `model.layers.${layer}`;
				const modules = layerModules(config, layer, biases(config));

				const normed = rmsNorm(builder, `${path}.input_layernorm`, [x, weight(`${path}.input_layernorm.weight`)], {
					eps,
				})[0];
				const side = (name: "q" | "k", module: LinearModule, groups: number) => {
					let made = linear(builder, module, normed); // [T, groups * head_dim]
					const norm = `${path}.self_attn.${name}_norm`;
					if (headNorms) made = rmsNorm(builder, norm, [made, weight(`${norm}.weight`)], { eps, groups })[0];
					return turn(`${path}.self_attn.${name}_rope`, made);
				};
				const q = side("q", modules.q_proj, heads);
				const k = side("k", modules.k_proj, kv_heads);
				const v = linear(builder, modules.v_proj, normed); // [T, kv_heads * head_dim]
				const { keys, values } = keyValues(layer, k, v);
				const mixed = attention(
					builder,
					`${path}.self_attn.attention`,
					[q, keys, values, inputs.kvStart, inputs.kvLast, inputs.queryEnd],
					{
						heads,
						kv_heads,
						head_dim,
						scale: 1 / Math.sqrt(head_dim),
					},
				)[0];
				x = residual(builder, layer, "self_attn", x, linear(builder, modules.o_proj, mixed));

				const normedAgain = rmsNorm(
					builder,
					`${path}.post_attention_layernorm`,
					[x, weight(`${path}.post_attention_layernorm.weight`)],
					{ eps },
				)[0];
				const gate = linear(builder, modules.gate_proj, normedAgain); // [T, intermediate]
				const up = linear(builder, modules.up_proj, normedAgain); // [T, intermediate]
				const act = swiglu(builder, `${path}.mlp.act`, [gate, up], null)[0];
				x = residual(builder, layer, "mlp", x, linear(builder, modules.down_proj, act));
			}
			return rmsNorm(builder, "model.norm", [x, weight("model.norm.weight")], { eps })[0];
		},
	};
	return family;
}

/** The seven linear modules of a layer, in the order of `named_modules()`. */
function layerModules(config: ModelConfig, layer: number, biases: ReturnType<Kind["biases"]>) {
	const { hidden_size: hidden, intermediate_size: wide, head_dim } = config;
	const queries = config.num_attention_heads * head_dim;
	const keys = config.num_key_value_heads * head_dim;
	const module = (name: string, from: number, to: number, bias: boolean): LinearModule => ({
		path: `model.layers.${layer}.${name}`,
		in: from,
		out: to,
		bias,
	});
	return {
		q_proj: module("self_attn.q_proj", hidden, queries, biases.qkv),
		k_proj: module("self_attn.k_proj", hidden, keys, biases.qkv),
		v_proj: module("self_attn.v_proj", hidden, keys, biases.qkv),
		o_proj: module("self_attn.o_proj", queries, hidden, biases.o),
		gate_proj: module("mlp.gate_proj", hidden, wide, biases.mlp),
		up_proj: module("mlp.up_proj", hidden, wide, biases.mlp),
		down_proj: module("mlp.down_proj", wide, hidden, biases.mlp),
	};
}
