import { describe, expect, it } from "vitest";
import { detectData } from "../engine/data/detect-format.ts";
import { openGguf } from "../engine/formats/gguf.ts";
import { folderJson, memoryFolder, readModelTexts } from "../engine/formats/model-folder.ts";
import { openSafetensors } from "../engine/formats/safetensors.ts";
import { bytesSource } from "../engine/formats/source.ts";
import { errorOf } from "../engine/formats/test-tools.ts";
import { openModelFiles } from "../engine/models/load.ts";
import { readPeftAdapter } from "../engine/peft/index.ts";

const POINTER = `version https://git-lfs.github.com/spec/v1\noid sha256:${"a".repeat(64)}\nsize 1234567\n`;
const BYTES = new TextEncoder().encode(POINTER);
const CONFIG = {
	model_type: "llama",
	hidden_size: 8,
	intermediate_size: 8,
	num_hidden_layers: 1,
	num_attention_heads: 2,
	vocab_size: 8,
};

describe("a Git LFS pointer is named, and what to do", () => {
	it.each<[string, () => Promise<unknown>]>([
		["safetensors", () => openSafetensors(bytesSource(BYTES), "model.safetensors")],
		["GGUF", () => openGguf(bytesSource(BYTES), "model.gguf")],
		["config.json", () => folderJson(memoryFolder("m", { "config.json": POINTER }), "config.json")],
		[
			"chat template",
			() =>
				readModelTexts(
					memoryFolder("m", { "config.json": "{}", "tokenizer.json": "{}", "chat_template.jinja": POINTER }),
				),
		],
		["rows in JSONL", () => detectData(new Blob([BYTES]), "rows.jsonl")],
		["rows in Parquet", () => detectData(new Blob([BYTES]), "rows.parquet")],
		["text", () => detectData(new Blob([BYTES]), "book.txt")],
		[
			"weights of a model",
			() =>
				openModelFiles(memoryFolder("m", { "config.json": JSON.stringify(CONFIG), "model.safetensors": BYTES }), "m"),
		],
		[
			"adapter",
			() =>
				readPeftAdapter(
					memoryFolder("a", {
						"adapter_config.json": '{"peft_type": "LORA", "target_modules": ["q_proj"]}',
						"adapter_model.safetensors": BYTES,
					}),
				),
		],
		["adapter_config.json", () => readPeftAdapter(memoryFolder("a", { "adapter_config.json": POINTER }))],
	])("%s", async (_, open) => {
		const { message } = await errorOf(open);
		expect(message).toContain("this is a Git LFS pointer, not the file itself");
		expect(message).toContain("git lfs pull");
	});
});
