import { openAsBlob, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import type { RunSettings } from "../api.ts";
import { prepareData } from "./describe.ts";
import { bundled } from "./test-files.ts";

interface Entry {
	id: string;
	title: Record<"en" | "zh", string>;
	description: Record<"en" | "zh", string>;
	file: string;
	settings: Partial<RunSettings> &
		Pick<
			RunSettings,
			"max_length" | "assistant_only_loss" | "per_device_train_batch_size" | "gradient_accumulation_steps" | "max_steps"
		>;
	samplePrompt: string;
}
const entries: Entry[] = JSON.parse(readFileSync("public/gallery/index.json", "utf8"));
const { tokenizer, template } = bundled();

test.each(entries)(
	"$id can be trained as it is, within what the bundled model can hold",
	async ({ file, settings, title, description, samplePrompt }) => {
		const blob = await openAsBlob(`public/gallery/${file}`);
		const { train, heldOut, info } = await prepareData({ name: file, format: "jsonl", blob }, 0.15, {
			tokenizer,
			template,
			vocabSize: tokenizer.vocabSize,
			settings: { completion_only_loss: true, packing: false, seed: 42, ...settings },
		});
		expect(info).toMatchObject({ kind: "messages", warnings: [], truncatedRows: 0, skippedRows: 0 });
		expect(info.rows + info.heldOutRows).toBeGreaterThanOrEqual(24);
		expect(heldOut?.length).toBeGreaterThanOrEqual(3);
		expect(train.capacity(1).tokens).toBeLessThanOrEqual(120);
		expect(settings.max_steps / info.stepsPerEpoch).toBeGreaterThan(3); // epochs: enough to learn by heart how it speaks
		for (const text of [title.en, title.zh, description.en, description.zh, samplePrompt]) expect(text).not.toBe("");
	},
);

test("ids name the entries apart", () => {
	expect(new Set(entries.map(({ id }) => id)).size).toBe(entries.length);
	expect(entries.length).toBeGreaterThanOrEqual(2);
});
