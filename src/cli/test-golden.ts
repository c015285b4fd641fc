// Shared by the tests of whole runs: trains a case of fixtures/goldens with the command and compares the result with PyTorch's.
// fixtures/README.md describes the folders.
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type FloatTensor, readTensors, relativeError, tabtune } from "./test-cli.ts";

export interface Step {
	step: number;
	loss: number;
	grad_norm: number;
	learning_rate: number;
	num_tokens: number;
}

export interface Evaluation {
	step: number;
	eval_loss: number;
	eval_tokens: number;
}

export interface GoldenRun {
	readonly name: string;
	/** The folder of the case. */
	readonly folder: string;
	/** The folder that the command wrote. */
	readonly out: string;
	readonly expected: { readonly metrics: Step[]; readonly evaluations: Evaluation[] };
	readonly lines: (Step & Evaluation)[];
}

/** Runs the command, which must succeed. @returns its output */
async function done(args: readonly string[]): Promise<string> {
	const run = await tabtune(args);
	expect(run.stderr).not.toMatch(/^error:/m);
	expect(run.status).toBe(0);
	return run.stdout;
}

/** Runs a command, which must succeed, and returns the JSON object that it prints. */
export const resultOf = async (args: readonly string[]): Promise<Record<string, number>> =>
	JSON.parse(await done(args));

/** Trains a case. @param extra further arguments, usually the initial adapter: `--adapter FOLDER/init` */
export async function trainGolden(name: string, out: string, extra: readonly string[]): Promise<GoldenRun> {
	const folder = `fixtures/goldens/${name}`;
	const expected: GoldenRun["expected"] = JSON.parse(await readFile(`${folder}/expected.json`, "utf8"));
	const evaluation = expected.evaluations.length > 0 ? ["--eval-file", `${folder}/eval.jsonl`] : [];
	const paths = ["--model", folder, "--train-file", `${folder}/train.jsonl`, "--output-dir", out];
	const stdout = await done(["train", ...paths, ...evaluation, "--config", `${folder}/run.json`, "--quiet", ...extra]);
	expect(JSON.parse(stdout).steps).toBe(expected.metrics.length);
	const text = await readFile(join(out, "metrics.jsonl"), "utf8");
	const lines = text
		.trim()
		.split("\n")
		.map((line) => JSON.parse(line));
	return { name, folder, out, expected, lines };
}

/** Trains a case from its initial adapter before the tests of a `describe`. @returns the run, once they have begun */
export function trainsFromInit(name: string): () => GoldenRun {
	let run: GoldenRun;
	beforeAll(async () => {
		const out = await mkdtemp(join(tmpdir(), "tabtune-golden-"));
		run = await trainGolden(name, out, ["--adapter", `fixtures/goldens/${name}/init`]);
		expect(run.expected.metrics.length).toBe(30);
	});
	afterAll(() => rm(run.out, { recursive: true, force: true }));
	return () => run;
}

/** The logits that the command computes for a case. @param args input and adapter */
export async function logitsOf({ folder, out }: GoldenRun, args: readonly string[]) {
	const file = join(out, "logits.safetensors");
	const { status, stderr } = await tabtune(["logits", "--model", folder, "--output", file, ...args]);
	expect(stderr).not.toMatch(/^error:/m);
	expect(status).toBe(0);
	return { logits: (await readTensors(file)).get("logits")?.values ?? new Float32Array(), stderr };
}

/**
 * Declares the tests for every case that starts from a PEFT adapter. Call it in a separate `describe`.
 * @returns the run, once they have begun
 */
export function matchesPeft(name: string): () => GoldenRun {
	const run = trainsFromInit(name);
	test("losses within 1e-5, gradient norms within 1e-4, the same learning rates and tokens", () =>
		expectMetrics(run()));

	test("held-out losses at step 0, every eval_steps and at the end", () => expectEvaluations(run()));

	test("the trained tensors within 1e-3 of the size of their update", async () =>
		expectTensors(name, await goldenTensors(run())));

	test("logits of the base and of PEFT's adapter within 1e-4 of the largest; strength 0 is the base bit for bit", () =>
		expectLogits(run()));
	return run;
}

/** Losses within 1e-5, gradient norms within 1e-4, the same learning rates and tokens. */
export function expectMetrics({ name, expected, lines }: GoldenRun): void {
	const steps = lines.filter((line) => line.loss !== undefined);
	expect(steps.length).toBe(expected.metrics.length);
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
}

/** Held-out losses within 1e-5, at the expected steps and over the expected number of tokens. */
export function expectEvaluations({ expected, lines }: GoldenRun): void {
	const evaluations = lines.filter((line) => line.eval_loss !== undefined);
	expect(evaluations.map(({ step, eval_tokens }) => [step, eval_tokens])).toEqual(
		expected.evaluations.map(({ step, eval_tokens }) => [step, eval_tokens]),
	);
	evaluations.forEach((line, i) => {
		expect(Math.abs(line.eval_loss / expected.evaluations[i].eval_loss - 1)).toBeLessThan(1e-5);
	});
}

/** Trained tensors within 1e-3 of the size of their update. Each map: key → tensor. */
export function expectTensors(
	name: string,
	tensors: Readonly<Record<"init" | "final" | "ours", ReadonlyMap<string, FloatTensor>>>,
): void {
	const { init, final, ours } = tensors;
	// With LoRA on an embedding or the head, PEFT also saves the base's weights, and with `bias` further copies of the biases of
	// saved modules; we do not.
	const trained = [...final].filter(
		([key]) => !key.endsWith(".base_layer.weight") && !/\.(original_module|modules_to_save)\./.test(key),
	);
	expect([...ours.keys()].sort()).toEqual(trained.map(([key]) => key).sort());
	let worst = 0;
	for (const [key, { values }] of trained) {
		const update = (of: Float32Array) => of.map((value, i) => value - (init.get(key)?.values[i] ?? Number.NaN));
		worst = Math.max(worst, relativeError(update(ours.get(key)?.values ?? new Float32Array()), update(values)));
	}
	console.log(`${name}: tensors within ${worst.toExponential(1)} of their update`);
	expect(worst).toBeLessThan(1e-3);
}

/** The tensors of `init/`, `final/` and the command's output. */
export async function goldenTensors({ folder, out }: GoldenRun, file = "adapter_model.safetensors") {
	const [init, final, ours] = await Promise.all(
		[`${folder}/init`, `${folder}/final`, out].map((path) => readTensors(join(path, file))),
	);
	return { init, final, ours };
}

/**
 * Logits of the base and of the golden's adapter within 1e-4 of the largest; strength 0 is the base bit for bit.
 * @param tuned arguments that select the golden's adapter
 */
export async function expectLogits(
	run: GoldenRun,
	tuned: readonly string[] = ["--adapter", `${run.folder}/final`],
): Promise<void> {
	const { name, folder } = run;
	const golden = await readTensors(`${folder}/logits.safetensors`);
	const rows = (await readFile(`${folder}/train.jsonl`, "utf8")).split("\n");
	const { input_ids, prompt_ids, chosen_ids, completion_ids } = JSON.parse(rows[1]) as Record<string, number[]>;
	const ids = (input_ids ?? [...prompt_ids, ...(chosen_ids ?? completion_ids)]).slice(0, 60).join();
	const logits = async (extra: readonly string[]) => (await logitsOf(run, ["--input-ids", ids, ...extra])).logits;
	const found = { base: await logits([]), tuned: await logits(tuned) };
	const off = await logits([...tuned, "--adapter-strength", "0"]);
	const errors = {
		base: relativeError(found.base, golden.get("base")?.values ?? []),
		tuned: relativeError(found.tuned, golden.get("tuned")?.values ?? []),
	};
	console.log(
		`${name}: logits of the base within ${errors.base.toExponential(1)}, tuned ${errors.tuned.toExponential(1)}`,
	);
	expect(errors.base).toBeLessThan(1e-4);
	expect(errors.tuned).toBeLessThan(1e-4);
	expect(Buffer.from(off.buffer).equals(Buffer.from(found.base.buffer))).toBe(true);
	expect(relativeError(found.tuned, found.base)).toBeGreaterThan(1e-3); // the adapter does something
}

/** PEFT's folder of a case is converted byte for byte. */
export function convertsByteForByte(run: () => GoldenRun): void {
	test("PEFT's folder is converted byte for byte", async () => {
		const { folder, out } = run();
		const copy = join(out, "copy");
		await done(["convert", "--model", folder, "--adapter", `${folder}/final`, "--to", "peft", "--output", copy]);
		for (const file of ["adapter_model.safetensors", "adapter_config.json"])
			expect(await readFile(join(copy, file))).toEqual(await readFile(join(folder, "final", file)));
	});
}

/** The merged model of a case answers as base and adapter do; if a reason is given, merging is rejected with it. */
export function mergesOrRefuses(run: () => GoldenRun, reason: RegExp | null = null): void {
	test(reason === null ? "merged, it answers as base and adapter do" : "merging fails with a reason", async () => {
		const { folder, out } = run();
		const [merged, both, one] = ["merged", "both.safetensors", "one.safetensors"].map((name) => join(out, name));
		const adapter = ["--adapter", `${folder}/final`];
		const merge = ["merge", "--model", folder, ...adapter, "--output-dir", merged, "--output-dtype", "float32"];
		if (reason !== null) {
			const { status, stderr } = await tabtune(merge);
			expect(status).toBe(2);
			expect(stderr).toMatch(reason);
			return;
		}
		await done(merge);
		const logits = async (file: string, ...of: string[]) => {
			await done(["logits", ...of, "--input-ids", "5,9,31,7", "--output", file]);
			return (await readTensors(file)).get("logits")?.values ?? new Float32Array();
		};
		const expected = await logits(both, "--model", folder, ...adapter);
		expect(relativeError(await logits(one, "--model", merged), expected)).toBeLessThan(1e-4);
	});
}
