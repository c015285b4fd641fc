import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { memoryFolder } from "../formats/model-folder.ts";
import { errorOf } from "../formats/test-tools.ts";
import { readModelConfig } from "./config.ts";

const SMALL = {
	model_type: "llama",
	hidden_size: 64,
	intermediate_size: 172,
	num_hidden_layers: 5,
	num_attention_heads: 8,
	vocab_size: 512,
};

function read(config: object, generation?: object) {
	const files: Record<string, string> = { "config.json": JSON.stringify(config) };
	if (generation !== undefined) files["generation_config.json"] = JSON.stringify(generation);
	return readModelConfig(memoryFolder("tiny", files));
}

const LLAMA3 = { factor: 32, low_freq_factor: 1, high_freq_factor: 4, original_max_position_embeddings: 8192 };

describe("readModelConfig", () => {
	it("fills in transformers' defaults", async () => {
		expect(await read(SMALL)).toEqual({
			...SMALL,
			num_key_value_heads: 8,
			head_dim: 8,
			max_position_embeddings: 2048,
			rms_norm_eps: 1e-6,
			rope_theta: 10_000,
			rope_scaling: null,
			hidden_act: "silu",
			tie_word_embeddings: false,
			attention_bias: false,
			mlp_bias: false,
			bos_token_id: null,
			eos_token_ids: [],
			pad_token_id: null,
			dtype: null,
		});
	});

	it("reads the bundled base", async () => {
		const text = (name: string) => readFileSync(new URL(`../../../public/base-model/${name}`, import.meta.url), "utf8");
		const names = ["config.json", "generation_config.json"];
		const folder = memoryFolder("demo", Object.fromEntries(names.map((name) => [name, text(name)])));
		expect(await readModelConfig(folder)).toMatchObject({
			num_hidden_layers: 6,
			num_key_value_heads: 2,
			head_dim: 32,
			rms_norm_eps: 1e-5,
			tie_word_embeddings: true,
			bos_token_id: 0,
			eos_token_ids: [2, 0],
			dtype: "bfloat16",
		});
	});

	it.each([
		[
			"transformers 4",
			{ torch_dtype: "bfloat16", rope_theta: 500_000.0, rope_scaling: { ...LLAMA3, rope_type: "llama3" } },
		],
		[
			"transformers 5",
			{ dtype: "bfloat16", rope_parameters: { ...LLAMA3, rope_type: "llama3", rope_theta: 500_000.0 } },
		],
	])("reads rotary positions as %s writes them", async (_, keys) => {
		const config = await read({ ...SMALL, ...keys });
		expect(config.rope_theta).toBe(500_000);
		expect(config.rope_scaling).toEqual({ rope_type: "llama3", ...LLAMA3 });
		expect(config.dtype).toBe("bfloat16");
	});

	it("reads linear scaling under its old key, and rope type default as no scaling", async () => {
		expect((await read({ ...SMALL, rope_scaling: { type: "linear", factor: 2.0 } })).rope_scaling).toEqual({
			rope_type: "linear",
			factor: 2,
		});
		expect(
			(await read({ ...SMALL, rope_parameters: { rope_type: "default", rope_theta: 10_000.0 } })).rope_scaling,
		).toBeNull();
		expect((await read({ ...SMALL, rope_scaling: null })).rope_scaling).toBeNull();
	});

	it("joins the end-of-text ids of config.json and generation_config.json, and ignores -1", async () => {
		const config = await read(
			{ ...SMALL, eos_token_id: 2, pad_token_id: -1, bos_token_id: 1 },
			{ eos_token_id: [7, 2] },
		);
		expect(config).toMatchObject({ eos_token_ids: [2, 7], pad_token_id: null, bos_token_id: 1 });
	});

	it.each(["hidden_size", "intermediate_size", "num_hidden_layers", "num_attention_heads", "vocab_size", "model_type"])(
		"names a missing %s and the file",
		async (key) => {
			const error = await errorOf(() => read({ ...SMALL, [key]: undefined }));
			expect(error.code).toBe("model");
			expect(error.message).toContain(`the key "${key}" is missing (tiny/config.json)`);
		},
	);

	it.each([
		["llama", { sliding_window: 64 }, 32768],
		["mistral", {}, 4096],
		["mistral", { sliding_window: null }, 32768],
		["mistral", { sliding_window: 512 }, 512],
		["qwen2", { sliding_window: 512 }, 32768],
		["qwen2", { sliding_window: 512, use_sliding_window: true }, 512],
		["qwen3", { sliding_window: 512, use_sliding_window: false }, 32768],
	])("a %s with %j has a context of %i tokens, limited by the sliding window", async (model_type, keys, tokens) => {
		const folder = memoryFolder("tiny", {
			"config.json": new TextEncoder().encode(
				JSON.stringify({ ...SMALL, model_type, max_position_embeddings: 32768, head_dim: 8, ...keys }),
			),
		});
		const config = await readModelConfig(folder);
		expect(config.max_position_embeddings).toBe(tokens);
	});

	it.each([
		[{ hidden_size: "64" }, '"hidden_size" is "64", but it must be a positive whole number'],
		[{ num_hidden_layers: 0 }, '"num_hidden_layers" is 0'],
		[{ hidden_size: 60 }, '"head_dim" would be 7.5'],
		[{ head_dim: 7 }, "head_dim 7 is odd"],
		[{ num_key_value_heads: 3 }, "not a multiple of num_key_value_heads 3"],
		[{ rms_norm_eps: 1e308 }, '"rms_norm_eps" is 1e+308'],
		[{ rms_norm_eps: "tiny" }, '"rms_norm_eps" is "tiny"'],
		[{ attention_bias: 1 }, '"attention_bias" is 1, but it must be true or false'],
		[{ rope_scaling: { rope_type: "llama3", factor: 8 } }, 'the key "low_freq_factor" is missing'],
		[{ rope_scaling: { type: "linear", factor: 0 } }, '"factor" is 0'],
		[{ model_type: "mamba" }, "use a model of these types: llama"],
	])("refuses %j", async (keys, message) => {
		const error = await errorOf(() => read({ ...SMALL, ...keys }));
		expect(error.code).toBe("model");
		expect(error.message).toContain(message);
	});

	it.each([
		[{ hidden_act: "gelu" }, 'hidden_act "gelu"'],
		[{ rope_scaling: { rope_type: "mrope", factor: 4 } }, 'rope type "mrope"'],
		[{ quantization_config: { quant_method: "gptq" } }, "a model that gptq quantised"],
		[{ quantization: { bits: 4, group_size: 64 } }, "a model that MLX quantised"],
	])("leaves %j for later", async (keys, message) => {
		const error = await errorOf(() => read({ ...SMALL, ...keys }));
		expect(error.code).toBe("not-yet");
		expect(error.message).toContain(message);
	});

	it("reports what is wrong with a missing or broken file", async () => {
		const folder = memoryFolder("empty", {});
		expect((await errorOf(() => readModelConfig(folder))).message).toContain("config.json is missing (empty)");
		const broken = memoryFolder("broken", { "config.json": '{\n"hidden_size": }' });
		expect((await errorOf(() => readModelConfig(broken))).message).toContain("line 2, column 16");
	});
});
