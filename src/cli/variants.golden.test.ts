// Whole runs of LoRA's variants (DoRA, PiSSA, LoRA+) compared with PyTorch and PEFT in float64
// (fixtures/make_variant_goldens.py), over 30 steps, and the exported files.
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { product, readTensors, relativeError, tabtune } from "./test-cli.ts";
import {
	expectEvaluations,
	expectLogits,
	expectMetrics,
	expectTensors,
	type GoldenRun,
	goldenTensors,
	trainGolden,
} from "./test-golden.ts";

async function ran(...args: string[]): Promise<void> {
	const run = await tabtune(args);
	expect(run.stderr).not.toMatch(/^error:/m);
	expect(run.status).toBe(0);
}

const logitsOf = async (path: string) => (await readTensors(path)).get("logits")?.values ?? new Float32Array();

describe.each(["dora", "dora-bf16-tied", "loraplus", "pissa"])("%s", (name) => {
	const folder = `fixtures/goldens/${name}`;
	const pissa = name === "pissa";
	const start = pissa ? [] : ["--adapter", `${folder}/init`];
	let out = "";
	let run: GoldenRun;
	beforeAll(async () => {
		out = await mkdtemp(join(tmpdir(), "tabtune-variant-"));
		run = await trainGolden(name, out, [...start, "--save-steps", "13", "--save-total-limit", "9"]);
		expect(run.expected.metrics.length).toBe(30);
	});
	afterAll(() => rm(out, { recursive: true, force: true }));

	test("losses within 1e-5, gradient norms within 1e-4, the same learning rates and tokens", () => expectMetrics(run));

	test("held-out losses at step 0, every eval_steps and at the end", () => expectEvaluations(run));

	if (!pissa)
		test("the trained tensors within 1e-3 of the size of their update", async () =>
			expectTensors(name, await goldenTensors(run)));

	if (pissa)
		test("the update of each matrix, s · (B · A − B0 · A0), within 1e-3 of its size", async () => {
			const { final, ours } = await goldenTensors(run);
			expect([...ours.keys()].sort()).toEqual([...final.keys()].sort());
			let worst = 0;
			for (const [key, A] of final) {
				if (!key.includes("lora_A")) continue;
				const pair = key.replace("lora_A", "lora_B");
				const [expected, found] = [product(final.get(pair), A), product(ours.get(pair), ours.get(key))];
				worst = Math.max(worst, relativeError(found, expected));
			}
			console.log(`pissa: products within ${worst.toExponential(1)}`);
			expect(worst).toBeLessThan(1e-3);
		});

	test("the exported configuration is PEFT's", async () => {
		const [ours, theirs] = await Promise.all(
			[out, `${folder}/final`].map(async (path) =>
				JSON.parse(await readFile(join(path, "adapter_config.json"), "utf8")),
			),
		);
		for (const key of [
			"r",
			"lora_alpha",
			"use_dora",
			"use_rslora",
			"rank_pattern",
			"alpha_pattern",
			"init_lora_weights",
		])
			expect([key, ours[key]]).toEqual([key, theirs[key]]);
	});

	test("logits of the base and of PEFT's adapter within 1e-4 of the largest; strength 0 is the base bit for bit", () =>
		expectLogits(run));

	test("PEFT's folder is converted byte for byte", async () => {
		const copy = join(out, "copy");
		await ran("convert", "--model", folder, "--adapter", `${folder}/final`, "--to", "peft", "--output", copy);
		for (const file of ["adapter_model.safetensors", "adapter_config.json"])
			expect(await readFile(join(copy, file))).toEqual(await readFile(join(`${folder}/final`, file)));
	});

	test("the logits of the merged model are within 1e-4", async () => {
		const merged = join(out, "merged");
		const ids = ["--input-ids", "3,9,14,4,8,27"];
		await ran("merge", "--model", folder, "--adapter", out, "--output-dir", merged, "--dtype", "float32");
		await ran("logits", "--model", folder, "--adapter", out, ...ids, "--output", join(out, "beside.safetensors"));
		await ran("logits", "--model", merged, ...ids, "--output", join(out, "merged.safetensors"));
		const [beside, found] = await Promise.all(
			["beside", "merged"].map((file) => logitsOf(join(out, `${file}.safetensors`))),
		);
		expect(relativeError(found, beside)).toBeLessThan(1e-4);
	});

	test("a run resumed from a checkpoint ends with the same bytes", async () => {
		const again = join(out, "again");
		const args = ["--train-file", `${folder}/train.jsonl`, "--config", `${folder}/run.json`, "--output-dir", again];
		await ran("train", "--model", folder, ...args, ...start, "--resume-from-checkpoint", join(out, "checkpoint-13"));
		const file = "adapter_model.safetensors";
		expect(await readFile(join(again, file))).toEqual(await readFile(join(out, file)));
	});
});
