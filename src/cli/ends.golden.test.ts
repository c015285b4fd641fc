// Whole runs with LoRA on the embedding and on the head against PyTorch and PEFT in float64 (fixtures/make_ends_goldens.py).
import { describe, expect, test } from "vitest";
import { readTensors, tabtune } from "./test-cli.ts";
import { convertsByteForByte, matchesPeft, mergesOrRefuses } from "./test-golden.ts";

describe.each(["ends", "ends-tied-bf16", "embedding-alone", "ends-dora"])("%s", (name) => {
	const run = matchesPeft(name);
	convertsByteForByte(run);
	mergesOrRefuses(run, null);
});

const BASE = "fixtures/goldens/ends";

test.each([
	[["--target-modules", "embed_tokens", "--loraplus-lr-ratio", "4"], /loraplus_lr_ratio cannot be combined with/],
	[
		["--target-modules", "embed_tokens", "--r", "27"],
		/rank 27 does not fit model.embed_tokens, a table of 67 rows of 26/,
	],
	[["--target-modules", "lm_head,q_proj", "--modules-to-save", "lm_head"], /lm_head is in modules_to_save and in/],
])("%j is reported", async (options, message) => {
	const train = ["train", "--model", BASE, "--train-file", `${BASE}/train.jsonl`, "--output-dir", "never"];
	const { status, stderr } = await tabtune([...train, "--max-steps", "1", ...options]);
	expect(status).toBe(2);
	expect(stderr).toMatch(message);
});

test.each([
	["gguf", "ends-tied-bf16", /LoRA on model.embed_tokens, which the base ties to another matrix/], // untied ends are written
	["vllm", "ends", /LoRA on embedding or head cannot be written/],
])("%s rejects LoRA on the ends of %s, and says why", async (program, name, reason) => {
	const base = `fixtures/goldens/${name}`;
	const convert = ["convert", "--model", base, "--adapter", `${base}/final`, "--to", program, "--output", "never"];
	const { status, stderr } = await tabtune(convert);
	expect(status).toBe(2);
	expect(stderr).toMatch(reason);
	expect(stderr).toMatch(/merge it into the base instead/);
});

test("the merge study refuses LoRA outside the layers", async () => {
	const study = ["merge-study", "--model", BASE, "--adapter", `${BASE}/final`, "--data", `${BASE}/eval.jsonl`];
	const { status, stderr } = await tabtune([...study, "--output-dir", "never"]);
	expect(status).toBe(2);
	expect(stderr).toMatch(/the linear modules of the layers only|only LoRA and DoRA can be merged/);
});

test("the spectrum includes the updates of embedding and head, and DoRA's update without magnitudes", async () => {
	const spectrumOf = async (base: string) => {
		const { stdout } = await tabtune(["spectrum", "--model", base, "--adapter", `${base}/final`]);
		return (JSON.parse(stdout) as { modules: { path: string; in: number; r: number; singular_values: number[] }[] })
			.modules;
	};
	const ends = await spectrumOf(BASE);
	expect(ends.map(({ path }) => path)).toEqual(expect.arrayContaining(["model.embed_tokens", "lm_head"]));
	const { values: A, shape } = (await readTensors(`${BASE}/final/adapter_model.safetensors`)).get(
		"base_model.model.model.embed_tokens.lora_embedding_A",
	) ?? { values: new Float32Array(), shape: [] };
	const { values: B } = (await readTensors(`${BASE}/final/adapter_model.safetensors`)).get(
		"base_model.model.model.embed_tokens.lora_embedding_B",
	) ?? { values: new Float32Array() };
	// Frobenius norm of s · B · A, computed from the product.
	const [r, rows] = shape;
	let squares = 0;
	for (let id = 0; id < rows; id++)
		for (let out = 0; out < B.length / r; out++) {
			let sum = 0;
			for (let k = 0; k < r; k++) sum += B[out * r + k] * A[k * rows + id];
			squares += ((6 / 7) * sum) ** 2; // lora_alpha / r
		}
	const embedding = ends.find(({ path }) => path === "model.embed_tokens");
	expect(Math.hypot(...(embedding?.singular_values ?? []))).toBeCloseTo(Math.sqrt(squares), 4);
	expect((await spectrumOf("fixtures/goldens/dora")).length).toBeGreaterThan(0);
});
