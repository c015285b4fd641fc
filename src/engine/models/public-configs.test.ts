// The configurations of public model families (fixtures/make_configs.py): those that are read, and the words that refuse the others.
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { memoryFolder } from "../formats/model-folder.ts";
import { errorOf } from "../formats/test-tools.ts";
import { readModelConfig } from "./config.ts";
import { KNOWN_MODEL_TYPES } from "./index.ts";

const CONFIGS = JSON.parse(readFileSync("fixtures/configs.json", "utf8")) as Record<string, object>;

/** Each name with the number of tokens that its texts may have. */
const READ: Readonly<Record<string, number>> = {
	"llama-2": 2048,
	"llama-3-8b": 8192,
	"llama-3.1-8b-unsloth": 131_072,
	"llama-3.2-1b": 131_072,
	"tinyllama-1.1b": 2048,
	"vicuna-7b": 4096,
	"smollm2-135m": 8192,
	mistral: 4096,
	"mistral-7b-v0.1": 4096,
	qwen2: 32_768,
	"qwen2.5-0.5b": 32_768,
	"qwen2.5-7b-yarn": 32_768,
	"deepseek-r1-distill-qwen-1.5b": 131_072,
	qwen3: 32_768,
	"qwen3-0.6b": 40_960,
	"gemma-3-1b": 32_768,
	"gemma-3-text": 131_072,
	"phi-3": 4096,
	"phi-3-mini-4k": 4096,
	"phi-4-mini": 4096,
	"olmo-2": 2048,
	"olmo-3": 2048,
	smollm3: 32_768,
	granite: 2048,
	gpt2: 1024,
	"gpt2-published": 1024,
	distilgpt2: 1024,
};

const REFUSED: Readonly<Record<string, string>> = {
	ministral: '"ministral"',
	"qwen2-moe": '"qwen2_moe" is not known and needs unsupported features: mixture of experts',
	"qwen3-moe": "mixture of experts",
	gemma: '"gemma"',
	"gemma-2": '"gemma2" is not known and needs unsupported features: logit soft-capping',
	"gemma-3": "vision or audio",
	phi: '"phi"',
	olmo: '"olmo"',
	falcon: "parallel residual",
	bloom: '"bloom"',
	opt: '"opt"',
	"gpt-neo": '"gpt_neo"',
	"gpt-neox": "parallel residual",
	"gpt-j": '"gptj"',
	stablelm: '"stablelm"',
	mixtral: "mixture of experts",
	"deepseek-v3": "mixture of experts, multi-head latent attention",
	cohere: "residual or logit multipliers",
	mamba: "state space",
	t5: "encoder",
	starcoder2: '"starcoder2"',
	nemotron: '"nemotron"',
	"glm-4": '"glm4"',
	helium: '"helium"',
	lfm2: '"lfm2"',
	"gpt-oss": "mixture of experts",
};

const read = (name: string, changes: object = {}) =>
	readModelConfig(memoryFolder(name, { "config.json": JSON.stringify({ ...CONFIGS[name], ...changes }) }));

it("every configuration has an expected result", () => {
	expect(Object.keys(CONFIGS).sort()).toEqual([...Object.keys(READ), ...Object.keys(REFUSED)].sort());
});

it.each(Object.entries(READ))("%s is read, every key of it", async (name, tokens) => {
	expect((await read(name)).max_position_embeddings).toBe(tokens);
});

it.each(Object.entries(REFUSED))("%s is refused by its type, with the types that are read", async (name, words) => {
	const { message } = await errorOf(() => read(name));
	expect(message).toContain(words);
	expect(message).toContain(KNOWN_MODEL_TYPES.join(", "));
});

describe("keys that the family does not read", () => {
	it.each([
		["llama-3-8b", { attn_logit_softcapping: 50 }, '"attn_logit_softcapping": 50'],
		["llama-3-8b", { embedding_multiplier: 12 }, '"embedding_multiplier": 12'],
		["llama-3-8b", { partial_rotary_factor: 0.5 }, '"partial_rotary_factor": 0.5'],
		["llama-3-8b", { is_causal: false }, '"is_causal": false'],
		["llama-3-8b", { num_local_experts: 8 }, '"num_local_experts": 8'],
		["llama-3-8b", { layer_types: ["chunked_attention"] }, '"layer_types": ["chunked_attention"]'],
		["llama-3-8b", { vision_config: { depth: 2 } }, '"vision_config": {"depth":2}'],
		["llama-3-8b", { rope_scaling: { type: "linear", factor: 2, beta_fast: 32 } }, '"rope_scaling.beta_fast": 32'],
		["llama-3-8b", { rope_scaling: { rope_type: "default", factor: 2 } }, '"rope_scaling.factor": 2'],
		["qwen2.5-0.5b", { clip_qkv: 8 }, '"clip_qkv": 8'],
		["gpt2", { alibi: true }, '"alibi": true'],
		["gemma-3-1b", { hidden_act: "relu" }, '"hidden_act": "relu"'],
		["phi-4-mini", { full_attn_mod: 2 }, '"full_attn_mod": 2'],
	])("%s with %j is refused by the key", async (name, changes, words) => {
		const error = await errorOf(() => read(name, changes));
		expect(error.code).toBe("not-yet");
		expect(error.message).toContain(`settings that are not supported: ${words} (${name}/config.json)`);
	});

	it.each([
		["llama-3-8b", { attn_logit_softcapping: null, clip_qkv: null }],
		["llama-3-8b", { embedding_multiplier: 1.0, use_qk_norm: false, alibi: false }],
		["mistral", { layer_types: Array(32).fill("sliding_attention") }],
	])("%s with %j is read: the values are neutral", async (name, changes) => {
		expect((await read(name, changes)).hidden_size).toBe(4096);
	});
});

describe("keys that disagree", () => {
	it.each([
		[
			{ rope_scaling: { factor: 2 }, rope_parameters: { factor: 4, rope_type: "linear" } },
			"rope_scaling says factor 2",
		],
		[{ rope_scaling: { rope_type: "linear", type: "dynamic", factor: 2 } }, 'rope_type is "linear"'],
	])("%j", async (changes, words) => {
		expect((await errorOf(() => read("llama-3-8b", changes))).message).toContain(words);
	});
});
