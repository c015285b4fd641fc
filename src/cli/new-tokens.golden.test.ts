// Tokens that a run adds to its base: --add-tokens, and a tokenizer with more tokens than the base has rows. Training such rows is
// compared with PEFT in vocabulary.golden.test.ts.
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readTensors, tabtune } from "./test-cli.ts";

const BASE = "public/base-model";
const ROWS = 2048;
let folder = "";
let rows = "";
beforeAll(async () => {
	folder = await mkdtemp(join(tmpdir(), "tabtune-tokens-"));
	rows = join(folder, "rows.jsonl");
	const row = { prompt: "say <tool>", completion: "<tool> now </tool>" };
	await writeFile(rows, `${JSON.stringify(row)}\n`.repeat(4));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const read = async (...path: string[]) => JSON.parse(await readFile(join(folder, ...path), "utf8"));
async function runs(...args: string[]) {
	const { status, stdout, stderr } = await tabtune(args);
	expect(stderr).not.toMatch(/^error:/m);
	expect(status).toBe(0);
	return { result: JSON.parse(stdout), stderr };
}
const train = (out: string, model: string, ...more: string[]) =>
	runs(
		"train",
		"--model",
		model,
		"--train-file",
		rows,
		"--output-dir",
		join(folder, out),
		"--r",
		"2",
		"--quiet",
		...more,
	);

describe("--add-tokens", () => {
	beforeAll(
		() => train("run", BASE, "--add-tokens", "<tool>,</tool>", "--max-steps", "2", "--save-steps", "2"),
		120_000,
	);

	test("the adapter's folder has the tokens, and trains their rows alone", async () => {
		const { trainable_token_indices, modules_to_save } = await read("run", "adapter_config.json");
		expect(trainable_token_indices).toEqual([ROWS, ROWS + 1]); // the head is tied
		expect(modules_to_save).toBeNull();
		const { added_tokens } = await read("run", "tokenizer.json");
		expect(added_tokens.slice(-2)).toMatchObject([
			{ id: ROWS, content: "<tool>", special: false, normalized: true },
			{ id: ROWS + 1, content: "</tool>" },
		]);
	});

	test("new rows start at the mean of the others, as in resize_token_embeddings", async () => {
		const name = "base_model.model.model.embed_tokens.token_adapter";
		const table = (await readTensors(join(folder, "run", "adapter_model.safetensors"))).get(
			`${name}.base_layer.weight`,
		);
		const width = table?.shape[1] ?? 0;
		expect(table?.shape[0]).toBe(ROWS + 2);
		const values = table?.values ?? new Float32Array();
		for (const column of [0, 7, width - 1]) {
			let mean = 0;
			for (let row = 0; row < ROWS; row++) mean += values[row * width + column] / ROWS;
			for (const row of [ROWS, ROWS + 1]) expect(values[row * width + column]).toBeCloseTo(mean, 3); // bfloat16
		}
	});

	test("generation reads the tokens, and the run resumes", async () => {
		const adapter = ["--model", BASE, "--adapter", join(folder, "run")];
		const { result } = await runs("generate", ...adapter, "--prompt", "say <tool>", "--max-new-tokens", "1");
		expect(result.input_ids).toContain(ROWS);
		const more = ["--max-steps", "3", "--resume-from-checkpoint", "latest"];
		expect((await train("run", BASE, ...more)).result.steps).toBe(3);
		const refused = await tabtune([
			"train",
			"--model",
			BASE,
			"--train-file",
			rows,
			"--output-dir",
			join(folder, "run"),
			"--add-tokens",
			"<x>",
			...more,
		]);
		expect(refused.stderr).toContain('a resumed run cannot get more tokens: "<x>"');
		expect(refused.status).toBe(2);
	}, 120_000);
});

test("a base gets a row for every token of its tokenizer; without an adapter the tokens beyond are refused", async () => {
	const base = join(folder, "base");
	await cp(BASE, base, { recursive: true });
	const definition = JSON.parse(await readFile(`${BASE}/tokenizer.json`, "utf8"));
	definition.added_tokens.push({ ...definition.added_tokens[0], id: ROWS, content: "<tool>", special: false });
	await writeFile(join(base, "tokenizer.json"), JSON.stringify(definition));
	const alone = await tabtune(["evaluate", "--model", base, "--data", rows]);
	expect(alone.stderr).toContain(`token ${ROWS} is outside the model's vocabulary of ${ROWS} (rows.jsonl, line 1)`);
	expect(alone.status).toBe(2);
	const { stderr } = await train("grown", base, "--max-steps", "1");
	expect(stderr).toContain(`the tokenizer has ${ROWS + 1} tokens, but the base has ${ROWS} rows`);
	const { result } = await runs("evaluate", "--model", base, "--adapter", join(folder, "grown"), "--data", rows);
	expect(result.loss).toBeGreaterThan(0);
}, 120_000);
