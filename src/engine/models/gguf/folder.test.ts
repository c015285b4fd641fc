// What a GGUF file says is used or refused by name: metadata keys, tensors, tokenizers, and the files of a split model. The base
// is fixtures/gguf-mistral.gguf with other fields.

import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { textOf } from "../../../shared/messages/message.ts";
import { openGguf } from "../../formats/gguf.ts";
import type { GgufField } from "../../formats/gguf-write.ts";
import { type ModelFolder, memoryFolder, readModelTexts } from "../../formats/model-folder.ts";
import { bytesSource } from "../../formats/source.ts";
import { errorOf } from "../../formats/test-tools.ts";
import { openModelFiles } from "../load.ts";
import { ggufFolder } from "./folder.ts";
import { ggufAt, ggufInFolder } from "./in-folder.ts";
import { changedGguf, type GgufChanges } from "./test-gguf.ts";

const BYTES = new Uint8Array(readFileSync("fixtures/gguf-mistral.gguf"));

const changed = (changes: GgufChanges) => changedGguf(BYTES, changes);
const folderOf = async (changes: GgufChanges) => ggufFolder("made.gguf", bytesSource(await changed(changes)));
const open = async (changes: GgufChanges) => openModelFiles(await folderOf(changes), "made");
const uint32 = (key: string, value: number): GgufField => ({ key, kind: "uint32", value });
const text = (key: string, value: string): GgufField => ({ key, kind: "text", value });

test.each([
	["a key of the architecture", { fields: [uint32("llama.expert_count", 8)] }, "llama.expert_count = 8"],
	["a key of the tokenizer", { fields: [text("tokenizer.ggml.new_option", "x")] }, 'tokenizer.ggml.new_option = "x"'],
	["a general key", { fields: [uint32("general.new_option", 1)] }, "general.new_option = 1"],
	["a tensor", { tensors: { "blk.0.ffn_gate_inp.weight": [0] } }, "no tensor blk.0.ffn_gate_inp.weight"],
	[
		"a bias that the family does not have",
		{ tensors: { "blk.1.attn_norm.bias": [0] } },
		"no tensor blk.1.attn_norm.bias",
	],
	[
		"heads that differ between layers",
		{ fields: [{ key: "llama.attention.head_count_kv", kind: "int32s", value: [2, 1] }] },
		"llama.attention.head_count_kv differs between layers: [2,1]",
	],
	["a factor of another type", { fields: [text("llama.rope.scaling.factor", "4")] }, 'rope.scaling.factor is "4"'],
	["an unknown rope type", { fields: [text("llama.rope.scaling.type", "ntk")] }, 'rotary positions of type "ntk"'],
	["another length of values", { fields: [uint32("llama.attention.value_length", 3)] }, "attention.value_length is 3"],
	["too few heads", { fields: [uint32("llama.attention.head_count_kv", 3)] }, "llama.attention.head_count_kv is 3"],
] as [string, GgufChanges, string][])("%s is refused by name", async (_, changes, message) => {
	expect((await errorOf(() => open(changes))).message).toContain(message);
});

test("keys with a neutral value, notes of programs and equal lists open", async () => {
	const model = await open({
		fields: [
			uint32("llama.expert_count", 0),
			{ key: "llama.attention.head_count_kv", kind: "int32s", value: [2, 2] },
			text("quantize.imatrix.file", "imatrix.dat"),
			text("general.base_model.0.name", "Base"),
			uint32("tokenizer.ggml.fim_pre_token_id", 3),
			uint32("tokenizer.ggml.eot_token_id", 4),
		],
	});
	expect(model.config.num_key_value_heads).toBe(2);
	expect(model.config.eos_token_ids).toEqual([2, 4]);
	expect(model.warnings).toEqual([]);
});

test("a missing pre-tokenizer is llama.cpp's default one, with a warning", async () => {
	const folder = await folderOf({ without: ["tokenizer.ggml.pre"] });
	const { tokenizer } = await readModelTexts(folder);
	expect(JSON.parse(tokenizer).pre_tokenizer.pretokenizers).toHaveLength(5);
	expect(folder.warnings?.map(textOf)).toEqual([
		expect.stringContaining("does not state its pre-tokenizer (tokenizer.ggml.pre): llama.cpp's default"),
	]);
});

test.each([
	["llama-v3", true],
	["dbrx", false],
	["deepseek-r1-qwen", false],
	["tekken", true],
])("the pre-tokenizer %s is known", async (name, ignore_merges) => {
	const { tokenizer } = await readModelTexts(await folderOf({ fields: [text("tokenizer.ggml.pre", name)] }));
	expect(JSON.parse(tokenizer).model.ignore_merges).toBe(ignore_merges);
});

test("a model whose tokenizer is not supported opens for rows of token ids", async () => {
	const folder = await folderOf({ fields: [text("tokenizer.ggml.pre", "new-one")] });
	const model = await openModelFiles(folder, "made");
	expect(model.warnings.map(textOf)).toEqual([expect.stringContaining('pre-tokenizer "new-one"')]);
	expect((await errorOf(() => readModelTexts(folder))).message).toContain('pre-tokenizer "new-one"');
	const tokenizer = (await readModelTexts(await folderOf({}))).tokenizer;
	const bytes = await changed({ fields: [text("tokenizer.ggml.pre", "new-one")] });
	const both = await ggufInFolder(memoryFolder("both", { "model.GGUF": bytes, "tokenizer.json": tokenizer }));
	if (both === null) throw new Error("no model");
	expect((await readModelTexts(both)).tokenizer).toBe(tokenizer);
	expect(both.warnings).toEqual([]);
});

test("BOS and EOS are added where the file says so, and templates with names are kept", async () => {
	const folder = await folderOf({
		fields: [
			{ key: "tokenizer.ggml.add_bos_token", kind: "bool", value: true },
			{ key: "tokenizer.ggml.add_eos_token", kind: "bool", value: true },
			text("tokenizer.chat_template", "A"),
			{ key: "tokenizer.chat_templates", kind: "texts", value: ["tool_use"] },
			text("tokenizer.chat_template.tool_use", "B"),
		],
	});
	const texts = await readModelTexts(folder);
	const { post_processor } = JSON.parse(texts.tokenizer);
	expect(post_processor.single.map((part: object) => Object.keys(part)[0])).toEqual([
		"SpecialToken",
		"Sequence",
		"SpecialToken",
	]);
	expect(JSON.parse(texts.tokenizer_config ?? "{}").chat_template).toEqual([
		{ name: "default", template: "A" },
		{ name: "tool_use", template: "B" },
	]);
});

/** The base as three files; the first has the metadata. */
async function split(): Promise<Record<string, Uint8Array<ArrayBuffer>>> {
	const { tensors } = await openGguf(bytesSource(BYTES), "base");
	const part = async (no: number) => {
		const own = [uint32("split.no", no), uint32("split.count", 3), uint32("split.tensors.count", tensors.size)];
		const file = await openGguf(bytesSource(BYTES), "base");
		const without = no === 0 ? [] : [...file.fields.keys()];
		return changed({ fields: own, without, only: (i) => i % 3 === no });
	};
	return {
		"m-00001-of-00003.gguf": await part(0),
		"m-00002-of-00003.gguf": await part(1),
		"m-00003-of-00003.gguf": await part(2),
	};
}

test("the files of a split model are read as one, from any of them or from their folder", async () => {
	const whole = await openModelFiles(await ggufFolder("base.gguf", bytesSource(BYTES)), "base");
	const folder = memoryFolder("parts", await split());
	for (const opened of [await ggufInFolder(folder), await ggufAt(folder, "m-00002-of-00003.gguf")]) {
		const model = await openModelFiles(opened as ModelFolder, "parts");
		for (const { name } of whole.family.weights(whole.config))
			expect(await model.files.readTensor(name), name).toEqual(await whole.files.readTensor(name));
	}
});

test("a part that is missing, renamed or of another model is named", async () => {
	const { "m-00002-of-00003.gguf": second, ...others } = await split();
	const first = others["m-00001-of-00003.gguf"];
	const missing = await errorOf(() => ggufInFolder(memoryFolder("parts", others)));
	expect(missing.message).toContain("split into 3 files; missing here: m-00002-of-00003.gguf");
	const renamed = await errorOf(() => ggufInFolder(memoryFolder("parts", { "m.gguf": first })));
	expect(renamed.message).toContain("one of 3 files of a split GGUF model, but its name");
	const swapped = { ...others, "m-00002-of-00003.gguf": others["m-00003-of-00003.gguf"] };
	const wrong = await errorOf(() => ggufInFolder(memoryFolder("parts", swapped)));
	expect(wrong.message).toContain("m-00002-of-00003.gguf is not the part");
	const two = await errorOf(() => ggufInFolder(memoryFolder("two", { "a.gguf": BYTES, "b.gguf": second })));
	expect(two.message).toContain("the folder has 2 GGUF models: a.gguf, b.gguf");
});
