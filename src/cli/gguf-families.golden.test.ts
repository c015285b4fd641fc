// Models in GGUF files of Mistral, Gemma 3, Phi-3 and GPT-2 give the same logits as the Hugging Face folders from which the files were
// made, and the same in quantised blocks as dequantised. goldens.golden.test.ts compares the folders with PyTorch.
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { familyInBlocks } from "../engine/adapters/test-gguf-families.ts";
import { GOLDENS_WITH_GGUF } from "../engine/models/test-families.ts";
import { readTensors, relativeError, tabtune } from "./test-cli.ts";

let dir = "";
beforeAll(async () => {
	dir = await mkdtemp(join(tmpdir(), "tabtune-families-"));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

/** Longer than the windows of Phi-3's and Gemma 3's goldens, 11 and 9. */
const IDS = Array.from({ length: 24 }, (_, i) => 3 + ((i * 29) % 70)).join(",");

async function logits(model: string, ...more: string[]): Promise<Float32Array> {
	const output = join(dir, "logits.safetensors");
	const { status, stderr } = await tabtune([
		"logits",
		"--model",
		model,
		"--input-ids",
		IDS,
		"--output",
		output,
		...more,
	]);
	expect(stderr).not.toMatch(/^error:/m);
	expect(status).toBe(0);
	return (await readTensors(output)).get("logits")?.values ?? new Float32Array();
}

/** The golden. Gemma 3's has the attention scale of a GGUF file, which can only be that of head_dim. */
async function folderOf(name: string): Promise<string> {
	const [golden, folder] = [`fixtures/goldens/${name}`, join(dir, name)];
	await mkdir(folder);
	await copyFile(join(golden, "model.safetensors"), join(folder, "model.safetensors"));
	const config = JSON.parse(await readFile(join(golden, "config.json"), "utf8"));
	if (name === "gemma3") config.query_pre_attn_scalar = config.head_dim;
	await writeFile(join(folder, "config.json"), JSON.stringify(config));
	return folder;
}

test.each(GOLDENS_WITH_GGUF)("%s: logits of the file within 1e-5 of its folder's", async (name) => {
	const [file, folder] = [await logits(`fixtures/gguf-${name}.gguf`), await logits(await folderOf(name))];
	const error = relativeError(file, folder);
	console.log(`${name}: GGUF against folder ${error.toExponential(1)} of the largest logit`);
	expect(error).toBeLessThan(1e-5);
	expect(Math.max(...folder)).toBeGreaterThan(0.01);
});

test.each(["gemma3", "phi3", "gpt2"])("%s: in the file's Q8_0 blocks within 1e-5 of dequantised", async (name) => {
	const path = join(dir, `${name}.gguf`);
	await writeFile(path, (await familyInBlocks(name)).bytes);
	const error = relativeError(await logits(path), await logits(path, "--dtype", "float32"));
	console.log(`${name}: blocks against float32 ${error.toExponential(1)} of the largest logit`);
	expect(error).toBeLessThan(1e-5);
});

test.each(["gemma3", "phi3", "gpt2"])(
	"%s: merged with an adapter it is the folder that its folder gives",
	async (name) => {
		const merged = async (model: string, to: string) => {
			const paths = ["--model", model, "--adapter", `fixtures/goldens/${name}/final`, "--output-dir", join(dir, to)];
			const { status } = await tabtune(["merge", ...paths, "--output-dtype", "float32"]);
			expect(status).toBe(0);
			return readTensors(join(dir, to, "model.safetensors"));
		};
		const file = await merged(`fixtures/gguf-${name}.gguf`, `${name}-of-file`);
		const folder = await merged(`fixtures/goldens/${name}`, `${name}-of-folder`);
		expect([...file.keys()].sort()).toEqual([...folder.keys()].sort());
		for (const [tensor, { shape, values }] of folder) {
			expect(file.get(tensor)?.shape, tensor).toEqual(shape);
			// A norm stored as 1 + w has lost the digits of w below the precision of 1.
			const error = values.map((value, i) => Math.abs(value - (file.get(tensor)?.values[i] ?? Number.NaN)));
			expect(
				error.every((difference) => difference <= (name === "gemma3" ? 2 ** -23 : 0)),
				tensor,
			).toBe(true);
		}
	},
);

test.each(["gemma3", "phi3", "gpt2"])("%s: merged GGUF and LoRA GGUF give the adapter's logits", async (name) => {
	const [model, adapter] = [`fixtures/gguf-${name}.gguf`, `fixtures/goldens/${name}/final`];
	const write = async (...command: string[]) => {
		const { status, stderr } = await tabtune([...command, "--model", model, "--adapter", adapter, "--to", "gguf"]);
		expect([status, stderr]).toEqual([0, expect.not.stringMatching(/^error:/m)]);
	};
	const [merged, lora] = [join(dir, `${name}-merged.gguf`), join(dir, `${name}-lora.gguf`)];
	await write("merge", "--dtype", "float32", "--output", merged);
	await write("convert", "--output", lora);
	const expected = await logits(model, "--adapter", adapter);
	for (const found of [await logits(merged), await logits(model, "--adapter", lora)])
		expect(relativeError(found, expected)).toBeLessThan(1e-5);
});
