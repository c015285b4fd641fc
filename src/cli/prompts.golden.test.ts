// Prompt tuning, alone and with LoRA, trained by the command and compared with PyTorch and PEFT (fixtures/make_prompt_goldens.py).
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readTensors, tabtune } from "./test-cli.ts";
import {
	expectEvaluations,
	expectLogits,
	expectMetrics,
	expectTensors,
	type GoldenRun,
	trainGolden,
} from "./test-golden.ts";

const CASES = ["prompt-random", "prompt-words", "lora-prompt"];

let dir = "";
beforeAll(async () => {
	dir = await mkdtemp(join(tmpdir(), "tabtune-prompts-"));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

async function ok(...args: string[]) {
	const run = await tabtune(args);
	expect(run.stderr).not.toMatch(/^error:/m);
	expect(run.status).toBe(0);
	return JSON.parse(run.stdout);
}

/** The tensors of all parts of a folder. */
async function tensorsOf(folder: string) {
	const parts = (await readdir(folder)).includes("adapter_config.json") ? ["."] : ["lora", "prompt_tuning"];
	const files = await Promise.all(parts.map((part) => readTensors(join(folder, part, "adapter_model.safetensors"))));
	return new Map(files.flatMap((tensors) => [...tensors]));
}

test.each(CASES)("%s trains as in PyTorch and writes PEFT's files", async (name) => {
	const out = join(dir, name);
	const run: GoldenRun = await trainGolden(name, out, ["--adapter", `fixtures/goldens/${name}/init`]);
	expectMetrics(run);
	expectEvaluations(run);
	const [init, final, ours] = await Promise.all([`${run.folder}/init`, `${run.folder}/final`, out].map(tensorsOf));
	expectTensors(name, { init, final, ours });
	await expectLogits(run);
	for (const part of name.startsWith("lora") ? ["lora", "prompt_tuning"] : ["."]) {
		const config = async (folder: string) =>
			JSON.parse(await readFile(join(folder, part, "adapter_config.json"), "utf8"));
		expect(await config(out)).toEqual(await config(`${run.folder}/final`));
	}
});

const refused: [string, string[], string][] = [
	["virtual tokens without room", ["--num-virtual-tokens", "127"], "leave no room for text"],
	["TEXT without a text", ["--prompt-tuning-init", "TEXT"], "TEXT without a text"],
];
test.each(refused)("%s is rejected with a reason", async (_name, args, message) => {
	const folder = "fixtures/goldens/tied-bf16-llama3"; // 128 positions
	const paths = ["--model", folder, "--train-file", `${folder}/train.jsonl`, "--output-dir", "never-written"];
	const run = await tabtune(["train", ...paths, "--method", "prompt_tuning", ...args]);
	expect(run.status).not.toBe(0);
	expect(run.stderr).toContain(message);
});

test("a prompt initialised from a text trains, resumes exactly from a checkpoint, and answers as its logits predict", async () => {
	const data = join(dir, "rows.jsonl");
	await writeFile(
		data,
		`${Array.from({ length: 9 }, (_, i) => JSON.stringify({ text: `Row ${i} says hello.` })).join("\n")}\n`,
	);
	const init = [
		"--prompt-tuning-init",
		"TEXT",
		"--prompt-tuning-init-text",
		"Say hello to everyone",
		"--num-virtual-tokens",
		"7",
	];
	const train = (out: string, ...more: string[]) =>
		ok(
			"train",
			"--model",
			"demo",
			"--train-file",
			data,
			"--output-dir",
			out,
			"--method",
			"prompt_tuning",
			...init,
			"--max-steps",
			"4",
			"--learning-rate",
			"0.05",
			"--quiet",
			...more,
		);
	const [whole, parts] = [join(dir, "whole"), join(dir, "parts")];
	await train(whole, "--save-steps", "2");
	await train(parts, "--save-steps", "2", "--resume-from-checkpoint", join(whole, "checkpoint-2"));
	const file = "adapter_model.safetensors";
	expect((await readFile(join(parts, file))).equals(await readFile(join(whole, file)))).toBe(true);
	const { prompt_tuning_init_text, tokenizer_name_or_path } = JSON.parse(
		await readFile(join(whole, "adapter_config.json"), "utf8"),
	);
	expect([prompt_tuning_init_text, tokenizer_name_or_path]).toEqual(["Say hello to everyone", "demo"]);

	const say = (...more: string[]) =>
		ok("generate", "--model", "demo", "--prompt", "Row 3", "--max-new-tokens", "5", ...more) as Promise<{
			input_ids: number[];
			output_ids: number[];
		}>;
	const [base, off, tuned] = [
		await say(),
		await say("--adapter", whole, "--adapter-strength", "0"),
		await say("--adapter", whole),
	];
	expect(off).toEqual(base);
	const ids = [...tuned.input_ids, ...tuned.output_ids];
	const output = join(dir, "logits.safetensors");
	await ok("logits", "--model", "demo", "--adapter", whole, "--input-ids", ids.join(), "--output", output);
	const logits = (await readTensors(output)).get("logits");
	if (logits === undefined) throw new Error("no logits");
	const vocab = logits.shape[1];
	tuned.output_ids.forEach((id, i) => {
		const row = logits.values.subarray((tuned.input_ids.length + i - 1) * vocab, (tuned.input_ids.length + i) * vocab);
		expect(row.indexOf(Math.max(...row))).toBe(id);
	});
});

test("a prompt cannot be merged; inspect describes its folder", async () => {
	const golden = "fixtures/goldens/lora-prompt";
	const merge = await tabtune([
		"merge",
		"--model",
		golden,
		"--adapter",
		`${golden}/final`,
		"--output-dir",
		join(dir, "merged"),
	]);
	expect(merge.status).not.toBe(0);
	expect(merge.stderr).toContain("prompt_tuning cannot be merged");
	const contents = await ok("inspect", "fixtures/goldens/prompt-words/final");
	expect(contents).toMatchObject({
		kind: "adapter",
		peft_type: "PROMPT_TUNING",
		num_virtual_tokens: 17,
		token_dim: 20,
		parameters: 340,
	});
});

test("inspect lists the parts of an adapter with several methods, and of a bottleneck adapter", async () => {
	const contents = await ok("inspect", "fixtures/goldens/lora-prompt/final");
	expect(contents).toMatchObject({
		kind: "adapter",
		parts: { lora: { r: 3 }, prompt_tuning: { peft_type: "PROMPT_TUNING", num_virtual_tokens: 3 } },
	});
	const bottleneck = await ok("inspect", "fixtures/goldens/bottleneck-houlsby/final");
	expect(bottleneck).toMatchObject({ kind: "adapter", architecture: "bottleneck", reduction_factor: 5 });
});
