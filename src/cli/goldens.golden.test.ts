// Whole runs of the command against PyTorch and PEFT in float64 (fixtures/make_goldens.py): 30 steps with accumulation,
// partial windows, clipping and warm-up over models of odd sizes.
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readTensors, relativeError, tabtune } from "./test-cli.ts";

interface Step {
	step: number;
	loss: number;
	grad_norm: number;
	learning_rate: number;
	num_tokens: number;
}
interface Evaluation {
	step: number;
	eval_loss: number;
	eval_tokens: number;
}

describe.each(["odd", "tied-bf16-llama3", "bias-rank1", "full-rank-long", "turns-epochs"])("%s", (name) => {
	const folder = `fixtures/goldens/${name}`;
	let out = "";
	let expected: { metrics: Step[]; evaluations: Evaluation[] };
	let lines: (Step & Evaluation)[] = [];
	beforeAll(async () => {
		out = await mkdtemp(join(tmpdir(), "tabtune-golden-"));
		expected = JSON.parse(await readFile(`${folder}/expected.json`, "utf8"));
		const evaluation = expected.evaluations.length > 0 ? ["--eval-file", `${folder}/eval.jsonl`] : [];
		const run = await tabtune([
			"train",
			"--model",
			folder,
			"--adapter",
			`${folder}/init`,
			"--config",
			`${folder}/run.json`,
			"--train-file",
			`${folder}/train.jsonl`,
			...evaluation,
			"--output-dir",
			out,
			"--quiet",
		]);
		expect(run.stderr).not.toMatch(/^error:/m);
		expect(run.status).toBe(0);
		expect(JSON.parse(run.stdout).steps).toBe(30);
		lines = (await readFile(join(out, "metrics.jsonl"), "utf8"))
			.trim()
			.split("\n")
			.map((line) => JSON.parse(line));
	});
	afterAll(() => rm(out, { recursive: true, force: true }));

	test("losses within 1e-5, gradient norms within 1e-4, the same learning rates and tokens", () => {
		const steps = lines.filter((line) => line.loss !== undefined);
		expect(steps.length).toBe(30);
		const worst = { loss: 0, grad_norm: 0 };
		steps.forEach((line, i) => {
			const golden = expected.metrics[i];
			expect(line.step).toBe(golden.step);
			expect(line.num_tokens).toBe(golden.num_tokens);
			expect(Math.abs(line.learning_rate - golden.learning_rate)).toBeLessThanOrEqual(1e-12);
			worst.loss = Math.max(worst.loss, Math.abs(line.loss / golden.loss - 1));
			worst.grad_norm = Math.max(worst.grad_norm, Math.abs(line.grad_norm / golden.grad_norm - 1));
		});
		console.log(
			`${name}: loss within ${worst.loss.toExponential(1)}, gradient norm within ${worst.grad_norm.toExponential(1)}`,
		);
		expect(worst.loss).toBeLessThan(1e-5);
		expect(worst.grad_norm).toBeLessThan(1e-4);
	});

	test("held-out losses at step 0, every eval_steps and at the end", () => {
		const evaluations = lines.filter((line) => line.eval_loss !== undefined);
		expect(evaluations.map(({ step, eval_tokens }) => [step, eval_tokens])).toEqual(
			expected.evaluations.map(({ step, eval_tokens }) => [step, eval_tokens]),
		);
		evaluations.forEach((line, i) => {
			expect(Math.abs(line.eval_loss / expected.evaluations[i].eval_loss - 1)).toBeLessThan(1e-5);
		});
	});

	test("the trained tensors within 1e-3 of the size of their update", async () => {
		const [init, final, ours] = await Promise.all(
			[`${folder}/init`, `${folder}/final`, out].map((path) => readTensors(join(path, "adapter_model.safetensors"))),
		);
		expect([...ours.keys()].sort()).toEqual([...final.keys()].sort());
		let worst = 0;
		for (const [key, { values }] of final) {
			const update = values.map((value, i) => value - (init.get(key)?.values[i] ?? Number.NaN));
			const mine = (ours.get(key)?.values ?? new Float32Array()).map(
				(value, i) => value - (init.get(key)?.values[i] ?? Number.NaN),
			);
			worst = Math.max(worst, relativeError(mine, update));
		}
		console.log(`${name}: tensors within ${worst.toExponential(1)} of their update`);
		expect(worst).toBeLessThan(1e-3);
	});

	test("logits of the base and of PEFT's adapter within 1e-4 of the largest; strength 0 is the base bit for bit", async () => {
		const golden = await readTensors(`${folder}/logits.safetensors`);
		const ids = (
			JSON.parse((await readFile(`${folder}/train.jsonl`, "utf8")).split("\n")[1]) as { input_ids: number[] }
		).input_ids
			.slice(0, 60)
			.join();
		const logits = async (extra: string[]) => {
			const file = join(out, `logits-${extra.length}.safetensors`);
			const run = await tabtune(["logits", "--model", folder, "--input-ids", ids, "--output", file, ...extra]);
			expect(run.stderr).not.toMatch(/^error:/m);
			expect(run.status).toBe(0);
			return (await readTensors(file)).get("logits")?.values ?? new Float32Array();
		};
		const base = await logits([]);
		const tuned = await logits(["--adapter", `${folder}/final`]);
		const off = await logits(["--adapter", `${folder}/final`, "--adapter-strength", "0"]);
		const errors = {
			base: relativeError(base, golden.get("base")?.values ?? []),
			tuned: relativeError(tuned, golden.get("tuned")?.values ?? []),
		};
		console.log(
			`${name}: logits of the base within ${errors.base.toExponential(1)}, tuned ${errors.tuned.toExponential(1)}`,
		);
		expect(errors.base).toBeLessThan(1e-4);
		expect(errors.tuned).toBeLessThan(1e-4);
		expect(Buffer.from(off.buffer).equals(Buffer.from(base.buffer))).toBe(true);
		expect(relativeError(tuned, base)).toBeGreaterThan(1e-3); // the adapter does something
	});
});
