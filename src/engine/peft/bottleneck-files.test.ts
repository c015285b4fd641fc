import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { memoryFolder } from "../formats/model-folder.ts";
import { errorOf, fixtureBytes } from "../formats/test-tools.ts";
import { readBottleneck, writeBottleneck } from "./bottleneck-files.ts";

const FOLDER = "goldens/bottleneck-pfeiffer-gelu/final";
const TEXT = readFileSync(`fixtures/${FOLDER}/adapter_config.json`, "utf8");
const folder = (text: string, weights = "adapter.safetensors") =>
	memoryFolder("a", { "adapter_config.json": text, [weights]: fixtureBytes(`${FOLDER}/adapter.safetensors`) });

it("reads what the library wrote, and writes its configuration back byte for byte", async () => {
	const { config, file } = await readBottleneck(folder(TEXT));
	expect(config).toMatchObject({ name: "tabtune", hidden_size: 20, reduction_factor: 2.5, non_linearity: "gelu" });
	expect(file.tensors.get("model.layers.1.output_adapters.adapters.tabtune.adapter_down.0.weight")?.shape).toEqual([
		8, 20,
	]);
	const [, written] = writeBottleneck(config, []);
	expect(new TextDecoder().decode(written.bytes)).toBe(TEXT);
});

it.each([
	["another activation", TEXT.replace('"gelu"', '"swish"'), '"non_linearity": "swish"'],
	["a parallel bottleneck", TEXT.replace('"is_parallel": false', '"is_parallel": true'), '"is_parallel": true'],
	["a learned scaling", TEXT.replace('"scaling": 1.0', '"scaling": "learned"'), '"scaling": "learned"'],
	["a missing key", TEXT.replace('"mh_adapter": false,', ""), 'the key "mh_adapter" is missing'],
])("refuses %s, naming it", async (_, text, message) => {
	expect(text).not.toBe(TEXT);
	expect((await errorOf(() => readBottleneck(folder(text)))).message).toContain(message);
});

it("explains how to save the weights if only pickled ones exist", async () => {
	const error = await errorOf(() => readBottleneck(folder(TEXT, "pytorch_adapter.bin")));
	expect(error.message).toContain("use_safetensors=True");
});
