import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { TabTuneError } from "../../shared/errors.ts";
import { loraModules } from "../adapters/methods/lora.ts";
import { llamaModules } from "../adapters/test-modules.ts";
import { Placement } from "../adapters/trainable.ts";
import { familyOf } from "../models/index.ts";
import type { ModelConfig } from "../models/model-config.ts";
import { matchesKey, patternValue, type TargetRules, targetedLinears, targetedModules } from "./targets.ts";

interface Case {
	rule: Record<string, unknown>;
	modules: { path: string; r: number; scaling: number }[];
}
const cases: Case[] = JSON.parse(readFileSync("fixtures/rules.json", "utf8")).targets;
const PEFT_DEFAULTS = {
	r: 8,
	lora_alpha: 8,
	lora_dropout: 0,
	use_rslora: false,
	rank_pattern: {},
	alpha_pattern: {},
	init_lora_weights: true,
	loraplus_lr_ratio: 1,
};
const modules = llamaModules({ hidden: 16, wide: 24, layers: 3, heads: 2, kvHeads: 1, headDim: 8 });
const layoutOf = (rule: Record<string, unknown>) => {
	const settings = { ...PEFT_DEFAULTS, ...rule } as Parameters<typeof loraModules>[1];
	return loraModules(targetedModules(modules, settings), settings, new Placement());
};

test.each(cases.map((c) => [JSON.stringify(c.rule), c] as const))(
	"%s targets what PEFT targets, at its rank and scaling",
	(_name, { rule, modules: expected }) => {
		const found = layoutOf(rule).map(({ module, r, scaling }) => ({ path: module.path, r, scaling }));
		expect(found).toEqual(expected);
	},
);

test("a rule that matches no module is refused with the names of the modules", () => {
	expect(() => layoutOf({ target_modules: ["c_attn"] })).toThrow(/c_attn.*q_proj, k_proj/s);
	expect(() => layoutOf({ target_modules: "q_proj" })).toThrow(TabTuneError); // a string is a regex for the whole path
	expect(() => layoutOf({ target_modules: "(" })).toThrow(/not a regular expression/);
});

test("patterns are Python's: groups in layers_pattern, and flags only at the start", () => {
	const pathsOf = (rule: Parameters<typeof layoutOf>[0]) => layoutOf(rule).map(({ module }) => module.path);
	const layer1 = pathsOf({ target_modules: ["q_proj"], layers_to_transform: [1] });
	expect(layer1).toEqual(["model.layers.1.self_attn.q_proj"]);
	for (const layers_pattern of ["(layers|h)", "(?P<name>layers)", "(?>layers)", "(?i:LAYERS)"])
		expect(pathsOf({ target_modules: ["q_proj"], layers_to_transform: [1], layers_pattern })).toEqual(layer1);
	expect(pathsOf({ target_modules: "(?i).*1\\.SELF_ATTN\\.Q_PROJ\\Z" })).toEqual(layer1);
	// PEFT puts a key of rank_pattern into a larger expression, in which flags are not at the start.
	expect(() => layoutOf({ target_modules: ["q_proj"], rank_pattern: { "(?i)Q_PROJ": 2 } })).toThrow(
		/"\(\.\*\\\\\.\)\?\(\(\?i\)Q_PROJ\)\$" is not a regular expression in Python/,
	);
});

test("rank 0 and a rank over the module's smaller side are refused, naming the module", () => {
	expect(() => layoutOf({ target_modules: ["q_proj"], r: 0 })).toThrow(
		/rank 0 does not fit model\.layers\.0\.self_attn\.q_proj.*from 1 to 16/,
	);
	expect(() => layoutOf({ target_modules: ["q_proj", "k_proj"], r: 9 })).toThrow(
		/rank 9 does not fit model\.layers\.0\.self_attn\.k_proj.*from 1 to 8/,
	);
});

test("modules that LoRA cannot be on are refused by their paths, as in PEFT", () => {
	const config = (changes: object) => ({ num_hidden_layers: 2, tie_word_embeddings: true, ...changes }) as ModelConfig;
	const llamaConfig = config({ hidden_size: 8, head_dim: 4, num_attention_heads: 2, num_key_value_heads: 1 });
	const on = (target_modules: string | string[], more: Partial<TargetRules> = {}) =>
		targetedLinears(familyOf("llama"), llamaConfig, { target_modules, ...more }).length;
	expect(() => on(["q_proj", "norm"])).toThrow(
		/target_modules matches model\.norm, but LoRA supports only linear layers/,
	);
	expect(() => on(["q_proj", "mlp"])).toThrow(/target_modules matches model\.layers\.0\.mlp,/);
	expect(() => on(".*(q_proj|layernorm)")).toThrow(/matches model\.layers\.0\.input_layernorm,/);
	expect(on(["q_proj", "norm"], { exclude_modules: ["norm"] })).toBe(2);
	expect(on(["q_proj", "no_such_module"])).toBe(2);
	const gpt2 = (target_modules: string[]) =>
		targetedLinears(familyOf("gpt2"), config({ hidden_size: 8, max_position_embeddings: 16 }), { target_modules });
	expect(() => gpt2(["c_attn", "wpe"])).toThrow(
		/LoRA on transformer\.wpe, the embedding of positions, is not supported/,
	);
	expect(gpt2(["c_attn", "wte"]).length).toBe(3);
});

test("a key of rank_pattern without special characters matches as its expression does", () => {
	for (const [key, path, matches] of [
		["q_proj", "model.layers.0.self_attn.q_proj", true],
		["proj", "model.layers.0.self_attn.q_proj", false],
		["layers.0.self_attn.q_proj", "model.layers.0.self_attn.q_proj", true],
		["layers.1.self_attn.q_proj", "model.layers.0.self_attn.q_proj", false],
		["self.attn.q.proj", "model.layers.0.self_attn.q_proj", true],
		["q_proj", "q_proj", true],
	] as const) {
		expect(matchesKey(key, "rank_pattern", path), key).toBe(matches);
		expect(matchesKey(`(?:${key})`, "rank_pattern", path), key).toBe(matches);
	}
});

test("more keys than modules of any model are refused", () => {
	const keys = Object.fromEntries(Array.from({ length: 1025 }, (_, i) => [`x${i}.*`, 4]));
	expect(() => patternValue(keys, "q_proj", 8)).toThrow("the setting has 1025 keys, but 1024 is the maximum");
});
