// Reading and writing adapters with the command: byte-identical round trips, merging, resuming from a checkpoint and continuing an
// adapter.
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readTensors, relativeError, tabtune } from "./test-cli.ts";

const GOLDEN = "fixtures/goldens/odd";
let dir = "";
beforeAll(async () => {
	dir = await mkdtemp(join(tmpdir(), "tabtune-adapters-"));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

async function ok(...args: string[]): Promise<Record<string, unknown>> {
	const run = await tabtune(args);
	expect(run.stderr).not.toMatch(/^error:/m);
	expect(run.status).toBe(0);
	return JSON.parse(run.stdout);
}

async function logits(name: string, ...args: string[]): Promise<Float32Array> {
	const output = join(dir, `${name}.safetensors`);
	await ok("logits", "--input-ids", "5,9,17,33,64,100,3", "--output", output, ...args);
	return (await readTensors(output)).get("logits")?.values ?? new Float32Array();
}

test("PEFT's adapter is converted byte for byte", async () => {
	const output = join(dir, "again");
	await ok("convert", "--model", GOLDEN, "--adapter", `${GOLDEN}/final`, "--to", "peft", "--output", output);
	for (const file of ["adapter_model.safetensors", "adapter_config.json"]) {
		expect((await readFile(join(output, file))).equals(await readFile(join(GOLDEN, "final", file))), file).toBe(true);
	}
});

test("a merged model answers as base and adapter do", async () => {
	const tuned = await logits("tuned", "--model", GOLDEN, "--adapter", `${GOLDEN}/final`);
	for (const [dtype, tolerance] of [
		["float32", 1e-4],
		["bfloat16", 3e-2],
	] as const) {
		const merged = join(dir, `merged-${dtype}`);
		await ok("merge", "--model", GOLDEN, "--adapter", `${GOLDEN}/final`, "--output-dir", merged, "--dtype", dtype);
		expect(relativeError(await logits(dtype, "--model", merged), tuned)).toBeLessThan(tolerance);
	}
	const again = await tabtune([
		"merge",
		"--model",
		GOLDEN,
		"--adapter",
		`${GOLDEN}/final`,
		"--output-dir",
		join(dir, "merged-float32"),
	]);
	expect([again.status, again.stderr]).toEqual([2, expect.stringContaining("the folder already contains a model")]);
});

test("a merged GGUF file answers as base and adapter do", async () => {
	const rows = join(dir, "rows.jsonl");
	await writeFile(rows, '{"prompt": "Hello", "completion": "Ahoy"}\n');
	const adapter = join(dir, "demo-adapter");
	const trained = ["--train-file", rows, "--output-dir", adapter, "--max-steps", "2", "--learning-rate", "1e-2"];
	await ok("train", "--model", "demo", ...trained);
	const both = ["--model", "demo", "--adapter", adapter];
	const tuned = await logits("demo-tuned", ...both, "--dtype", "float32");
	for (const [dtype, tolerance] of [
		["float32", 1e-5],
		["float16", 1e-2],
		["q8_0", 5e-2],
	] as const) {
		const output = join(dir, `${dtype}.gguf`);
		const report = await ok("merge", ...both, "--to", "gguf", "--dtype", dtype, "--output", output);
		expect(report).toMatchObject({ dtype, bytes: (await readFile(output)).length });
		expect(relativeError(await logits(dtype, "--model", output), tuned)).toBeLessThan(tolerance);
	}
	const wrong = await tabtune(["merge", ...both, "--to", "onnx", "--output", join(dir, "x")]);
	expect([wrong.status, wrong.stderr]).toEqual([2, expect.stringContaining('--to is "onnx"')]);
});

test("evaluate weights rows by their tokens, also when shorter rows come before longer ones", async () => {
	const row = (tokens: number) => JSON.stringify({ input_ids: Array.from({ length: tokens }, (_, i) => 3 + 6 * i) });
	const measure = async (name: string, ...lengths: number[]) => {
		const file = join(dir, `${name}.jsonl`);
		await writeFile(file, lengths.map(row).join("\n"));
		return ok("evaluate", "--model", GOLDEN, "--data", file, "--per-device-train-batch-size", "1");
	};
	const parts = [await measure("short", 4), await measure("long", 15)];
	const tokens = parts.map(({ num_tokens }) => Number(num_tokens));
	expect(tokens).toEqual([3, 14]);
	const { loss } = await measure("both", 4, 15);
	const expected = parts.reduce((sum, part, i) => sum + Number(part.loss) * tokens[i], 0) / 17;
	expect(Number(loss) / expected).toBeCloseTo(1, 5);
});

const TRAIN = [
	"train",
	"--model",
	GOLDEN,
	"--train-file",
	`${GOLDEN}/train.jsonl`,
	"--r",
	"4",
	"--learning-rate",
	"5e-3",
	"--max-steps",
	"8",
	"--quiet",
	"--gradient-accumulation-steps",
	"1",
	"--lora-dropout",
	"0.2",
];
const metrics = async (out: string) =>
	(await readFile(join(out, "metrics.jsonl"), "utf8"))
		.trim()
		.split("\n")
		.map((line) => {
			const { elapsed: _elapsed, ...rest } = JSON.parse(line);
			return rest;
		});

test("a resumed run gives the same result as an uninterrupted one, dropout included; old checkpoints are deleted", async () => {
	const [whole, broken] = [join(dir, "whole"), join(dir, "broken")];
	await ok(...TRAIN, "--output-dir", whole);
	await ok(...TRAIN, "--output-dir", broken, "--save-steps", "2", "--save-total-limit", "2");
	expect((await readdir(broken)).filter((name) => name.startsWith("checkpoint")).sort()).toEqual([
		"checkpoint-6",
		"checkpoint-8",
	]);
	const expected = await readFile(join(whole, "adapter_model.safetensors"));
	expect((await readFile(join(broken, "adapter_model.safetensors"))).equals(expected)).toBe(true); // the same seed gives the same run
	await rm(join(broken, "checkpoint-8"), { recursive: true });
	await ok(...TRAIN, "--output-dir", broken, "--resume-from-checkpoint", "latest");
	expect((await readFile(join(broken, "adapter_model.safetensors"))).equals(expected)).toBe(true);
	expect(await metrics(broken)).toEqual(await metrics(whole));
	expect(await ok("inspect", join(broken, "checkpoint-6"))).toMatchObject({
		kind: "checkpoint",
		global_step: 6,
		updates: 6,
		r: 4,
	});
});

test("training continues an adapter and keeps its configuration", async () => {
	const out = join(dir, "on");
	await ok(...TRAIN, "--adapter", `${GOLDEN}/final`, "--output-dir", out);
	const config = async (path: string) => JSON.parse(await readFile(join(path, "adapter_config.json"), "utf8"));
	expect(await config(out)).toMatchObject({
		r: (await config(`${GOLDEN}/final`)).r,
		lora_alpha: (await config(`${GOLDEN}/final`)).lora_alpha,
	});
	const [before, after] = [
		await readTensors(`${GOLDEN}/final/adapter_model.safetensors`),
		await readTensors(join(out, "adapter_model.safetensors")),
	];
	expect([...after.keys()].sort()).toEqual([...before.keys()].sort());
	for (const [key, { values }] of after) {
		const error = relativeError(values, before.get(key)?.values ?? []);
		expect(error).toBeGreaterThan(0);
		expect(error).toBeLessThan(1);
	}
});
