// Reads a merged GGUF file back: its weights, in each type, equal the merged ones, and its metadata are those of the base.
import { expect, test } from "vitest";
import type { GgufDType } from "../../../shared/gguf-dtypes.ts";
import { decodeBlocks } from "../../formats/gguf-blocks.ts";
import { writeGguf } from "../../formats/gguf-write.ts";
import { bytesSource, decodeToFloat32, encodeBf16, encodeF16 } from "../../formats/index.ts";
import { errorOf } from "../../formats/test-tools.ts";
import { type RopeSettings, ropeTables } from "../../graph/rope-tables.ts";
import { dequantise, quantise } from "../../kernels/quantise.ts";
import { ggufName } from "../../models/gguf/architecture.ts";
import { ggufFolder } from "../../models/gguf/folder.ts";
import { openModelFiles } from "../../models/load.ts";
import { ropes } from "../../models/rope.ts";
import { testFolder } from "../../train/test-runtime.ts";
import { adapterLayout } from "../layout.ts";
import { NO_LORA } from "../peft-adapter.ts";
import { mergedGguf } from "./merged-gguf.ts";
import { mergedModel, mergedWeights } from "./merged-model.ts";

const model = await openModelFiles(testFolder("public/base-model"), "demo");
const layout = adapterLayout(model, { ...NO_LORA, r: 3, lora_alpha: 6, target_modules: "all-linear" });
const adapter = {
	layout,
	params: Float32Array.from({ length: layout.size }, (_, i) => Math.sin(i) / 8),
	config: null,
	stored: null,
};

const bytesOf = (values: Float32Array) => new Uint8Array(values.buffer, values.byteOffset, values.byteLength);

async function written(dtype: GgufDType, from = model) {
	const bytes = await writeGguf(await mergedGguf(from, adapter, dtype));
	const folder = await ggufFolder("merged.gguf", bytesSource(bytes));
	if (folder.gguf === undefined) throw new Error("it is a GGUF file");
	return { bytes, folder, file: folder.gguf.file };
}

test.each(["float32", "float16", "q8_0", "bfloat16"] as const)(
	"%s: every weight equals the merged weight",
	async (dtype) => {
		const { bytes, folder, file } = await written(dtype);
		expect(file.tensors.size).toBe(model.family.weights(model.config).length);
		const merged = mergedWeights(model, adapter);
		const read = await openModelFiles(folder, "merged");
		const architecture = model.family.gguf;
		if (architecture === undefined) throw new Error("the family has no GGUF architecture");
		for (const { name, shape } of model.family.weights(model.config)) {
			const values = await merged(name);
			const expected =
				shape.length === 1 || dtype === "float32"
					? values
					: dtype === "q8_0"
						? dequantise("q8_0", quantise("q8_0", values, shape[0], shape[1]), shape[0], shape[1])
						: dtype === "float16"
							? decodeToFloat32(encodeF16(values), "F16")
							: decodeToFloat32(encodeBf16(values), "BF16");
			const stored = file.tensors.get(ggufName(architecture, name) ?? "");
			if (stored === undefined) throw new Error(`${name} is missing`);
			const entry = read.files.tensors.get(name);
			const found = decodeToFloat32(await read.files.readTensor(name), entry?.dtype ?? "F32");
			expect(Buffer.compare(bytesOf(found), bytesOf(expected)), name).toBe(0);
			expect(stored.offset % 32).toBe(0);
			const raw = bytes.slice(stored.offset, stored.offset + stored.byteLength);
			expect(decodeBlocks(stored.type, raw).length).toBe(found.length);
		}
	},
);

test("config, tokenizer, special tokens and chat template are the base's", async () => {
	const { folder, file } = await written("float16");
	const { config } = await openModelFiles(folder, "merged");
	expect({ ...config, dtype: null, eos_token_ids: [2] }).toEqual({ ...model.config, dtype: null, eos_token_ids: [2] });
	expect(file.metadata.get("general.file_type")).toBe(1);
	expect(file.metadata.get("tokenizer.ggml.pre")).toBe("gpt-2");
	expect(file.metadata.get("tokenizer.ggml.add_bos_token")).toBe(false);
	const tokenizerConfig = JSON.parse(await folder.text("tokenizer_config.json"));
	expect(tokenizerConfig).toMatchObject({
		bos_token: "<|endoftext|>",
		eos_token: "<|im_end|>",
		pad_token: "<|endoftext|>",
	});
	expect(tokenizerConfig.chat_template).toBe(await model.folder.text("chat_template.jinja"));
});

test("a base from a GGUF file keeps its metadata", async () => {
	const first = await written("float32");
	const again = await written("q8_0", await openModelFiles(first.folder, "again"));
	const without = (metadata: ReadonlyMap<string, unknown>) =>
		Object.fromEntries([...metadata].filter(([key]) => key !== "general.file_type"));
	expect(without(again.file.metadata)).toEqual(without(first.file.metadata));
	expect(again.file.metadata.get("general.file_type")).toBe(7);
});

/** The base with another rope_scaling in its config.json. */
async function stretched(rope_scaling: object) {
	const config = JSON.stringify({
		...JSON.parse(await model.folder.text("config.json")),
		rope_theta: 5e5,
		rope_scaling,
	});
	const folder = {
		...model.folder,
		text: async (path: string) => (path === "config.json" ? config : model.folder.text(path)),
	};
	return openModelFiles(folder, "stretched");
}

test("Llama 3's rope scaling is written as factors and read back", async () => {
	const rope_scaling = {
		rope_type: "llama3",
		factor: 8,
		low_freq_factor: 1,
		high_freq_factor: 4,
		original_max_position_embeddings: 8192,
	};
	const { file, ...written3 } = await written("float16", await stretched(rope_scaling));
	const factors = file.tensors.get("rope_freqs.weight");
	expect(factors?.shape).toEqual([16]);
	const read = await openModelFiles(written3.folder, "merged");
	expect(read.config.rope_scaling).toEqual(rope_scaling);
	const again = await written("float32", read);
	const factorsOf = (bytes: Uint8Array, at: typeof factors) => bytes.slice(at?.offset, (at?.offset ?? 0) + 64);
	expect(factorsOf(again.bytes, again.file.tensors.get("rope_freqs.weight"))).toEqual(
		factorsOf(written3.bytes, factors),
	);
});

// The fields with which src/cli/gguf-rope.golden.test.ts compares llama.cpp's logits.
test.each([
	[{ factor: 4, original_max_position_embeddings: 32 }, {}],
	[
		{ factor: 2, original_max_position_embeddings: 64, attention_factor: 0.9 * (1 + 0.1 * Math.log(2)) },
		{ attn_factor: Math.fround(0.9) },
	],
])("YaRN with %j is written as llama.cpp's and read back", async (keys, more) => {
	const base = await stretched({ rope_type: "yarn", ...keys });
	const { file, folder } = await written("float16", base);
	const stored = [...file.metadata].filter(([key]) => key.startsWith("llama.rope.scaling."));
	expect(Object.fromEntries(stored.map(([key, value]) => [key.slice("llama.rope.scaling.".length), value]))).toEqual({
		type: "yarn",
		factor: keys.factor,
		original_context_length: keys.original_max_position_embeddings,
		...more,
	});
	const { rope_scaling } = (await openModelFiles(folder, "merged")).config;
	const { attention_factor, ...others } = { attention_factor: 1, ...base.config.rope_scaling };
	expect(rope_scaling).toMatchObject(others);
	expect(rope_scaling).toHaveProperty("attention_factor", expect.closeTo(attention_factor, 6));
});

test("YaRN with constants that llama.cpp does not read is written as factors", async () => {
	const rope_scaling = { rope_type: "yarn", factor: 4, original_max_position_embeddings: 64, beta_fast: 8 };
	const base = await stretched({ ...rope_scaling, truncate: false });
	const { folder } = await written("float16", base);
	const read = await openModelFiles(folder, "merged");
	const tables = [base, read].map(({ config }) => ropeTables(ropes(config).rope as RopeSettings, 64));
	tables[0].cos.forEach((value, i) => {
		expect(Math.abs(value - tables[1].cos[i])).toBeLessThan(1e-5);
	});
	expect(tables[0].cos[0]).toBeCloseTo(1 + 0.1 * Math.log(4), 6);
});

test("adapters that cannot be merged, or values outside float16's range, are rejected", async () => {
	const prompt = { ...adapter, layout: { ...layout, methods: ["prompt_tuning" as const] } };
	expect((await errorOf(() => mergedGguf(model, prompt, "float16"))).message).toMatch(/prompt_tuning cannot be merged/);
	const scaled = (by: number) => ({ ...adapter, params: adapter.params.map((value) => value * by) });
	expect((await errorOf(async () => writeGguf(await mergedGguf(model, scaled(1e6), "float16")))).message).toMatch(
		/has values outside the range of float16/,
	);
	// Scales of Q8_0 are float16 too; products over float32's range are infinite in every type.
	expect((await errorOf(async () => writeGguf(await mergedGguf(model, scaled(1e6), "q8_0")))).message).toMatch(
		/contains NaN or infinity at \[\d+, \d+\]/,
	);
	const weights = (await mergedModel(model, scaled(1e25), "bfloat16")).files[0];
	const read = async () => {
		for await (const _piece of weights.pieces());
	};
	expect((await errorOf(read)).message).toMatch(/^model\.\S+ contains NaN or infinity at \[\d+, \d+\]/);
});
