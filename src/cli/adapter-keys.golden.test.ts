// Whole runs with keys of adapter_config.json that few adapters have, compared with PyTorch and PEFT in float64
// (fixtures/make_key_goldens.py).
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readTensors, relativeError, tabtune } from "./test-cli.ts";
import { convertsByteForByte, matchesPeft, mergesOrRefuses } from "./test-golden.ts";

describe.each([
	["lora-bias", /lora_bias of model\.layers\.0\.self_attn/],
	["lora-bias-alone", /lora_bias of model\.layers\.0\.mlp\.up_proj cannot be merged, because the base has no bias/],
	["parameters", null],
	["saved-kept-tied", null],
	["biases-saved", null],
	["biases-of-targets-saved", null],
])("%s", (name, reason) => {
	const run = matchesPeft(name);
	convertsByteForByte(run);
	mergesOrRefuses(run, name === "lora-bias" ? null : reason);
});

let work: string;
beforeAll(async () => {
	work = await mkdtemp(join(tmpdir(), "tabtune-keys-"));
});
afterAll(() => rm(work, { recursive: true, force: true }));

test("a merge with modules that are kept tied stays tied", async () => {
	const base = "fixtures/goldens/saved-kept-tied";
	const merged = join(work, "tied");
	await tabtune(["merge", "--model", base, "--adapter", `${base}/final`, "--output-dir", merged]);
	expect(JSON.parse(await readFile(join(merged, "config.json"), "utf8")).tie_word_embeddings).toBe(true);
	expect((await readTensors(join(merged, "model.safetensors"))).has("lm_head.weight")).toBe(false);
});

test("LoRA that PEFT ties on embedding and head has PEFT's logits, and is not trained", async () => {
	const base = "fixtures/goldens/tied-targets";
	const adapter = ["--model", base, "--adapter", `${base}/final`];
	const golden = await readTensors(`${base}/logits.safetensors`);
	const ids = (JSON.parse(await readFile(`${base}/train.jsonl`, "utf8")) as { input_ids: number[] }).input_ids.join();
	const output = join(work, "logits.safetensors");
	await tabtune(["logits", ...adapter, "--input-ids", ids, "--output", output]);
	const found = (await readTensors(output)).get("logits")?.values ?? new Float32Array();
	expect(relativeError(found, golden.get("tuned")?.values ?? [])).toBeLessThan(1e-5);
	const train = ["train", ...adapter, "--train-file", `${base}/train.jsonl`, "--output-dir", "never"];
	const { status, stderr } = await tabtune(train);
	expect(status).toBe(2);
	expect(stderr).toMatch(/LoRA on a tied embedding and head with ensure_weight_tying cannot be trained yet/);
});

/** The words that refuse the adapter of a case with other keys in its configuration. */
async function refusal(name: string, keys: object): Promise<string> {
	const folder = join(work, "changed");
	await rm(folder, { recursive: true, force: true });
	await cp(`fixtures/goldens/${name}/final`, folder, { recursive: true });
	const path = join(folder, "adapter_config.json");
	await writeFile(path, JSON.stringify({ ...JSON.parse(await readFile(path, "utf8")), ...keys }));
	const logits = ["logits", "--model", `fixtures/goldens/${name}`, "--adapter", folder, "--input-ids", "5,6"];
	const { status, stderr } = await tabtune([...logits, "--output", join(work, "never.safetensors")]);
	expect(status).toBe(2);
	return stderr;
}

// Each of these is an error in PEFT, too, except LoRA on the parameter of an embedding.
test.each([
	["parameters", { lora_dropout: 0.1 }, /target_parameters and lora_dropout cannot be combined, as in PEFT/],
	["parameters", { use_dora: true }, /target_parameters and use_dora cannot be combined, as in PEFT/],
	["parameters", { target_parameters: ["q_proj.weight"] }, /q_proj is in target_parameters and in target_modules/],
	["parameters", { target_parameters: ["norm.weight"] }, /matches model\.norm\.weight, which is not a matrix/],
	[
		"parameters",
		{ target_parameters: ["embed_tokens.weight"] },
		/LoRA on the parameter model\.embed_tokens\.weight is/,
	],
	["lora-bias", { use_dora: true }, /lora_bias and use_dora cannot be combined, as in PEFT/],
])("%s with %j is refused", async (name, keys, words) => {
	expect(await refusal(name, keys)).toMatch(words);
});

test("exports for llama.cpp, MLX and vLLM reject lora_bias by its name", async () => {
	const base = "fixtures/goldens/lora-bias";
	for (const program of ["gguf", "mlx", "vllm"]) {
		const convert = ["convert", "--model", base, "--adapter", `${base}/final`, "--to", program, "--output", "never"];
		const { status, stderr } = await tabtune(convert);
		expect(status).toBe(2);
		expect(stderr).toMatch(/an adapter with lora_bias cannot be written/);
	}
});
