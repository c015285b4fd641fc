// Models that llama.cpp would refuse to load, or compute otherwise, are refused before a GGUF file is written.
import { expect, test } from "vitest";
import { fixtureFolder } from "../../formats/test-tools.ts";
import { readModelConfig } from "../config.ts";
import { familyOf } from "../index.ts";
import type { ModelConfig } from "../model-config.ts";
import { checkGgufTarget, checkGgufTokens } from "./target-check.ts";

async function check(golden: string, changes: Partial<ModelConfig> = {}): Promise<void> {
	const config = { ...(await readModelConfig(fixtureFolder(`goldens/${golden}`))), ...changes };
	const family = familyOf(config.model_type);
	if (family.gguf === undefined) throw new Error(golden);
	checkGgufTarget(family.gguf, config, family.weights(config));
}

const longrope = { rope_type: "longrope", short_factor: [1], attention_factor: 1 } as const;
const yarn = {
	rope_type: "yarn",
	factor: 4,
	original_max_position_embeddings: 64,
	beta_fast: 32,
	beta_slow: 1,
	truncate: true,
	attention_factor: 1,
} as const;

test("models that llama.cpp loads pass", async () => {
	await check("qwen2");
	await check("qwen3");
	await check("mistral", { rope_scaling: longrope });
	await check("mistral", { rope_scaling: { ...yarn, truncate: false } });
	await check("qwen2", { rope_scaling: yarn });
	await check("phi3");
	await check("phi3-longrope");
	await check("gpt2");
	await check("gemma3", { query_pre_attn_scalar: 14 });
	await check("bias-rank1", { attention_bias: true, mlp_bias: true });
});

test.each([
	["qwen2", { rope_scaling: longrope }, "rotary positions of type longrope"],
	["qwen2", { rope_scaling: { ...yarn, beta_fast: 8 } }, "YaRN with a factor under 1, or with beta_fast"],
	["qwen3", { rope_scaling: { ...yarn, truncate: false } }, "YaRN with a factor under 1, or with beta_fast"],
	["qwen3", { attention_bias: true }, "the bias model.layers.0.self_attn.o_proj.bias"],
	["gpt2", { hidden_act: "silu" }, "its activation is silu, not gelu_tanh"],
	["gemma3", {}, "the value of its query_pre_attn_scalar"],
	["gemma3", { query_pre_attn_scalar: 14, layer_windows: [9, null, null] }, "the value of its layer_types"],
	["gemma3", { query_pre_attn_scalar: 14, layer_windows: [null, null, null] }, "the value of its layer_types"],
	["gemma3", { query_pre_attn_scalar: 14, rope_scaling: yarn }, "the value of its rope_scaling"],
	["phi3", { rope_scaling: { ...yarn, beta_fast: 8 } }, "YaRN with a factor under 1"],
	["olmo2", {}, "4 heads of 10 are not as wide as the hidden size 28"],
	["qwen2", { head_dim: 6 }, "heads of 6 are not as wide"],
	["smollm3", { rope_layers: [true, true, true, true, true] }, "cannot read the value of its no_rope_layers"],
	["bias-rank1", { hidden_act: "gelu_tanh" }, "its activation is gelu_tanh"],
] as [string, Partial<ModelConfig>, string][])("%s with %o is refused", async (golden, changes, reason) => {
	await expect(check(golden, changes)).rejects.toThrow(reason);
});

test("a copied vocabulary has a token, a score and a type for every row", () => {
	const { gguf } = familyOf("llama");
	if (gguf === undefined) throw new Error("no architecture");
	const metadata = (scores: number) =>
		new Map<string, number[] | string[]>([
			["tokenizer.ggml.tokens", ["a", "b"]],
			["tokenizer.ggml.scores", Array<number>(scores).fill(0)],
		]);
	expect(() => checkGgufTokens(gguf, metadata(2), 2)).not.toThrow();
	expect(() => checkGgufTokens(gguf, metadata(2), 3)).toThrow("2 tokens for 3 rows");
	expect(() => checkGgufTokens(gguf, metadata(1), 2)).toThrow("tokenizer.ggml.scores has 1 entries for 2 tokens");
});
