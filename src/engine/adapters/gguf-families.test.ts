// Compares GGUF files of the families other than Llama, written by the gguf package, with their Hugging Face folders, and tests their
// exports to GGUF. cli/gguf-families.golden.test.ts compares the logits.
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { openGguf } from "../formats/gguf.ts";
import { decodeBlocks, GGUF_TYPES } from "../formats/gguf-blocks.ts";
import { writeGguf } from "../formats/gguf-write.ts";
import { bytesSource, memoryFolder } from "../formats/index.ts";
import { ggufFolder } from "../models/gguf/folder.ts";
import { weightName } from "../models/linear.ts";
import { type LoadedModel, openModelFiles } from "../models/load.ts";
import { GOLDENS_WITH_GGUF } from "../models/test-families.ts";
import { weightValues } from "../models/upload.ts";
import { testFolder } from "../train/test-runtime.ts";
import { loraGguf } from "./consumers.ts";
import { adapterLayout } from "./layout.ts";
import { readLoraGguf } from "./lora-gguf-read.ts";
import { mergedGguf } from "./merge/merged-gguf.ts";
import { mergedWeights } from "./merge/merged-model.ts";
import { adapterFromPeft, NO_LORA } from "./peft-adapter.ts";
import { familyInBlocks } from "./test-gguf-families.ts";

const opened = async (bytes: Uint8Array<ArrayBuffer>) =>
	openModelFiles(await ggufFolder("tiny.gguf", bytesSource(bytes)), "tiny");

/** Ignores attention_bias, because Qwen 2 always has biases. */
const shapeOf = ({ config }: LoadedModel) => ({ ...config, dtype: null, pad_token_id: null, attention_bias: null });

/** A GGUF file stores Mistral as Llama, without the sliding window, so the context length differs. */
const asInFile = (name: string) => (name === "mistral" ? { model_type: "llama", max_position_embeddings: 128 } : {});

/** A GGUF file has no key for Gemma 3's scale of attention scores, so it is that of head_dim. */
function goldenFolder(name: string, changes: object = name === "gemma3" ? { query_pre_attn_scalar: 14 } : {}) {
	const folder = testFolder(`fixtures/goldens/${name}`);
	const text = async (path: string) => {
		const found = await folder.text(path);
		return path === "config.json" ? JSON.stringify({ ...JSON.parse(found), ...changes }) : found;
	};
	return { ...folder, text };
}
const fixture = (name: string) => new Uint8Array(readFileSync(`fixtures/gguf-${name}.gguf`));

/** GPT-2's config.json states neither biases nor rotary positions. */
const ofGpt2 = { mlp_bias: null, rope_theta: null };

const factsOf = (name: string, model: LoadedModel) => ({ ...shapeOf(model), ...(name === "gpt2" ? ofGpt2 : {}) });

/** 1 + w in float32 loses the low bits of w. */
const asStored = (name: string, weight: string, values: Float32Array) =>
	name === "gemma3" && weight.endsWith("norm.weight") ? values.map((value) => Math.fround(1 + value) - 1) : values;

const adapterOf = (model: LoadedModel) => {
	const layout = adapterLayout(model, { ...NO_LORA, r: 2, lora_alpha: 4, target_modules: "all-linear" });
	const params = Float32Array.from({ length: layout.size }, (_, i) => Math.sin(i) / 8);
	return { layout, params, config: null, stored: null };
};

/** The golden with the tokenizer of its GGUF file. */
async function withTokenizer(name: string) {
	const golden = goldenFolder(name);
	const file = await ggufFolder("tiny.gguf", bytesSource(fixture(name)));
	const texts = ["tokenizer.json", "tokenizer_config.json"];
	return {
		...golden,
		list: async () => [...(await golden.list()), ...texts],
		text: (path: string) => (texts.includes(path) ? file.text(path) : golden.text(path)),
	};
}

describe.each(GOLDENS_WITH_GGUF)("%s", (name) => {
	test("reads the same as its Hugging Face folder and survives a round trip", async () => {
		const folder = await openModelFiles(goldenFolder(name), name);
		const file = await opened(fixture(name));
		const weights = folder.family.weights(folder.config);
		expect(factsOf(name, file)).toEqual({ ...factsOf(name, folder), ...asInFile(name) });
		for (const { name: weight } of weights) {
			const expected = asStored(name, weight, await weightValues(folder, weight));
			expect(await weightValues(file, weight), weight).toEqual(expected);
		}
		if (name === "olmo2") return; // below, with sizes that llama.cpp loads
		const adapter = adapterOf(file);
		const again = await opened(await writeGguf(await mergedGguf(file, adapter, "float32")));
		const merged = mergedWeights(file, adapter);
		for (const { name: weight } of weights)
			expect(await weightValues(again, weight), weight).toEqual(await merged(weight));
	});

	test("merged from its folder it has the metadata and weights of llama.cpp's converter", async () => {
		if (name === "olmo2") {
			const folder = await openModelFiles(await withTokenizer(name), name);
			await expect(mergedGguf(folder, adapterOf(folder), "float32")).rejects.toThrow("are not as wide");
			return;
		}
		const folder = await openModelFiles(await withTokenizer(name), name);
		const adapter = adapterOf(folder);
		const bytes = await writeGguf(await mergedGguf(folder, adapter, "float32"));
		const [found, converted] = [
			await openGguf(bytesSource(bytes), name),
			await openGguf(bytesSource(fixture(name)), name),
		];
		expect([...found.tensors.keys()].sort()).toEqual([...converted.tensors.keys()].sort());
		for (const [key, value] of converted.metadata)
			if (!/^general\.|^tokenizer\.|pattern$/.test(key) && !(name === "mistral" && /context/.test(key)))
				expect([key, found.metadata.get(key)]).toEqual([key, value]);
		const read = await opened(bytes);
		expect(factsOf(name, read)).toEqual({
			...factsOf(name, folder),
			...asInFile(name),
			...(name === "mistral" ? { max_position_embeddings: folder.config.max_position_embeddings } : {}),
		});
		const merged = mergedWeights(folder, adapter);
		for (const { name: weight } of folder.family.weights(folder.config))
			expect(await weightValues(read, weight), weight).toEqual(asStored(name, weight, await merged(weight)));
	});

	test("a LoRA GGUF is read back", async () => {
		const file = await opened(fixture(name));
		const adapter = adapterOf(file);
		const written = memoryFolder("lora", { "adapter.gguf": await loraGguf(file, adapter) });
		const again = adapterFromPeft(file, await readLoraGguf(file, written, "adapter.gguf"), "adapter");
		const [merged, expected] = [mergedWeights(file, again), mergedWeights(file, adapter)];
		for (const { name: weight } of file.family.weights(file.config))
			expect(await merged(weight), weight).toEqual(await expected(weight));
	});
});

/** Families whose GGUF files have other names or layouts than Llama's. */
describe.each(["gemma3", "gpt2", "olmo2", "phi3"])("%s", (name) => {
	test("linear layers are uploaded as the file's blocks, row by row", async () => {
		const { bytes, raw } = await familyInBlocks(name);
		const file = await opened(bytes);
		const q8 = [...GGUF_TYPES.values()].find((type) => type.name === "Q8_0");
		if (q8 === undefined) throw new Error("no Q8_0");
		expect(file.dtype).toBe("gguf");
		for (const module of file.family.linearModules(file.config)) {
			const weight = weightName(module);
			const given = raw.get(weight) ?? new Uint8Array();
			expect(file.storageOf(weight)).toBe("q8_0");
			expect(await file.files.blocks?.rows(weight, 0, module.out), weight).toEqual(given);
			expect(await weightValues(file, weight), weight).toEqual(decodeBlocks(q8, given));
		}
	});
});

test("a tied OLMo 2 is written with output.weight, which llama.cpp needs", async () => {
	const file = await opened((await familyInBlocks("olmo2")).bytes);
	const tied = { ...file, config: { ...file.config, tie_word_embeddings: true } };
	const adapter = adapterOf(tied);
	const again = await opened(await writeGguf(await mergedGguf(tied, adapter, "float32")));
	const merged = mergedWeights(tied, adapter);
	for (const { name } of again.family.weights(again.config))
		expect(await weightValues(again, name), name).toEqual(await merged(name));
	expect(again.config.tie_word_embeddings).toBe(false);
});
