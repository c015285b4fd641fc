// Whole runs on a base whose vocabulary an adapter resizes, and with trainable_token_indices, against PyTorch and PEFT in float64
// (fixtures/make_vocabulary_goldens.py). The adapter's file has the rows of the new tokens.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { type FloatTensor, readTensors, relativeError } from "./test-cli.ts";
import {
	convertsByteForByte,
	expectEvaluations,
	expectMetrics,
	expectTensors,
	goldenTensors,
	logitsOf,
	mergesOrRefuses,
	trainsFromInit,
} from "./test-golden.ts";

/** Names of the copies of a module's weight that PEFT saves beside the trained one. */
const COPIES = /\.(base_layer|original_module|modules_to_save)\.weight$/;

describe.each(["vocabulary-lora", "vocabulary-saved-tied", "tokens-tied", "tokens-apart"])("%s", (name) => {
	const resized = name !== "tokens-apart";
	const run = trainsFromInit(name);

	test("losses within 1e-5, gradient norms within 1e-4", () => expectMetrics(run()));

	test("held-out losses", () => expectEvaluations(run()));

	test("the trained tensors within 1e-3 of the size of their update", async () => {
		const tensors = await goldenTensors(run());
		const trained = new Set(
			[...tensors.final]
				.filter(([key, { values }]) => values.some((value, i) => value !== tensors.init.get(key)?.values[i]))
				.map(([key]) => key)
				// PEFT saves the trained rows of a tied base under both names.
				.filter((key) => !COPIES.test(key) && !(name === "tokens-tied" && key.includes(".lm_head."))),
		);
		const only = (map: ReadonlyMap<string, FloatTensor>) => new Map([...map].filter(([key]) => trained.has(key)));
		expectTensors(name, { init: only(tensors.init), final: only(tensors.final), ours: only(tensors.ours) });
	});

	test("the written folder has every row of the new tokens, and loads again", async () => {
		const { folder, out } = run();
		const ours = await readTensors(join(out, "adapter_model.safetensors"));
		const rows = [...ours].filter(([key]) => /(embed_tokens|lm_head).*\bweight$/.test(key) && !/lora/.test(key));
		expect(rows.length > 0).toBe(resized);
		const logits = async (adapter: string) =>
			(await logitsOf(run(), ["--adapter", adapter, "--input-ids", "5,50,9,46,48"])).logits;
		expect(relativeError(await logits(out), await logits(`${folder}/final`))).toBeLessThan(1e-3);
	});

	test("logits of PEFT's adapter within 1e-4 of the largest", async () => {
		const { folder } = run();
		const golden = await readTensors(`${folder}/logits.safetensors`);
		const [, row] = (await readFile(`${folder}/train.jsonl`, "utf8")).split("\n");
		const ids = (JSON.parse(row) as { input_ids: number[] }).input_ids.join();
		const { logits, stderr } = await logitsOf(run(), ["--adapter", `${folder}/final`, "--input-ids", ids]);
		if (resized)
			expect(stderr).toMatch(
				/the adapter was trained with a vocabulary of \d+ tokens: the embedding and the head of the base are resized from \d+/,
			);
		expect(relativeError(logits, golden.get("tuned")?.values ?? [])).toBeLessThan(1e-4);
	});

	convertsByteForByte(run);
	mergesOrRefuses(run);
});
