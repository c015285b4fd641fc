// Compares ten steps of LoRA on a real model, SmolLM2-135M-Instruct, with PyTorch and PEFT in float64 (fixtures/make_smollm2.py).
// With the blocks of a GGUF file only the first two steps run; the schedule changes the learning rate from the second update on,
// so they equal the first two of the ten. TABTUNE_SMOLLM2_STEPS=10 runs all of them.
// Its weights are not in this repository; without them the test is skipped with a message.
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { tabtune } from "./test-cli.ts";
import { SMOLLM2_FIXTURE as FIXTURE, SMOLLM2_GGUF as GGUF, smollm2Folders } from "./test-smollm2.ts";

if (!existsSync(GGUF)) console.log(`skipped: ${GGUF} is missing, the golden of SmolLM2 needs its weights`);

describe.skipIf(!existsSync(GGUF))("SmolLM2-135M", () => {
	test.each(["bfloat16", "float32"] as const)(
		"%s: losses within 1e-4 of PEFT's",
		{ timeout: 900_000 },
		async (dtype) => {
			const count = dtype === "float32" ? Number(process.env.TABTUNE_SMOLLM2_STEPS ?? 2) : 10;
			const dir = await mkdtemp(join(tmpdir(), "tabtune-smollm2-"));
			try {
				await smollm2Folders(dir, dtype);
				const run = await tabtune([
					"train",
					"--model",
					// The float32 case uses the blocks of the GGUF file, which are the same weights as in the Hugging Face folder.
					dtype === "float32" ? GGUF : join(dir, "model"),
					"--adapter",
					join(dir, "init"),
					"--config",
					`${FIXTURE}/run.json`,
					"--train-file",
					`${FIXTURE}/rows.jsonl`,
					"--output-dir",
					join(dir, "out"),
					"--quiet",
					"--max-steps",
					String(count),
				]);
				expect(run.stderr).not.toMatch(/^error:/m);
				expect(run.status).toBe(0);
				const steps = (await readFile(join(dir, "out", "metrics.jsonl"), "utf8"))
					.trim()
					.split("\n")
					.map((line) => JSON.parse(line));
				const { metrics } = JSON.parse(await readFile(`${FIXTURE}/expected-${dtype}.json`, "utf8"));
				expect(steps.map(({ num_tokens }) => num_tokens)).toEqual(
					metrics.slice(0, count).map(({ num_tokens }: { num_tokens: number }) => num_tokens),
				);
				const worst = (key: "loss" | "grad_norm") =>
					Math.max(...steps.map((step, i) => Math.abs(step[key] / metrics[i][key] - 1)));
				const { peak_gpu_bytes, elapsed } = JSON.parse(run.stdout);
				console.log(
					`SmolLM2 ${dtype}: loss within ${worst("loss").toExponential(1)}, gradient norm ${worst("grad_norm").toExponential(1)}; ${(elapsed / steps.length).toFixed(1)} s a step, ${(peak_gpu_bytes / 2 ** 20).toFixed(0)} MiB of GPU memory`,
				);
				expect(worst("loss")).toBeLessThan(1e-4);
				expect(worst("grad_norm")).toBeLessThan(1e-3);
			} finally {
				await rm(dir, { recursive: true, force: true });
			}
		},
	);
});
