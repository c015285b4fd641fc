// Compares GGUF files of the families other than Llama, written by the gguf package, with their Hugging Face folders, and tests the
// export to GGUF or its refusal. cli/gguf-families.golden.test.ts compares the logits.
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { decodeBlocks, GGUF_TYPES } from "../formats/gguf-blocks.ts";
import { writeGguf } from "../formats/gguf-write.ts";
import { bytesSource } from "../formats/index.ts";
import { errorOf } from "../formats/test-tools.ts";
import { ggufFolder } from "../models/gguf/folder.ts";
import { familyOf } from "../models/index.ts";
import { weightName } from "../models/linear.ts";
import { type LoadedModel, openModelFiles } from "../models/load.ts";
import { GOLDENS_WITH_GGUF } from "../models/test-families.ts";
import { weightValues } from "../models/upload.ts";
import { testFolder } from "../train/test-runtime.ts";
import { loraGguf } from "./consumers.ts";
import { adapterLayout } from "./layout.ts";
import { mergedGguf } from "./merge/merged-gguf.ts";
import { mergedWeights } from "./merge/merged-model.ts";
import { NO_LORA } from "./peft-adapter.ts";
import { familyInBlocks } from "./test-gguf-families.ts";

const opened = async (bytes: Uint8Array<ArrayBuffer>) =>
	openModelFiles(await ggufFolder("tiny.gguf", bytesSource(bytes)), "tiny");

/** Ignores attention_bias, because Qwen 2 always has biases. */
const shapeOf = ({ config }: LoadedModel) => ({ ...config, dtype: null, pad_token_id: null, attention_bias: null });

/** A GGUF file stores Mistral as Llama, without the sliding window, so the context length differs. */
const asInFile = (name: string) => (name === "mistral" ? { model_type: "llama", max_position_embeddings: 128 } : {});

/** Families that can be read from GGUF files but not written. */
const READ_ONLY = GOLDENS_WITH_GGUF.filter((name) => {
	const { model_type } = JSON.parse(readFileSync(`fixtures/goldens/${name}/config.json`, "utf8"));
	return familyOf(model_type).gguf?.written === false;
});

test.each(GOLDENS_WITH_GGUF.filter((name) => !READ_ONLY.includes(name)))(
	"%s: reads the same as its Hugging Face folder and survives a round trip",
	async (name) => {
		const folder = await openModelFiles(testFolder(`fixtures/goldens/${name}`), name);
		const file = await opened(new Uint8Array(readFileSync(`fixtures/gguf-${name}.gguf`)));
		const weights = folder.family.weights(folder.config);
		expect(shapeOf(file)).toEqual({ ...shapeOf(folder), ...asInFile(name) });
		for (const { name: weight } of weights)
			expect(await weightValues(file, weight), weight).toEqual(await weightValues(folder, weight));

		const layout = adapterLayout(file, { ...NO_LORA, r: 2, lora_alpha: 4, target_modules: ["q_proj", "down_proj"] });
		const params = Float32Array.from({ length: layout.size }, (_, i) => Math.sin(i) / 8);
		const adapter = { layout, params, config: null, stored: null };
		const again = await opened(await writeGguf(await mergedGguf(file, adapter, "float32")));
		const merged = mergedWeights(file, adapter);
		for (const { name: weight } of weights)
			expect(await weightValues(again, weight), weight).toEqual(await merged(weight));
	},
);

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

describe.each(READ_ONLY)("%s", (name) => {
	test("reads the same as its Hugging Face folder", async () => {
		const folder = await openModelFiles(goldenFolder(name), name);
		const file = await opened(fixture(name));
		const facts = (model: LoadedModel) => ({ ...shapeOf(model), ...(name === "gpt2" ? ofGpt2 : {}) });
		expect(facts(file)).toEqual(facts(folder));
		for (const { name: weight } of folder.family.weights(folder.config)) {
			const expected = await weightValues(folder, weight);
			// 1 + w in float32 loses the low bits of w.
			const shifted = name === "gemma3" && weight.endsWith("norm.weight");
			const values = shifted ? expected.map((value) => Math.fround(1 + value) - 1) : expected;
			expect(await weightValues(file, weight), weight).toEqual(values);
		}
	});

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

	test("GGUF export is rejected, and the error suggests an alternative", async () => {
		const file = await opened(fixture(name));
		const [first] = file.family.linearModules(file.config);
		const layout = adapterLayout(file, { ...NO_LORA, r: 2, lora_alpha: 4, target_modules: [first.path] });
		const adapter = { layout, params: new Float32Array(layout.size), config: null, stored: null };
		const { model_type } = file.config;
		const merged = await errorOf(() => mergedGguf(file, adapter, "float32"));
		expect(merged.message).toMatch(
			new RegExp(`^${model_type} models cannot be written as GGUF yet.*convert_hf_to_gguf`, "s"),
		);
		const lora = await errorOf(() => loraGguf(file, adapter));
		expect(lora.message).toMatch(
			new RegExp(`^adapters of ${model_type} models cannot be written as GGUF yet.*convert_lora_to_gguf`, "s"),
		);
	});
});
