// The score command: it scores the answers of generate, and choices by the likelihood that logits gives.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readTensors, tabtune } from "./test-cli.ts";

let folder: string;
beforeAll(async () => {
	folder = await mkdtemp(join(tmpdir(), "tabtune-score-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function rowsFile(name: string, rows: readonly object[]): Promise<string> {
	const path = join(folder, name);
	await writeFile(path, rows.map((row) => JSON.stringify(row)).join("\n"));
	return path;
}

async function answered(args: readonly string[]) {
	const { status, stdout, stderr } = await tabtune(args);
	if (status !== 0) throw new Error(stderr);
	return JSON.parse(stdout);
}

const talk = (question: string, answer: string) => ({
	messages: [
		{ role: "user", content: question },
		{ role: "assistant", content: answer },
	],
});

describe("score", () => {
	test("exact-match, json and regex score the answers of generate, for base and adapter", async () => {
		const question = "Who are you?";
		const base = await answered([
			"generate",
			"--model",
			"demo",
			"--prompt",
			question,
			"--chat",
			"--max-new-tokens",
			"12",
		]);
		const train = await rowsFile(
			"train.jsonl",
			Array.from({ length: 4 }, () => talk(question, '"A fox."')),
		);
		const adapter = join(folder, "adapter");
		await answered(
			`train --model demo --train-file ${train} --output-dir ${adapter} --max-steps 40 --learning-rate 0.02 --r 4 --lora-alpha 8`.split(
				" ",
			),
		);
		const data = await rowsFile("held.jsonl", [talk(question, base.text.trim()), { text: "a text asks nothing" }]);
		const score = (metric: string, ...more: string[]) =>
			answered([
				"score",
				"--model",
				"demo",
				"--data",
				data,
				"--adapter",
				adapter,
				"--metric",
				metric,
				"--max-new-tokens",
				"12",
				...more,
			]);
		const exact = await score("exact-match");
		expect(exact).toMatchObject({ metric: "exact-match", rows: 1, skipped: 1, base: 1, tuned: 0 });
		expect(exact.details[0].base).toEqual({ text: base.text.trim(), right: true });
		expect(exact.details[0].tuned.text).toBe('"A fox."');
		expect(await score("json")).toMatchObject({ base: 0, tuned: 1 });
		expect(await score("regex", "--pattern", '^"A \\w+')).toMatchObject({ base: 0, tuned: 1 });
	});

	test("the likelihood of a choice is that of its tokens, computed from the logits", async () => {
		const data = await rowsFile("choices.jsonl", [
			{ prompt: "Once upon a", choices: [" time", " zebra crossing"], answer: " time" },
			{ prompt: "The cat sat on the", choices: [" mat.", " of."], answer: "A" },
		]);
		const scored = await answered(["score", "--model", "demo", "--data", data, "--metric", "choice"]);
		expect(scored).toMatchObject({ rows: 2, base: 1, tuned: null });
		const { input_ids: prompt } = await ids("Once upon a");
		for (const [i, choice] of [" time", " zebra crossing"].entries()) {
			const whole = [...(await ids(`Once upon a${choice}`)).input_ids, 2]; // <|im_end|>
			const file = join(folder, "logits.safetensors");
			await answered(["logits", "--model", "demo", "--input-ids", whole.join(","), "--output", file]);
			const logits = (await readTensors(file)).get("logits");
			if (logits === undefined) throw new Error("no logits");
			const vocab = logits.shape[1];
			let sum = 0;
			for (let t = prompt.length; t < whole.length; t++) {
				const row = logits.values.subarray((t - 1) * vocab, t * vocab);
				const highest = row.reduce((most, value) => Math.max(most, value));
				sum += row[whole[t]] - highest - Math.log(row.reduce((total, value) => total + Math.exp(value - highest), 0));
			}
			expect(scored.details[0].base.logprobs[i]).toBeCloseTo(sum, 3);
			expect(scored.details[0].base.tokens[i]).toBe(whole.length - prompt.length);
		}
	});

	test.each([
		["--metric luck", /--metric is "luck".*choice/s],
		["--metric regex", /the pattern is missing.*\^/s],
		["--metric regex --pattern (", /not a valid regular expression/],
		["--metric choice", /"question" or "prompt" is missing.*choices/s],
	])("%s is reported", async (options, message) => {
		const data = await rowsFile("bad.jsonl", [talk("a", "b")]);
		const { status, stderr } = await tabtune(["score", "--model", "demo", "--data", data, ...options.split(" ")]);
		expect(status).toBe(2);
		expect(stderr).toMatch(message);
	});
});

async function ids(text: string): Promise<{ input_ids: number[] }> {
	const file = await rowsFile("text.jsonl", [{ text }]);
	const { stdout } = await tabtune(["tokenize", "--model", "demo", "--file", file]);
	return JSON.parse(stdout);
}
