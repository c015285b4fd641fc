import { describe, expect, it } from "vitest";
import { memoryFolder } from "../formats/model-folder.ts";
import { errorOf } from "../formats/test-tools.ts";
import { readModelConfig } from "./config.ts";

const read = (config: object) => readModelConfig(memoryFolder("tiny", { "config.json": JSON.stringify(config) }));

const PHI3 = {
	model_type: "phi3",
	hidden_size: 48,
	intermediate_size: 64,
	num_hidden_layers: 2,
	num_attention_heads: 4,
	vocab_size: 99,
};
const GEMMA3 = { ...PHI3, model_type: "gemma3_text", num_hidden_layers: 7 };
const GRANITE4 = {
	...PHI3,
	model_type: "granitemoehybrid",
	layer_types: ["attention", "attention"],
	num_local_experts: 0,
	shared_intermediate_size: 40,
};
const GPT2 = { model_type: "gpt2", n_embd: 30, n_head: 2, n_layer: 2, vocab_size: 99 };
const SHORT = [1, 1.1, 1.2, 1.3, 1.4, 1.5];

describe("defaults that differ from Llama's", () => {
	// Expected values: Phi3Config, GPT2Config and Gemma3TextConfig of transformers 5.23.
	it("Phi-3", async () => {
		const config = await read(PHI3);
		expect(config).toMatchObject({
			num_key_value_heads: 4,
			head_dim: 12,
			rotary_dim: 12,
			max_position_embeddings: 4096,
			rms_norm_eps: 1e-5,
			rope_theta: 10_000,
			tie_word_embeddings: false,
			eos_token_ids: [32000],
			hidden_act: "silu",
		});
		expect(config.layer_windows).toBeUndefined();
	});

	it("GPT-2", async () => {
		expect(await read(GPT2)).toMatchObject({
			hidden_size: 30,
			intermediate_size: 120,
			head_dim: 15,
			max_position_embeddings: 1024,
			rms_norm_eps: 1e-5,
			tie_word_embeddings: true,
			hidden_act: "gelu_tanh",
			eos_token_ids: [50256],
		});
		expect(await read({ ...GPT2, n_inner: null })).toMatchObject({ intermediate_size: 120 });
	});

	it("Gemma 3, where every sixth layer has full attention", async () => {
		expect(await read(GEMMA3)).toMatchObject({
			num_key_value_heads: 4,
			head_dim: 256,
			max_position_embeddings: 131_072,
			rope_theta: 1e6,
			rope_scaling: null,
			rope_local_base_freq: 10_000,
			query_pre_attn_scalar: 256,
			layer_windows: [4096, 4096, 4096, 4096, 4096, null, 4096],
			tie_word_embeddings: true,
			eos_token_ids: [1],
			hidden_act: "gelu_tanh",
		});
	});
});

describe("keys of older and newer files", () => {
	it("Gemma 3's rope settings, flat or nested by layer type", async () => {
		const older = { rope_theta: 5e5, rope_local_base_freq: 2e4, rope_scaling: { rope_type: "linear", factor: 8 } };
		const newer = {
			rope_parameters: {
				full_attention: { rope_type: "linear", factor: 8, rope_theta: 5e5 },
				sliding_attention: { rope_type: "default", rope_theta: 2e4 },
			},
		};
		const expected = {
			rope_theta: 5e5,
			rope_local_base_freq: 2e4,
			rope_scaling: { rope_type: "linear", factor: 8 },
		};
		expect(await read({ ...GEMMA3, ...older })).toMatchObject(expected);
		expect(await read({ ...GEMMA3, ...newer })).toMatchObject(expected);
	});

	it("Gemma 3's windows, by a pattern or by layer types", async () => {
		const windows = async (keys: object) => (await read({ ...GEMMA3, num_hidden_layers: 3, ...keys })).layer_windows;
		expect(await windows({ sliding_window: 512, sliding_window_pattern: 2 })).toEqual([512, null, 512]);
		const layer_types = ["full_attention", "sliding_attention", "full_attention"];
		expect(await windows({ sliding_window: 512, layer_types })).toEqual([null, 512, null]);
	});

	it("Phi-3's window in every layer, or none if it is null", async () => {
		expect((await read({ ...PHI3, sliding_window: 2047 })).layer_windows).toEqual([2047, 2047]);
		expect((await read({ ...PHI3, sliding_window: null })).layer_windows).toBeUndefined();
	});

	it.each(["su", "yarn", "longrope"])(
		"Phi-3's %s uses its short factors, for texts up to the original length",
		async (type) => {
			const config = await read({
				...PHI3,
				max_position_embeddings: 131_072,
				original_max_position_embeddings: 4096,
				rope_scaling: { type, short_factor: SHORT, long_factor: SHORT.map((n) => 2 * n) },
			});
			expect(config.max_position_embeddings).toBe(4096);
			expect(config.rope_scaling).toEqual({
				rope_type: "longrope",
				short_factor: SHORT,
				attention_factor: Math.sqrt(1 + Math.log(32) / Math.log(4096)),
			});
		},
	);
});

describe("settings of OLMo 3, EXAONE 4, Hunyuan and MiniCPM", () => {
	it("OLMo 3's YaRN is for layers with full attention only", async () => {
		const yarn = { rope_type: "yarn", factor: 8, original_max_position_embeddings: 8192 };
		const config = { ...PHI3, model_type: "olmo3", num_hidden_layers: 4, rope_theta: 5e5, sliding_window: 64 };
		const expected = {
			rope_theta: 5e5,
			rope_local_base_freq: 5e5,
			rope_scaling: { rope_type: "yarn", factor: 8 },
			layer_windows: [64, 64, 64, null],
		};
		expect(await read({ ...config, rope_scaling: yarn })).toMatchObject(expected);
		const [full_attention, sliding_attention] = [
			{ ...yarn, rope_theta: 5e5 },
			{ rope_type: "default", rope_theta: 5e5 },
		];
		expect(await read({ ...config, rope_parameters: { full_attention, sliding_attention } })).toMatchObject(expected);
	});

	it("EXAONE 4's layers with full attention do not rotate, unless no layer has a window", async () => {
		const exaone4 = { ...PHI3, model_type: "exaone4", num_key_value_heads: 2 };
		expect(await read({ ...exaone4, sliding_window_pattern: "LG" })).toMatchObject({
			layer_windows: [4096, null],
			rope_layers: [true, false],
		});
		const { layer_windows, rope_layers } = await read({ ...exaone4, sliding_window: null });
		expect([layer_windows, rope_layers]).toEqual([undefined, undefined]);
	});

	it("Hunyuan's alpha enlarges the base: 10000 · 1000^(12 / 10)", async () => {
		const rope_scaling = { type: "dynamic", alpha: 1000, factor: 1, beta_fast: 32, beta_slow: 1, mscale: 1 };
		const config = await read({ ...PHI3, model_type: "hunyuan_v1_dense", rope_scaling, use_qk_norm: true });
		expect(config.rope_scaling).toBeNull();
		expect(config.rope_theta).toBeCloseTo(39_810_717.0553, 3);
	});

	it("MiniCPM's multipliers", async () => {
		const config = { ...PHI3, model_type: "minicpm", scale_emb: 12, scale_depth: 1.4, dim_model_base: 16 };
		const found = await read(config);
		expect(found).toMatchObject({ embedding_multiplier: 12, logits_scaling: 3 });
		expect(found.residual_multiplier).toBeCloseTo(1.4 / Math.sqrt(2), 12);
	});
});

describe("layers without rotary positions", () => {
	const layers = async (config: object) => (await read(config)).rope_layers;

	it("SmolLM3's are every fourth, another interval, or those that the file lists", async () => {
		const smollm3 = { ...PHI3, model_type: "smollm3", num_hidden_layers: 4 };
		expect(await layers(smollm3)).toEqual([true, true, true, false]);
		expect(await layers({ ...smollm3, no_rope_layer_interval: 2 })).toEqual([true, false, true, false]);
		expect(await layers({ ...smollm3, no_rope_layers: [0, 1, 1, 1] })).toEqual([false, true, true, true]);
	});

	it("Granite 4's are all of them, unless position_embedding_type is rope", async () => {
		expect(await read(GRANITE4)).toMatchObject({ rope_layers: [false, false], intermediate_size: 40 });
		expect(await layers({ ...GRANITE4, position_embedding_type: "rope" })).toBeUndefined();
	});
});

it.each([
	[{ ...GRANITE4, layer_types: ["mamba", "attention"] }, 'layer_types ["mamba","attention"]'],
	[{ ...GRANITE4, num_local_experts: 8 }, "num_local_experts 8"],
	[{ ...PHI3, model_type: "smollm3", no_rope_layers: [1] }, "0 or 1 for each of 2 layers"],
	[{ ...PHI3, model_type: "granite", logits_scaling: 0 }, '"logits_scaling" is 0'],
	[{ ...PHI3, partial_rotary_factor: 0.6 }, "partial_rotary_factor 0.6 rotates 7 of 12 columns"],
	[{ ...GPT2, scale_attn_by_inverse_layer_idx: true }, "scale_attn_by_inverse_layer_idx true"],
	[{ ...GPT2, activation_function: "relu" }, 'hidden_act "relu"'],
	[{ ...GEMMA3, attn_logit_softcapping: 50 }, "attn_logit_softcapping 50"],
	[{ ...GEMMA3, layer_types: ["full_attention"] }, '"layer_types" is ["full_attention"]'],
	[{ ...PHI3, model_type: "mixtral", num_local_experts: 8 }, "needs unsupported features: mixture of experts"],
	[{ ...GEMMA3, sliding_window_pattern: {} }, '"sliding_window_pattern" is {}'],
	[{ ...PHI3, model_type: "gemma3", vision_config: {} }, "needs unsupported features: vision or audio"],
	[{ ...PHI3, model_type: "novel" }, 'model_type "novel" is not known (tiny/config.json)'],
])("refuses %j", async (config, message) => {
	expect((await errorOf(() => read(config))).message).toContain(message);
});
