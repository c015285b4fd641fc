import { describe, expect, it } from "vitest";
import { textOf } from "../../shared/messages/message.ts";
import { errorOf } from "../formats/test-tools.ts";
import { peftKeys } from "./adapter-keys.ts";

const A = "base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight";
const MAGNITUDE = "base_model.model.model.layers.0.self_attn.q_proj.lora_magnitude_vector";

function read(keys: readonly string[]) {
	const warnings: string[] = [];
	return {
		names: peftKeys(keys, "a/adapter_model.safetensors", (message) => warnings.push(textOf(message))),
		warnings,
	};
}

describe("keys with other prefixes are PEFT's own names, with a warning", () => {
	it.each<[string, string, string, string]>([
		["an adapter's name", A.replace("lora_A", "lora_A.default"), A, '".default."'],
		["another adapter's name", A.replace("lora_A", "lora_A.my-style"), A, '".my-style."'],
		["torch.compile around", `_orig_mod.${A}`, A, '"_orig_mod."'],
		["torch.compile inside", A.replace("base_model.model.", "base_model.model._orig_mod."), A, '"_orig_mod."'],
		["torch.compile of a layer", A.replace("layers.0.", "layers.0._orig_mod."), A, '"_orig_mod."'],
		[
			"FSDP",
			A.replace("layers.0.", "_fsdp_wrapped_module.layers.0._fsdp_wrapped_module."),
			A,
			'"_fsdp_wrapped_module."',
		],
		[
			"activation checkpointing",
			A.replace("layers.0.", "layers.0._checkpoint_wrapped_module."),
			A,
			'"_checkpoint_wrapped_module."',
		],
		["a PEFT model in a PEFT model", `base_model.model.${A}`, A, '"base_model.model."'],
		["DDP", `module.${A}`, A, '"module."'],
		["DDP inside", A.replace("base_model.model.", "base_model.model.module."), A, '"module."'],
		["DDP and torch.compile", `module._orig_mod.${A}`, A, '"module.", "_orig_mod."'],
		["no base_model.model.", A.replace("base_model.model.", ""), A, 'with "base_model.model." in front'],
		["AutoModel", A.replace("model.model.model.", "model.model."), A, 'with "model" in front'],
		["AutoModel's state dict", "layers.0.self_attn.q_proj.lora_A.default.weight", A, '"base_model.model.", "model"'],
		[
			"a model with vision",
			A.replace("model.model.model.", "model.model.model.language_model."),
			A,
			'"language_model."',
		],
		[
			"an older model with vision",
			A.replace("model.model.model.", "model.model.language_model.model."),
			A,
			'"language_model."',
		],
		["DoRA's vector", `${MAGNITUDE}.default.weight`, MAGNITUDE, '".default."'],
		["DoRA's vector, a module", `${MAGNITUDE}.weight`, MAGNITUDE, '".weight"'],
		[
			"an embedding",
			"base_model.model.model.embed_tokens.lora_embedding_A.default",
			"base_model.model.model.embed_tokens.lora_embedding_A",
			'".default."',
		],
		[
			"a saved module",
			"base_model.model.lm_head.modules_to_save.default.weight",
			"base_model.model.lm_head.weight",
			'".modules_to_save."',
		],
		[
			"GPT-2 of AutoModel",
			"base_model.model.h.1.attn.c_attn.lora_B.weight",
			"base_model.model.transformer.h.1.attn.c_attn.lora_B.weight",
			'"transformer"',
		],
	])("%s", (_, key, name, words) => {
		const { names, warnings } = read([key]);
		expect(names).toEqual([name]);
		expect(warnings.join("; ")).toContain(words);
	});
});

it("PEFT's own names stay, without a warning", () => {
	const keys = [
		A,
		A.replace("lora_A", "lora_B"),
		MAGNITUDE,
		"base_model.model.lm_head.weight",
		"base_model.model.model.embed_tokens.base_layer.weight",
		"base_model.model.model.layers.0.self_attn.q_proj.lora_B.bias",
		"base_model.model.transformer.h.0.attn.c_attn.lora_A.weight",
	];
	expect(read(keys)).toEqual({ names: keys, warnings: [] });
});

it("two adapters in one file are refused", async () => {
	const keys = ["default", "other"].map((name) => A.replace("lora_A", `lora_A.${name}`));
	expect((await errorOf(async () => read(keys))).message).toContain("the file has two adapters");
});
