// Early stopping and the best checkpoint of the command against transformers' (fixtures/make_best_goldens.py): losses, the best
// step, the end and both adapters; what is pruned, what a resumed run keeps, and what is refused.
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readTensors, relativeError, tabtune } from "./test-cli.ts";
import { type Evaluation, expectMetrics, type GoldenRun, type Step } from "./test-golden.ts";

const BASE = "fixtures/goldens/odd";
const GOLDEN = "fixtures/goldens/best";
const FILES = ["--model", BASE, "--train-file", `${BASE}/train.jsonl`];
const HELD_OUT = ["--eval-file", `${BASE}/eval.jsonl`];
const FROM = ["--adapter", `${BASE}/init`];

let dir: string;
beforeAll(async () => {
	dir = await mkdtemp(join(tmpdir(), "tabtune-best-"));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

const train = (out: string, ...more: string[]) =>
	tabtune(["train", ...FILES, ...HELD_OUT, "--quiet", "--output-dir", out, ...more]);
const weights = (folder: string) => readFile(join(folder, "adapter_model.safetensors"));
const checkpoints = async (out: string) =>
	(await readdir(out))
		.filter((name) => name.startsWith("checkpoint-"))
		.sort((a, b) => a.localeCompare(b, "en", { numeric: true }));
const stateOf = async (folder: string) => JSON.parse(await readFile(join(folder, "trainer_state.json"), "utf8"));

describe("a run that stops early", () => {
	let out: string;
	let printed: Record<string, unknown>;
	let stderr: string;
	let expected: GoldenRun["expected"] & {
		state: { best_metric: number; best_global_step: number; global_step: number; counters: number[] };
	};
	beforeAll(async () => {
		out = join(dir, "stops");
		expected = JSON.parse(await readFile(`${GOLDEN}/expected.json`, "utf8"));
		const run = await train(out, ...FROM, "--config", `${GOLDEN}/run.json`);
		expect(run.stderr).not.toMatch(/^error:/m);
		stderr = run.stderr;
		printed = JSON.parse(run.stdout);
	});

	test("has transformers' losses, best step, end and counter", async () => {
		const lines = (await readFile(join(out, "metrics.jsonl"), "utf8")).trim().split("\n");
		const run = {
			name: "best",
			folder: GOLDEN,
			out,
			expected,
			lines: lines.map((line) => JSON.parse(line) as Step & Evaluation),
		};
		expectMetrics(run);
		const evaluations = run.lines.filter(({ eval_loss }) => eval_loss !== undefined);
		expect(evaluations.map(({ step }) => step)).toEqual(expected.evaluations.map(({ step }) => step));
		for (const [i, { eval_loss }] of evaluations.entries())
			expect(Math.abs(eval_loss / expected.evaluations[i].eval_loss - 1)).toBeLessThan(1e-5);
		const { best_metric, best_global_step, global_step, counters } = expected.state;
		expect(printed).toMatchObject({ state: "finished", stopped_early: true, steps: global_step, best_global_step });
		expect(Math.abs(Number(printed.best_metric) / best_metric - 1)).toBeLessThan(1e-5);
		expect(await stateOf(join(out, `checkpoint-${global_step}`))).toMatchObject({
			best_global_step,
			best_metric: printed.best_metric,
			best_model_checkpoint: printed.best_model_checkpoint,
			early_stopping: { early_stopping_patience_counter: counters.at(-1), evaluated_step: global_step },
		});
		expect(stderr).toContain(`stopped early at step ${global_step} of 40`);
	});

	test("ends with the best weights; best and last are checkpoints, and no other is left", async () => {
		const { best_global_step, global_step } = expected.state;
		expect(await checkpoints(out)).toEqual([`checkpoint-${best_global_step}`, `checkpoint-${global_step}`]);
		expect((await weights(out)).equals(await weights(join(out, `checkpoint-${best_global_step}`)))).toBe(true);
		const init = await readTensors(`${BASE}/init/adapter_model.safetensors`);
		for (const [ours, golden] of [
			[out, "best"],
			[join(out, `checkpoint-${global_step}`), "last"],
		]) {
			const [found, exact] = await Promise.all(
				[ours, `${GOLDEN}/${golden}`].map((folder) => readTensors(join(folder, "adapter_model.safetensors"))),
			);
			expect([...found.keys()].sort()).toEqual([...exact.keys()].sort());
			for (const [key, { values }] of exact) {
				const update = (of: Float32Array) => of.map((value, i) => value - (init.get(key)?.values[i] ?? Number.NaN));
				expect(relativeError(update(found.get(key)?.values ?? new Float32Array()), update(values))).toBeLessThan(1e-3);
			}
		}
	});

	test("resumed from an earlier checkpoint, it has the same best step, end and bytes", async () => {
		const { best_global_step, global_step } = expected.state;
		const again = join(dir, "again");
		await cp(out, again, { recursive: true });
		// As killed after the best step: only its checkpoint is there.
		await rm(join(again, `checkpoint-${global_step}`), { recursive: true });
		await rm(join(again, "adapter_model.safetensors"));
		const run = await train(again, "--resume-from-checkpoint", "latest");
		expect(run.stderr).not.toMatch(/^error:/m);
		expect(JSON.parse(run.stdout)).toMatchObject({
			steps: global_step,
			best_global_step,
			best_metric: printed.best_metric,
			stopped_early: true,
		});
		expect((await weights(again)).equals(await weights(out))).toBe(true);
		const last = `checkpoint-${global_step}/optimizer.safetensors`;
		expect((await readFile(join(again, last))).equals(await readFile(join(out, last)))).toBe(true);
	});
});

const SHORT = [
	"--r",
	"2",
	"--gradient-accumulation-steps",
	"1",
	"--per-device-train-batch-size",
	"4",
	"--eval-steps",
	"1",
];

describe("checkpoints of a run with a best one", () => {
	/** With a rate that is soon too high: the best step is an early one. */
	const early = [
		...FROM,
		...["--learning-rate", "0.05", "--max-steps", "8", "--eval-steps", "1", "--gradient-accumulation-steps", "1"],
		...["--save-steps", "1", "--load-best-model-at-end"],
	];

	test("a run killed after the best step resumes bit for bit", async () => {
		const whole = join(dir, "whole");
		const { best_global_step } = JSON.parse((await train(whole, ...early)).stdout);
		expect(best_global_step).toBeLessThan(6);
		expect(await checkpoints(whole)).toEqual(Array.from({ length: 8 }, (_, i) => `checkpoint-${i + 1}`));
		const killed = join(dir, "killed");
		await cp(whole, killed, { recursive: true });
		for (const step of [7, 8]) await rm(join(killed, `checkpoint-${step}`), { recursive: true });
		await rm(join(killed, "adapter_model.safetensors"));
		const resumed = await train(killed, "--resume-from-checkpoint", "latest");
		expect(JSON.parse(resumed.stdout).best_global_step).toBe(best_global_step);
		expect((await weights(killed)).equals(await weights(whole))).toBe(true);
		await rm(join(killed, `checkpoint-${best_global_step}`), { recursive: true });
		const without = await train(killed, "--resume-from-checkpoint", "latest");
		expect(without.stderr).toMatch(/the best checkpoint of the run, is missing or damaged/);
		expect(without.stderr).toMatch(/the run ends with those of its last step/);
	});

	test("save_total_limit never removes the best", async () => {
		const out = join(dir, "limited");
		const { best_global_step } = JSON.parse((await train(out, ...early, "--save-total-limit", "2")).stdout);
		expect(await checkpoints(out)).toEqual([`checkpoint-${best_global_step}`, "checkpoint-8"]);
	});

	test("without load_best_model_at_end the adapter has the last weights, and the best checkpoint is kept", async () => {
		const out = join(dir, "last");
		const settings = [
			...FROM,
			"--learning-rate",
			"0.05",
			"--max-steps",
			"4",
			"--eval-steps",
			"1",
			"--gradient-accumulation-steps",
			"1",
		];
		const run = await train(out, ...settings, "--metric-for-best-model", "loss");
		const { best_global_step, last_checkpoint } = JSON.parse(run.stdout);
		expect((await weights(out)).equals(await weights(last_checkpoint))).toBe(true);
		expect(await checkpoints(out)).toEqual([...new Set([`checkpoint-${best_global_step}`, "checkpoint-4"])]);
	});

	test("eval_strategy epoch evaluates after every pass over the rows", async () => {
		const out = join(dir, "epochs");
		// 13 rows in batches of 4 are four steps.
		const epochs = ["--eval-strategy", "epoch", "--save-strategy", "epoch", "--max-steps", "10"];
		await train(out, "--r", "2", "--per-device-train-batch-size", "4", "--gradient-accumulation-steps", "1", ...epochs);
		const lines = (await readFile(join(out, "metrics.jsonl"), "utf8"))
			.trim()
			.split("\n")
			.map((line) => JSON.parse(line));
		expect(lines.filter(({ eval_loss }) => eval_loss !== undefined).map(({ step }) => step)).toEqual([0, 4, 8, 10]);
		expect(await checkpoints(out)).toEqual(["checkpoint-4", "checkpoint-8", "checkpoint-10"]);
	});

	test.each([
		["prompt_tuning", ["--method", "prompt_tuning", "--num-virtual-tokens", "3"]],
		["bottleneck", ["--method", "bottleneck"]],
		["full", ["--method", "full"]],
		["modules_to_save", ["--r", "2", "--modules-to-save", '["lm_head"]']],
	])("%s ends with the weights of its best step", async (name, method) => {
		const out = join(dir, name);
		const steps = [
			"--max-steps",
			"5",
			"--eval-steps",
			"1",
			"--gradient-accumulation-steps",
			"1",
			"--learning-rate",
			"0.1",
		];
		const run = await train(out, ...method, ...steps, "--load-best-model-at-end", "--lr-scheduler-type", "constant");
		expect(run.stderr).not.toMatch(/^error:/m);
		const { best_global_step, best_metric } = JSON.parse(run.stdout);
		const adapter = name === "full" ? ["--model", out] : ["--model", BASE, "--adapter", out];
		const { stdout } = await tabtune(["evaluate", ...adapter, "--data", `${BASE}/eval.jsonl`]);
		expect(Math.abs(JSON.parse(stdout).loss / best_metric - 1)).toBeLessThan(1e-5);
		console.log(`${name}: best at step ${best_global_step} of 5`);
	});
});

test("preference pairs stop by the accuracy of their rewards", async () => {
	const pairs = "fixtures/goldens/pairs";
	const out = join(dir, "pairs");
	const held = ["--eval-file", `${pairs}/train.jsonl`, "--metric-for-best-model", "eval_rewards/accuracies"];
	const stop = ["--early-stopping-patience", "2", "--load-best-model-at-end", "--eval-steps", "1"];
	const run = await tabtune([
		"train",
		"--model",
		pairs,
		"--train-file",
		`${pairs}/train.jsonl`,
		...held,
		...stop,
		"--r",
		"2",
		"--max-steps",
		"12",
		"--gradient-accumulation-steps",
		"1",
		"--quiet",
		"--output-dir",
		out,
	]);
	expect(run.stderr).not.toMatch(/^error:/m);
	const { best_metric, best_global_step } = JSON.parse(run.stdout);
	const lines = (await readFile(join(out, "metrics.jsonl"), "utf8"))
		.trim()
		.split("\n")
		.map((line) => JSON.parse(line));
	const found = lines.filter((line) => line.step > 0 && line["eval_rewards/accuracies"] !== undefined);
	const most = Math.max(...found.map((line) => line["eval_rewards/accuracies"]));
	expect(best_metric).toBe(most);
	expect(best_global_step).toBe(found.find((line) => line["eval_rewards/accuracies"] === most).step);
});

test("what cannot be compared is refused by name", async () => {
	for (const [options, message] of [
		[["--early-stopping-patience", "2", "--eval-steps", "1"], /early_stopping_patience is set, but there is no metric/],
		[["--load-best-model-at-end"], /load_best_model_at_end is set, but nothing is evaluated during the run/],
		[["--load-best-model-at-end", "--eval-steps", "1", "--eval-strategy", "no"], /nothing is evaluated/],
		[["--load-best-model-at-end", "--eval-steps", "1", "--save-strategy", "no"], /save_strategy is no/],
		[
			["--metric-for-best-model", "bleu", "--eval-steps", "1"],
			/metric_for_best_model is "bleu", but it must be one of/,
		],
		[["--metric-for-best-model", "eval_rewards/margins", "--eval-steps", "1"], /metric of preference pairs/],
		[["--early-stopping-threshold", "0.1"], /without early_stopping_patience/],
		[["--score-metric", "regex", "--eval-steps", "1"], /regex without a pattern/],
	] as const) {
		const { status, stderr } = await train(join(dir, "refused"), ...SHORT.slice(0, 6), ...options);
		expect(stderr).toMatch(message);
		expect(status).toBe(2);
	}
	const alone = await tabtune([
		"train",
		...FILES,
		"--output-dir",
		join(dir, "refused"),
		"--load-best-model-at-end",
		"--eval-steps",
		"1",
	]);
	expect(alone.stderr).toMatch(/eval_loss needs held-out rows/);
	const race = await tabtune([
		"race",
		...FILES,
		...HELD_OUT,
		"--ranks",
		"1,2",
		"--output-dir",
		join(dir, "race"),
		"--load-best-model-at-end",
		"--eval-steps",
		"1",
	]);
	expect(race.stderr).toMatch(/load_best_model_at_end applies to a single run/);
	expect(race.status).toBe(2);
});

describe("a score during the run", () => {
	test("is that of the score command, for the base and the best weights", async () => {
		const held = join(dir, "held.jsonl");
		const rows = (await readFile("public/gallery/capitals.jsonl", "utf8")).trim().split("\n").slice(0, 4);
		await writeFile(held, rows.join("\n"));
		const out = join(dir, "scored");
		const capitals = String.raw`^[^a-z]+$`;
		const run = await tabtune([
			...["train", "--model", "demo", "--train-file", "public/gallery/capitals.jsonl", "--eval-file", held],
			...["--output-dir", out, "--quiet", "--max-steps", "12", "--learning-rate", "1e-2", "--eval-steps", "4"],
			...["--assistant-only-loss", "--load-best-model-at-end", "--metric-for-best-model", "score"],
			...["--score-metric", "regex", "--score-pattern", capitals, "--score-max-new-tokens", "12"],
		]);
		expect(run.stderr).not.toMatch(/^error:/m);
		const printed = JSON.parse(run.stdout);
		const lines = (await readFile(join(out, "metrics.jsonl"), "utf8")).trim().split("\n");
		const scores = lines.flatMap((line) => {
			const { step, eval_score } = JSON.parse(line);
			return eval_score === undefined ? [] : [{ step, eval_score }];
		});
		expect(scores.map(({ step }) => step)).toEqual([0, 4, 8, 12]);
		const best = scores.slice(1).reduce((first, next) => (next.eval_score > first.eval_score ? next : first));
		expect(printed).toMatchObject({ best_metric: best.eval_score, best_global_step: best.step });
		const args = ["--metric", "regex", "--pattern", capitals, "--max-new-tokens", "12", "--adapter", out];
		const { base, tuned } = JSON.parse((await tabtune(["score", "--model", "demo", "--data", held, ...args])).stdout);
		expect([base, tuned]).toEqual([scores[0].eval_score, best.eval_score]);
		expect(best.eval_score).toBeGreaterThan(scores[0].eval_score);
	});
});
