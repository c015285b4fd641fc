// Whole runs of model families beside Llama against PyTorch and PEFT in float64 (fixtures/make_family_goldens.py).
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
	expectEvaluations,
	expectLogits,
	expectMetrics,
	expectTensors,
	type GoldenRun,
	goldenTensors,
	trainGolden,
} from "./test-golden.ts";

describe.each(["qwen2", "mistral", "qwen3"])("%s", (name) => {
	let out = "";
	let run: GoldenRun;
	beforeAll(async () => {
		out = await mkdtemp(join(tmpdir(), "tabtune-family-"));
		run = await trainGolden(name, out, ["--adapter", `fixtures/goldens/${name}/init`]);
		expect(run.expected.metrics.length).toBe(30);
	});
	afterAll(() => rm(out, { recursive: true, force: true }));

	test("losses within 1e-5, gradient norms within 1e-4, the same learning rates and tokens", () => expectMetrics(run));

	test("held-out losses at step 0, every eval_steps and at the end", () => expectEvaluations(run));

	test("the trained tensors within 1e-3 of the size of their update", async () =>
		expectTensors(name, await goldenTensors(run)));

	test("logits of the base and of PEFT's adapter within 1e-4 of the largest; strength 0 is the base bit for bit", () =>
		expectLogits(run));
});
