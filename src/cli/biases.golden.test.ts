// Whole runs with the base's biases trained beside LoRA against PyTorch and PEFT in float64 (fixtures/make_bias_goldens.py).
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { readTensors, relativeError, tabtune } from "./test-cli.ts";
import { heldToPeft } from "./test-golden.ts";

describe.each(["biases-all", "biases-lora"])("%s", (name) => {
	const base = `fixtures/goldens/${name}`;
	const run = heldToPeft(name);

	test("PEFT's folder comes out as it went in", async () => {
		const copy = join(run().out, "copy");
		const from = `fixtures/goldens/${name}/final`;
		await ran("convert", "--model", base, "--adapter", from, "--to", "peft", "--output", copy);
		for (const file of ["adapter_model.safetensors", "adapter_config.json"])
			expect(await readFile(join(copy, file))).toEqual(await readFile(join(from, file)));
	});

	test("merged, it answers as base and adapter do", async () => {
		const merged = join(run().out, "merged");
		const adapter = ["--adapter", `fixtures/goldens/${name}/final`];
		await ran("merge", "--model", base, ...adapter, "--output-dir", merged, "--output-dtype", "float32");
		const [both, one] = [join(run().out, "both.safetensors"), join(run().out, "one.safetensors")];
		await ran("logits", "--model", base, ...adapter, "--input-ids", "5,9,31,7", "--output", both);
		await ran("logits", "--model", merged, "--input-ids", "5,9,31,7", "--output", one);
		const [expected, found] = await Promise.all([both, one].map(logitsOf));
		expect(relativeError(found, expected)).toBeLessThan(1e-4);
	});
});

async function ran(...args: string[]): Promise<void> {
	const { status, stderr } = await tabtune(args);
	if (status !== 0) throw new Error(stderr);
}

const logitsOf = async (path: string) => (await readTensors(path)).get("logits")?.values ?? new Float32Array();

test.each([
	["biases-lora", ["--bias", "lora_only", "--target-modules", "up_proj"], /the modules that LoRA changes have none/],
	["ends", ["--bias", "all"], /bias is "all", and this model has none/],
	["biases-all", ["--bias", "all", "--modules-to-save", "norm"], /bias is "all" and there are modules_to_save/],
])("%s with %j is told", async (name, options, message) => {
	const base = `fixtures/goldens/${name}`;
	const train = ["train", "--model", base, "--train-file", `${base}/train.jsonl`, "--output-dir", "never"];
	const { status, stderr } = await tabtune([...train, "--max-steps", "1", ...options]);
	expect(status).toBe(2);
	expect(stderr).toMatch(message);
});

test("llama.cpp, MLX and vLLM get no trained biases, and the reason is told", async () => {
	const base = "fixtures/goldens/biases-all";
	for (const program of ["gguf", "mlx", "vllm"]) {
		const convert = ["convert", "--model", base, "--adapter", `${base}/final`, "--to", program, "--output", "never"];
		const { status, stderr } = await tabtune(convert);
		expect(status).toBe(2);
		expect(stderr).toMatch(/trained biases cannot be written/);
	}
});
