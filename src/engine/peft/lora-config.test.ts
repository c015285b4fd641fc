import { describe, expect, it } from "vitest";
import { type Message, textOf } from "../../shared/messages/message.ts";
import { errorOf, fixtureText } from "../formats/test-tools.ts";
import { adapterConfigJson, FRESH_CONFIG, parseLoraConfig } from "./lora-config.ts";

const parse = (keys: object, warn?: (message: Message) => void) =>
	parseLoraConfig(
		JSON.stringify({ peft_type: "LORA", target_modules: ["q_proj"], ...keys }),
		"a/adapter_config.json",
		warn,
	);

describe("adapterConfigJson", () => {
	it("writes a fresh configuration with the keys and values that PEFT writes", () => {
		const peft = JSON.parse(fixtureText("peft-tiny/adapter_config.json"));
		const ours = adapterConfigJson({
			...FRESH_CONFIG,
			base_model_name_or_path: peft.base_model_name_or_path,
			r: 2,
			lora_alpha: 4,
			target_modules: peft.target_modules,
			rank_pattern: { q_proj: 3 },
		});
		const theirs = fixtureText("peft-tiny/adapter_config.json").replace(
			/"alpha_pattern": \{[^}]*\}/,
			'"alpha_pattern": {}',
		);
		expect(ours).toBe(theirs);
	});

	it("keeps PEFT's floats and writes changed values", () => {
		const config = parseLoraConfig(
			'{"peft_type": "LORA", "target_modules": "q_proj", "lora_alpha": 16.0, "lora_dropout": 0, "alpha_pattern": {"q": 8.0}, "peft_version": "0.10.0"}',
			"x",
		);
		const same = adapterConfigJson(config);
		expect(same).toContain('"lora_alpha": 16.0');
		expect(same).toContain('"lora_dropout": 0,');
		expect(same).toContain('"q": 8.0');
		expect(same).toContain('"peft_version": "0.10.0"');
		const changed = adapterConfigJson({ ...config, lora_alpha: 32, lora_dropout: 0.5, alpha_pattern: { q: 9 } });
		expect(changed).toContain('"lora_alpha": 32,');
		expect(changed).toContain('"lora_dropout": 0.5,');
		expect(changed).toContain('"q": 9\n');
		expect(changed).not.toContain("source");
	});

	it("always writes inference_mode true", () => {
		expect(adapterConfigJson(parse({ inference_mode: false }))).toContain('"inference_mode": true');
	});
});

describe("parseLoraConfig", () => {
	it("leaves target_modules null if the file names none", () => {
		const config = parse({ target_modules: null });
		expect(config.target_modules).toBeNull();
		expect(adapterConfigJson(config)).toContain('"target_modules": null');
	});

	it("uses PEFT's defaults for missing keys", () => {
		expect(parse({})).toMatchObject({
			r: 8,
			lora_alpha: 8,
			lora_dropout: 0,
			use_rslora: false,
			use_dora: false,
			exclude_modules: null,
			rank_pattern: {},
		});
	});

	it("drops unknown keys with a warning, as PEFT does", () => {
		const warnings: string[] = [];
		const config = parse({ zeta: 1, runtime_config: {} }, (message) => warnings.push(textOf(message)));
		expect(warnings).toEqual(["a/adapter_config.json: unknown keys are ignored, as in PEFT: runtime_config, zeta"]);
		expect(adapterConfigJson(config)).not.toContain("zeta");
	});

	it("keeps keys that it does not use", () => {
		expect(adapterConfigJson(parse({ megatron_core: "mine", revision: "abc" }))).toMatch(
			/"megatron_core": "mine"[\s\S]*"revision": "abc"/,
		);
	});

	it.each([
		[{ peft_type: undefined }, 'the key "peft_type" is missing'],
		[{ target_modules: [1] }, '"target_modules" is [1]'],
		[{ r: 0 }, '"r" is 0, but it must be a positive whole number'],
		[{ r: "8" }, '"r" is "8"'],
		[{ lora_alpha: "x" }, '"lora_alpha" is "x"'],
		[{ lora_dropout: 1 }, '"lora_dropout" is 1'],
		[{ use_dora: 1 }, '"use_dora" is 1, but it must be true or false'],
		[{ rank_pattern: { a: 1.5 } }, '"rank_pattern" is'],
		[{ alpha_pattern: [] }, '"alpha_pattern" is []'],
		[{ layers_to_transform: [-1] }, '"layers_to_transform" is [-1]'],
	])("refuses %j", async (keys, message) => {
		const error = await errorOf(() => parse(keys));
		expect(error.code).toBe("adapter");
		expect(error.message).toContain(message);
		expect(error.message).toContain("a/adapter_config.json");
	});

	it.each([
		[{ peft_type: "IA3" }, '"IA3"'],
		[{ layer_replication: [[0, 2]] }, '"layer_replication": [[0,2]]'],
		[{ use_qalora: true }, '"use_qalora": true'],
		[{ alora_invocation_tokens: [1, 2] }, "alora_invocation_tokens"],
		[{ init_lora_weights: "pissa_niter_16" }, "path_initial_model_for_weight_conversion"],
	])("leaves %j for later", async (keys, message) => {
		const error = await errorOf(() => parse(keys));
		expect(error.code).toBe("not-yet");
		expect(error.message).toContain(message);
	});

	it("accepts initialisations that do not change the base", () => {
		for (const init_lora_weights of [true, false, "gaussian", "eva", "orthogonal"]) {
			expect(parse({ init_lora_weights }).others.init_lora_weights).toBe(init_lora_weights);
		}
	});
});
