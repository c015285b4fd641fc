import { expect, test } from "vitest";
import { adapterFromPeft, loraFiles } from "../adapters/peft-adapter.ts";
import { adapterWith, model } from "../analysis/test-adapters.ts";
import { memoryFolder } from "../formats/index.ts";
import { familyOf } from "../models/index.ts";
import type { LoadedModel } from "../models/load.ts";
import type { ModelConfig } from "../models/model-config.ts";
import { readPeftAdapter } from "./index.ts";
import { parseLoraConfig } from "./lora-config.ts";
import { resolveConfig } from "./resolve-config.ts";

const resolved = (keys: Record<string, unknown>, base: Partial<ModelConfig> & { model_type: string }) => {
	const config = parseLoraConfig(JSON.stringify({ peft_type: "LORA", ...keys }), "adapter_config.json");
	return resolveConfig(config, { family: familyOf(base.model_type) }, "mine");
};

test.each([
	["llama", ["q_proj", "v_proj"]],
	["mistral", ["q_proj", "v_proj"]],
	["qwen2", ["q_proj", "v_proj"]],
	["qwen3", ["q_proj", "v_proj"]],
	["gemma3_text", ["q_proj", "v_proj"]],
	["gpt2", ["c_attn"]],
])("target_modules missing or null on %s are PEFT's default", (model_type, names) => {
	expect(resolved({}, { model_type }).target_modules).toEqual(names);
	expect(resolved({ target_modules: null }, { model_type }).target_modules).toEqual(names);
	expect(resolved({ target_modules: ["k_proj"] }, { model_type }).target_modules).toEqual(["k_proj"]);
});

test("Phi-3, for which PEFT has no default, needs target_modules", () => {
	expect(() => resolved({}, { model_type: "phi3" })).toThrow(/has no target_modules.*no default for phi3/);
});

test("a folder without target_modules gets the default modules; a file with tensors of other modules is refused", async () => {
	const llama = { ...model, name: "tiny", config: { ...model.config, model_type: "llama" } } as LoadedModel;
	const folderOf = (target_modules: string[]) => {
		const adapter = adapterWith(model, { target_modules, r: 2 }, (_name, element) => Math.sin(element));
		const files = loraFiles(llama, adapter).map(({ path, bytes }) => {
			if (path !== "adapter_config.json") return [path, bytes] as const;
			const { target_modules: _named, ...config } = JSON.parse(new TextDecoder().decode(bytes));
			return [path, new TextEncoder().encode(JSON.stringify(config))] as const;
		});
		return readPeftAdapter(memoryFolder("mine", Object.fromEntries(files)));
	};
	const read = adapterFromPeft(llama, await folderOf(["q_proj", "v_proj"]), "mine");
	expect(new Set(read.layout.modules.map(({ module }) => module.path.split(".").at(-1)))).toEqual(
		new Set(["q_proj", "v_proj"]),
	);
	const config = loraFiles(llama, read).find(({ path }) => path === "adapter_config.json");
	expect(JSON.parse(new TextDecoder().decode(config?.bytes)).target_modules).toEqual(["q_proj", "v_proj"]);
	const wider = await folderOf(["q_proj", "k_proj", "v_proj"]);
	expect(() => adapterFromPeft(llama, wider, "mine")).toThrow(/k_proj.*but not in target_modules/);
});
