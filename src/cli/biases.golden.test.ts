// Whole runs with the base's biases trained together with LoRA, compared with PyTorch and PEFT in float64 (fixtures/make_bias_goldens.py).
import { describe, expect, test } from "vitest";
import { tabtune } from "./test-cli.ts";
import { convertsByteForByte, matchesPeft, mergesOrRefuses } from "./test-golden.ts";

describe.each(["biases-all", "biases-lora"])("%s", (name) => {
	const run = matchesPeft(name);
	convertsByteForByte(run);
	mergesOrRefuses(run);
});

test.each([
	["biases-lora", ["--bias", "lora_only", "--target-modules", "up_proj"], /the modules adapted by LoRA have no biases/],
	["ends", ["--bias", "all"], /bias is "all", and this model has no biases/],
])("%s with %j is reported", async (name, options, message) => {
	const base = `fixtures/goldens/${name}`;
	const train = ["train", "--model", base, "--train-file", `${base}/train.jsonl`, "--output-dir", "never"];
	const { status, stderr } = await tabtune([...train, "--max-steps", "1", ...options]);
	expect(status).toBe(2);
	expect(stderr).toMatch(message);
});

test("exports for llama.cpp, MLX and vLLM reject trained biases with the reason", async () => {
	const base = "fixtures/goldens/biases-all";
	for (const program of ["gguf", "mlx", "vllm"]) {
		const convert = ["convert", "--model", base, "--adapter", `${base}/final`, "--to", program, "--output", "never"];
		const { status, stderr } = await tabtune(convert);
		expect(status).toBe(2);
		expect(stderr).toMatch(/trained biases cannot be written/);
	}
});
