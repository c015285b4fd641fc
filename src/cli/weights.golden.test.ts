// Full fine-tuning by the command compared with transformers and torch's AdamW in float64 (fixtures/make_weight_goldens.py): 30
// steps that train every weight, including tied embeddings and biases; the output is a complete model.
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readTensors, relativeError, tabtune } from "./test-cli.ts";
import { expectEvaluations, expectMetrics, expectTensors, type GoldenRun, trainGolden } from "./test-golden.ts";

describe.each(["full-tied-bf16", "full-untied-bias"])("%s", (name) => {
	let out = "";
	let run: GoldenRun;
	beforeAll(async () => {
		out = await mkdtemp(join(tmpdir(), "tabtune-golden-"));
		run = await trainGolden(name, out, []);
		expect(run.expected.metrics.length).toBe(30);
	});
	afterAll(() => rm(out, { recursive: true, force: true }));

	test("losses within 1e-5, gradient norms within 1e-4", () => expectMetrics(run));

	test("held-out losses", () => expectEvaluations(run));

	test("every weight within 1e-3 of the size of its update", async () => {
		const paths = [run.folder, join(run.folder, "final"), out];
		const [init, final, ours] = await Promise.all(paths.map((path) => readTensors(join(path, "model.safetensors"))));
		expectTensors(name, { init, final, ours });
	});

	test("the output is a model: its logits, and those of the base, within 1e-4 of the largest", async () => {
		const golden = await readTensors(`${run.folder}/logits.safetensors`);
		const rows = (await readFile(`${run.folder}/train.jsonl`, "utf8")).split("\n");
		const ids = (JSON.parse(rows[1]) as { input_ids: number[] }).input_ids.slice(0, 60).join();
		const logits = async (extra: readonly string[]) => {
			const file = join(out, "logits.safetensors");
			const { status, stderr } = await tabtune(["logits", "--input-ids", ids, "--output", file, ...extra]);
			expect(stderr).not.toMatch(/^error:/m);
			expect(status).toBe(0);
			return (await readTensors(file)).get("logits")?.values ?? new Float32Array();
		};
		const base = await logits(["--model", run.folder]);
		const tuned = await logits(["--model", out]);
		expect(relativeError(base, golden.get("base")?.values ?? [])).toBeLessThan(1e-4);
		expect(relativeError(tuned, golden.get("tuned")?.values ?? [])).toBeLessThan(1e-4);
		expect(relativeError(tuned, base)).toBeGreaterThan(1e-3);
		// As an adapter of its base, as in the page: the same at strength 1, the base bit for bit at 0.
		const over = ["--model", run.folder, "--adapter", out];
		expect(await logits(over)).toEqual(tuned);
		const off = await logits([...over, "--adapter-strength", "0"]);
		expect(Buffer.from(off.buffer).equals(Buffer.from(base.buffer))).toBe(true);
	});
});
