import { describe, expect, it } from "vitest";
import { filesFolder, memoryFolder, openWeights, readModelTexts } from "./model-folder.ts";
import { writeSafetensors } from "./safetensors-write.ts";
import { errorOf, fixtureBytes } from "./test-tools.ts";

const file = (path: string, text = path) => ({ path, blob: new Blob([text]) });
const weights = (name: string, value: number) =>
	writeSafetensors([{ name, dtype: "U8", shape: [1], bytes: Uint8Array.of(value) }], { format: "pt" });

describe("filesFolder", () => {
	it("uses the folder with the topmost config.json and ignores the others", async () => {
		const folder = filesFolder("model", [
			file("SmolLM2/onnx/config.json", "{}"),
			file("SmolLM2/.gitattributes"),
			file("SmolLM2/config.json", "top"),
			file("SmolLM2/tokenizer.json"),
			file("notes/README.md"),
		]);
		expect((await folder.list()).sort()).toEqual([
			".gitattributes",
			"config.json",
			"onnx/config.json",
			"tokenizer.json",
		]);
		expect(await folder.text("config.json")).toBe("top");
		expect((await folder.open("tokenizer.json")).size).toBe("SmolLM2/tokenizer.json".length);
	});

	it("accepts files without a folder, and adapter folders", async () => {
		expect(await filesFolder("m", [file("config.json"), file("x/y.txt")]).list()).toEqual(["config.json", "x/y.txt"]);
		expect(await filesFolder("a", [file("out/adapter/adapter_config.json"), file("out/run.json")]).list()).toEqual([
			"adapter_config.json",
		]);
		expect(await filesFolder("none", []).list()).toEqual([]);
	});

	it("names a file that is missing or cannot be read", async () => {
		const folder = filesFolder("model", [file("config.json")]);
		expect((await errorOf(() => folder.text("tokenizer.json"))).message).toContain("tokenizer.json is missing (model)");
		const gone = new Blob(["x"]);
		gone.text = () => Promise.reject(new DOMException("gone", "NotReadableError"));
		const changed = filesFolder("model", [{ path: "config.json", blob: gone }]);
		expect((await errorOf(() => changed.text("config.json"))).message).toContain("config.json cannot be read");
	});
});

describe("readModelTexts", () => {
	it("returns the files that exist", async () => {
		const folder = memoryFolder("m", { "config.json": "C", "tokenizer.json": "T", "chat_template.jinja": "J" });
		expect(await readModelTexts(folder)).toEqual({
			config: "C",
			tokenizer: "T",
			chat_template: "J",
			tokenizer_config: undefined,
			special_tokens_map: undefined,
			added_tokens: undefined,
			generation_config: undefined,
		});
	});

	it("names the missing file", async () => {
		expect((await errorOf(() => readModelTexts(memoryFolder("m", {})))).message).toContain(
			"tokenizer.json is missing (m)",
		);
		const error = await errorOf(() =>
			readModelTexts(memoryFolder("m", { "config.json": "{}", "tokenizer.model": "" })),
		);
		expect(error.code).toBe("tokenizer");
		expect(error.message).toContain("write tokenizer.json with transformers");
	});
});

describe("openWeights", () => {
	const index = (weight_map: unknown) => JSON.stringify({ metadata: { total_size: 2 }, weight_map });

	it("opens a single file", async () => {
		const folder = memoryFolder("m", { "model.safetensors": fixtureBytes("small.safetensors") });
		expect((await openWeights(folder)).tensors.size).toBe(16);
	});

	it("opens the shards that the index names", async () => {
		const folder = memoryFolder("m", {
			"model.safetensors.index.json": index({
				a: "model-00001-of-00002.safetensors",
				b: "model-00002-of-00002.safetensors",
			}),
			"model-00001-of-00002.safetensors": weights("a", 1),
			"model-00002-of-00002.safetensors": weights("b", 2),
		});
		const opened = await openWeights(folder);
		expect([...(await opened.readTensor("a")), ...(await opened.readTensor("b"))]).toEqual([1, 2]);
	});

	it.each<[string, Record<string, string | Uint8Array<ArrayBuffer>>, string]>([
		["nothing", {}, "there is no model.safetensors (m)"],
		["old weights", { "pytorch_model.bin": "" }, "pytorch_model.bin is not supported"],
		["shards without an index", { "model-00001-of-00002.safetensors": "" }, "no model.safetensors.index.json"],
		[
			"an index without shards",
			{ "model.safetensors.index.json": index({ a: "x.safetensors", b: "y.safetensors" }) },
			"2 of 2 weight files are missing: x.safetensors, y.safetensors",
		],
		[
			"an index that points out of the folder",
			{ "model.safetensors.index.json": index({ a: "../x.safetensors" }) },
			"../x.safetensors",
		],
		["an index without a map", { "model.safetensors.index.json": "{}" }, "no valid weight_map"],
		["an index of numbers", { "model.safetensors.index.json": index({ a: 1 }) }, "no valid weight_map"],
		[
			"a broken shard",
			{ "model.safetensors.index.json": index({ a: "x.safetensors" }), "x.safetensors": weights("a", 1).slice(0, -1) },
			"m/x.safetensors",
		],
	])("names the file when there is %s", async (_, files, message) => {
		const error = await errorOf(() => openWeights(memoryFolder("m", files)));
		expect(error.code).toBe("model");
		expect(error.message).toContain(message);
	});
});
