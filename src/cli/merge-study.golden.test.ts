// merge-study on a small base: three forms per format, with the losses of evaluate, as JSON and Markdown.
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { tabtune } from "./test-cli.ts";

const FOLDER = "fixtures/goldens/odd";

test("merge-study measures every form of an adapter over int8", async () => {
	const dir = await mkdtemp(join(tmpdir(), "tabtune-study-"));
	try {
		const over = ["--model", FOLDER, "--adapter", `${FOLDER}/final`, "--data", `${FOLDER}/eval.jsonl`];
		const run = await tabtune(["merge-study", ...over, "--formats", "int8", "--samples", "1", "--output-dir", dir]);
		expect(run.stderr).not.toMatch(/^error:/m);
		const { rows } = JSON.parse(await readFile(join(dir, "merge-study.json"), "utf8")) as {
			rows: { base: string; state: string; loss: number; weight_bytes: number; answers: { output_ids: number[] }[] }[];
		};
		expect(rows.map(({ base, state }) => [base, state])).toEqual([
			["float32", "unmerged"],
			["float32", "merged"],
			["int8", "unmerged"],
			["int8", "merged"],
			["int8", "merged and quantised"],
		]);
		const evaluated = JSON.parse((await tabtune(["evaluate", ...over, "--dtype", "int8"])).stdout);
		expect(rows[2].loss).toBe(evaluated.loss);
		for (const { loss, answers } of rows) {
			expect(Math.abs(loss / evaluated.loss - 1)).toBeLessThan(0.05);
			expect(answers[0].output_ids.length).toBeGreaterThan(0);
		}
		expect(new Set(rows.map(({ loss }) => loss)).size).toBe(5);
		expect(rows[4].weight_bytes).toBeLessThan(rows[3].weight_bytes);
		expect((await readFile(join(dir, "merge-study.md"), "utf8")).split("\n").length).toBe(8);
		const refused = await tabtune(["merge-study", ...over, "--formats", "int8,q2_k", "--output-dir", dir]);
		expect(refused.stderr).toMatch(/"q2_k" is not a quantised format of TabTune.*choose from int8, nf4/);
		expect(refused.status).toBe(2);
	} finally {
		await rm(dir, { recursive: true, force: true });
	}
});
