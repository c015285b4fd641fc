// Merged models of a base whose head is tied to its embedding: where an adapter changes one of the two, or each by itself, the
// merged model has two matrices, as a folder and as GGUF.
import { describe, expect, test } from "vitest";
import { writeGguf } from "../../formats/gguf-write.ts";
import { bytesSource, decodeToFloat32, type ModelFolder, memoryFolder } from "../../formats/index.ts";
import { ggufFolder } from "../../models/gguf/folder.ts";
import { openModelFiles } from "../../models/load.ts";
import { testFolder } from "../../train/test-runtime.ts";
import type { AdapterSettings } from "../adapter.ts";
import { adapterLayout } from "../layout.ts";
import { NO_LORA } from "../peft-adapter.ts";
import { mergedGguf } from "./merged-gguf.ts";
import { mergedModel } from "./merged-model.ts";

const base = await openModelFiles(testFolder("public/base-model"), "demo");
const EMBEDDING = "model.embed_tokens.weight";
const HEAD = "lm_head.weight";

async function valuesIn(folder: ModelFolder) {
	const { config, files } = await openModelFiles(folder, "merged");
	const values = async (name: string) => {
		const entry = files.tensors.get(name);
		return entry === undefined ? null : decodeToFloat32(await files.readTensor(name), entry.dtype);
	};
	return { config, embedding: await values(EMBEDDING), head: await values(HEAD) };
}

const same = (a: Float32Array | null, b: Float32Array): boolean =>
	a?.length === b.length && a.every((value, i) => value === b[i]);

async function written(settings: Partial<AdapterSettings>) {
	const layout = adapterLayout(base, { ...NO_LORA, r: 2, lora_alpha: 4, target_modules: ["q_proj"], ...settings });
	const params = Float32Array.from({ length: layout.size }, (_, i) => Math.sin(i) / 8);
	const adapter = { layout, params, config: null, stored: null };
	const { files, bytes } = await mergedModel(base, adapter, "float32");
	const blobs = await Promise.all(
		files.map(async ({ path, pieces }) => {
			const parts: Uint8Array<ArrayBuffer>[] = [];
			for await (const piece of pieces()) parts.push(piece as Uint8Array<ArrayBuffer>);
			return [path, new Uint8Array(await new Blob(parts).arrayBuffer())] as const;
		}),
	);
	const folder = memoryFolder("merged", Object.fromEntries(blobs));
	expect(blobs.find(([path]) => path === "model.safetensors")?.[1].length).toBe(bytes);
	const gguf = await ggufFolder("m.gguf", bytesSource(await writeGguf(await mergedGguf(base, adapter, "float32"))));
	return { layout, params, both: [await valuesIn(folder), await valuesIn(gguf)] };
}

describe.each<[string, Partial<AdapterSettings>]>([
	["modules_to_save on both", { modules_to_save: ["embed_tokens", "lm_head"] }],
	["modules_to_save on the embedding", { modules_to_save: ["embed_tokens"] }],
	["modules_to_save on the head", { modules_to_save: ["lm_head"] }],
	["LoRA on the head", { target_modules: ["q_proj", "lm_head"] }],
	["LoRA on the embedding", { target_modules: ["embed_tokens"] }],
	["LoRA on both", { target_modules: ["embed_tokens", "lm_head"] }],
])("%s", (_name, settings) => {
	test("two matrices, and tie_word_embeddings is false", async () => {
		const { layout, params, both } = await written(settings);
		const unchanged = (await valuesIn(testFolder("public/base-model"))).embedding ?? new Float32Array();
		const saved = (name: string) => {
			const tensor = layout.tensors.find((one) => one.name === name);
			return tensor === undefined ? null : params.subarray(tensor.offset, tensor.offset + unchanged.length);
		};
		for (const { config, embedding, head } of both) {
			expect(config.tie_word_embeddings).toBe(false);
			const embeddingIsLora = layout.table !== null;
			const headIsLora = layout.modules.some(({ module }) => module.path === "lm_head");
			expect(same(embedding, saved(EMBEDDING) ?? unchanged)).toBe(!embeddingIsLora);
			expect(same(head, saved(HEAD) ?? unchanged)).toBe(!headIsLora);
		}
	});
});

test("LoRA on the layers alone leaves the head tied", async () => {
	const { both } = await written({});
	for (const { config, head } of both) expect([config.tie_word_embeddings, head]).toEqual([true, null]);
});
