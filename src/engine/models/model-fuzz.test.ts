// Changed files of models: safetensors, config.json, index and GGUF. A reader accepts them, or refuses them with a typed error.
import { expect, test } from "vitest";
import { changedBytes, changedJson, changedSafetensors, fuzz } from "../../shared/test-fuzz.ts";
import { bytesSource, decodeToFloat32, FLOAT_DTYPES, memoryFolder, openSafetensors } from "../formats/index.ts";
import { errorOf, fixtureBytes } from "../formats/test-tools.ts";
import { readTextProcessor } from "../train/text-processor.ts";
import { ggufInFolder } from "./gguf/in-folder.ts";
import { openModelFiles } from "./load.ts";

type Files = Record<string, Uint8Array<ArrayBuffer>>;
const text = new TextEncoder();
const sizeOf = (files: Files) => Object.values(files).reduce((sum, { length }) => sum + length, 0);
const parsed = (bytes: Uint8Array) => JSON.parse(new TextDecoder().decode(bytes)) as Record<string, unknown>;
const filesOf = (folder: string): Files =>
	Object.fromEntries(
		["config.json", "model.safetensors"].map((name) => [name, fixtureBytes(`goldens/${folder}/${name}`)]),
	);
const FAMILIES = ["odd", "tied-bf16-llama3", "qwen2", "qwen3", "gemma3", "gpt2", "phi3-longrope", "mistral", "olmo2"];
const FAMILY_FILES = FAMILIES.map(filesOf);

async function readWhole(files: Files): Promise<void> {
	const given = memoryFolder("m", files);
	const folder = (await ggufInFolder(given)) ?? given;
	const model = await openModelFiles(folder, "changed");
	const { rms_norm_eps, rope_theta, max_position_embeddings } = model.config;
	expect([rms_norm_eps, rope_theta, max_position_embeddings].filter((value) => !(value > 0 && value < 1e300))).toEqual(
		[],
	);
	for (const { name } of model.family.weights(model.config))
		expect((await model.files.readTensor(name)).length, name).toBeGreaterThan(0);
	if (folder !== given) await readTextProcessor(folder);
}

test("safetensors", async () => {
	const names = ["small", "peft-tiny/adapter_model", "goldens/odd/final/adapter_model"];
	const whole = names.map((name) => fixtureBytes(`${name}.safetensors`));
	const counts = await fuzz(
		(random) => {
			const input = changedSafetensors(random, random.oneOf(whole));
			return { input, size: input.length };
		},
		async (bytes) => {
			const file = await openSafetensors(bytesSource(bytes), "m.safetensors");
			for (const [name, { dtype, shape }] of file.tensors) {
				const read = await file.readTensor(name);
				if (FLOAT_DTYPES.includes(dtype))
					expect(decodeToFloat32(read, dtype).length).toBe(shape.reduce((product, size) => product * size, 1));
			}
		},
	);
	expect(counts.refused).toBeGreaterThan(0);
});

test("config.json", () =>
	fuzz((random) => {
		const files = { ...random.oneOf(FAMILY_FILES) };
		files["config.json"] = text.encode(changedJson(random, parsed(files["config.json"])));
		return { input: files, size: sizeOf(files) };
	}, readWhole));

test("model.safetensors.index.json and the weights", () =>
	fuzz((random) => {
		const { "config.json": config, "model.safetensors": weights } = random.oneOf(FAMILY_FILES);
		const shard = "model-00001-of-00001.safetensors";
		const end = 8 + Number(new DataView(weights.buffer).getBigUint64(0, true));
		const { __metadata__, ...tensors } = parsed(weights.subarray(8, end));
		const weight_map = Object.fromEntries(Object.keys(tensors).map((name) => [name, shard]));
		if (random.chance(0.3)) weight_map[random.oneOf(Object.keys(tensors))] = random.oneOf(PLACES);
		const index = { metadata: { total_size: 1 }, weight_map };
		const files: Files = {
			"config.json": config,
			[shard]: random.chance(0.5) ? changedSafetensors(random, weights) : weights,
			"model.safetensors.index.json": text.encode(
				random.chance(0.5) ? changedJson(random, index) : JSON.stringify(index),
			),
		};
		return { input: files, size: sizeOf(files) };
	}, readWhole));
const PLACES = [
	...["../model-00001-of-00001.safetensors", "/etc/passwd", "config.json", "__proto__", "constructor", ""],
	...["http://127.0.0.1:1/x", "a/../config.json"],
];

test("GGUF", async () => {
	const names = ["gemma3", "gpt2", "mistral", "olmo2", "phi3", "qwen2", "qwen3"];
	const whole = names.map((name) => fixtureBytes(`gguf-${name}.gguf`));
	await fuzz((random) => {
		const given = random.oneOf(whole);
		const bytes = changedBytes(random, given, random.chance(0.5) ? 4000 : Math.floor(given.length * 0.6));
		return { input: { "m.gguf": bytes }, size: bytes.length };
	}, readWhole);
});

test("counts and nesting are bounded before anything is allocated", async () => {
	const files = filesOf("phi3-longrope");
	const config = parsed(files["config.json"]);
	const opened = (changes: object) =>
		errorOf(() =>
			openModelFiles(memoryFolder("m", { ...files, "config.json": JSON.stringify({ ...config, ...changes }) }), "m"),
		);
	expect((await opened({ num_hidden_layers: 1e9 })).message).toContain("at most 4096 are supported");
	const deep = JSON.parse(`${"[".repeat(300)}${"]".repeat(300)}`);
	expect((await opened({ unknown: deep })).message).toContain("nested more than 200 levels deep");
});
