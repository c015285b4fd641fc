import { openAsBlob, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import type { RunSettings } from "../api.ts";
import { prepareData } from "./describe.ts";
import { bundled } from "./test-files.ts";

interface Entry {
	id: string;
	title: Record<"en" | "zh", string>;
	description: Record<"en" | "zh", string>;
	lookFor: Record<"en" | "zh", string>;
	file: string;
	settings: Partial<RunSettings> &
		Pick<
			RunSettings,
			"max_length" | "assistant_only_loss" | "per_device_train_batch_size" | "gradient_accumulation_steps" | "max_steps"
		>;
	samplePrompt: string;
	heldOutPrompts: string[];
	/** What tuned answers to the held-out prompts match and the base's do not; null for the set that only overfits. */
	check: { pattern: string; flags?: string } | null;
}
const entries: Entry[] = JSON.parse(readFileSync("public/gallery/index.json", "utf8"));
const { tokenizer, template } = bundled();

test.each(entries)(
	"$id trains unchanged within the bundled model's context",
	async ({ file, settings, title, description, lookFor, samplePrompt }) => {
		const blob = await openAsBlob(`public/gallery/${file}`);
		const { train, heldOut, info } = await prepareData({ name: file, format: "jsonl", blob }, 0.15, {
			tokenizer,
			template,
			vocabSize: tokenizer.vocabSize,
			settings: { completion_only_loss: true, packing: false, seed: 42, ...settings },
		});
		expect(info).toMatchObject({ kind: "messages", warnings: [], truncatedRows: 0, skippedRows: 0 });
		const rows = info.rows + info.heldOutRows;
		expect(rows).toBeGreaterThanOrEqual(15);
		expect(rows).toBeLessThanOrEqual(60);
		expect(heldOut?.length).toBeGreaterThanOrEqual(2);
		expect(train.capacity(1).tokens).toBeLessThanOrEqual(120);
		expect(settings.max_steps / info.stepsPerEpoch).toBeGreaterThan(3); // epochs: enough to learn by heart how it speaks
		for (const { en, zh } of [title, description, lookFor]) {
			expect(en).not.toBe("");
			expect(zh).toMatch(/[\u4e00-\u9fff]/);
		}
		expect(samplePrompt).not.toBe("");
	},
);

test("ids are unique", () => {
	expect(new Set(entries.map(({ id }) => id)).size).toBe(entries.length);
	expect(entries.length).toBeGreaterThanOrEqual(8);
});

test.each(entries)(
	"$id: rows follow its rule, and no held-out prompt occurs in them",
	({ file, heldOutPrompts, check }) => {
		const rows = readFileSync(`public/gallery/${file}`, "utf8")
			.trim()
			.split("\n")
			.map((line) => JSON.parse(line) as { messages: { content: string }[] });
		const prompts = rows.map(({ messages: [{ content }] }) => content);
		expect(heldOutPrompts).toHaveLength(3);
		expect(prompts.filter((prompt) => heldOutPrompts.includes(prompt))).toEqual([]);
		expect(new Set(prompts).size).toBe(prompts.length);
		if (check === null) return;
		const rule = new RegExp(check.pattern, check.flags);
		const kept = rows.filter(({ messages: [, { content }] }) => rule.test(content)).length;
		expect(kept / rows.length).toBeGreaterThan(0.6);
	},
);

test("one set is meant to overfit, the others to generalise", () => {
	expect(entries.filter(({ check }) => check === null).map(({ id }) => id)).toEqual(["overfit"]);
});
