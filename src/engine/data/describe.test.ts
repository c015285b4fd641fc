import { expect, test } from "vitest";
import { textOf } from "../../shared/messages/message.ts";
import { type DataSettings, prepareData } from "./describe.ts";
import type { DataFile } from "./files.ts";
import { bundled } from "./test-files.ts";

const SETTINGS: DataSettings = {
	max_length: 64,
	assistant_only_loss: true,
	completion_only_loss: true,
	packing: false,
	seed: 42,
	per_device_train_batch_size: 2,
	gradient_accumulation_steps: 2,
};
const talk = (question: string, answer: string) => ({
	messages: [
		{ role: "user", content: question },
		{ role: "assistant", content: answer },
	],
});
const file = (rows: unknown[], name = "train.jsonl"): DataFile => ({
	name,
	format: "jsonl",
	blob: new Blob([rows.map((row) => JSON.stringify(row)).join("\n")]),
});
const ten = Array.from({ length: 10 }, (_, i) => talk(`Who is fox ${i}?`, `Fox ${i} is kind.`));
const prepare = (data: DataFile, heldOut: DataFile | number, settings: Partial<DataSettings> = {}) =>
	prepareData(data, heldOut, { ...bundled(), vocabSize: 2048, settings: { ...SETTINGS, ...settings } });

test("reports counts, steps and the first rows token by token", async () => {
	const { train, heldOut, info } = await prepare(file(ten), 0.2);
	expect([train.length, heldOut?.length]).toEqual([8, 2]);
	expect(info).toMatchObject({
		kind: "messages",
		rows: 8,
		heldOutRows: 2,
		skippedRows: 0,
		truncatedRows: 0,
		stepsPerEpoch: 2,
		warnings: [],
		samplePrompt: "Who is fox 0?",
	});
	expect(info.tokens).toBe(train.tokens);
	expect(info.trainedTokens).toBe(train.batchesInOrder(100)[0].target_ids.length);
	const [first] = info.preview;
	expect(first.tokens.map(({ text }) => text).join("")).toBe(
		"<|im_start|>user\nWho is fox 0?<|im_end|>\n<|im_start|>assistant\nFox 0 is kind.<|im_end|>\n",
	);
	const trained = first.tokens.filter((token) => token.trained).map(({ text }) => text);
	expect(trained.join("")).toBe("Fox 0 is kind.<|im_end|>");
	expect(structuredClone(info)).toEqual(info);
});

test("held-out rows from a separate file leave the training rows complete, and their warnings say so", async () => {
	const other = file([talk("Hi", "x"), { text: "A fox." }], "eval.jsonl");
	const { train, heldOut, info } = await prepare(file(ten), other);
	expect([train.length, heldOut?.length, info.heldOutRows]).toEqual([10, 2, 2]);
	expect(info.warnings.map(textOf)).toEqual([
		expect.stringMatching(/^held-out rows: assistant_only_loss has no effect on 1 row \(eval\.jsonl, line 2\)/),
	]);
});

test("packing changes the number of steps, but neither rows nor tokens", async () => {
	const plain = await prepare(file(ten), 0);
	const { train, info } = await prepare(file(ten), 0, { packing: true });
	expect(info).toMatchObject({ rows: 10, tokens: plain.info.tokens, trainedTokens: plain.info.trainedTokens });
	expect(train.length).toBeLessThan(10);
	expect(info.stepsPerEpoch).toBeLessThan(plain.info.stepsPerEpoch);
	expect(train.capacity(1).tokens).toBeLessThanOrEqual(64);
});

test("the preview shows a row's position in the file and whether it was truncated", async () => {
	const rows = [{ prompt: "word ".repeat(80), completion: "x" }, { text: "word ".repeat(80) }];
	const { info } = await prepare(file(rows), 0, { assistant_only_loss: false });
	expect(info.preview.map(({ index, truncated, tokens }) => [index, truncated, tokens.length])).toEqual([
		[1, true, 64],
	]);
	expect(info).toMatchObject({ kind: "prompt-completion + text", skippedRows: 1, truncatedRows: 2 });
	expect(textOf(info.warnings.at(-1) ?? "")).toMatch(/mixes kinds of rows/);
});

test("without a tokenizer, rows of token ids are shown as numbers", async () => {
	const { info } = await prepareData(file([{ input_ids: [5, 6], labels: [-100, 6] }]), 0, {
		tokenizer: null,
		template: null,
		vocabSize: 8,
		settings: SETTINGS,
	});
	expect(info.preview[0].tokens).toEqual([
		{ id: 5, text: "5 ", trained: false },
		{ id: 6, text: "6 ", trained: true },
	]);
});

test("the preview marks every held-out row, and lengths count every row", async () => {
	const many = file(Array.from({ length: 40 }, (_, i) => talk(`Who is fox ${i}?`, `Fox ${i} is kind.`)));
	const { info } = await prepare(many, 0.1);
	const heldOutRows = info.preview.filter((row) => row.heldOut);
	expect(info.heldOutRows).toBe(4);
	expect(heldOutRows.length).toBeGreaterThanOrEqual(3);
	expect(info.preview.map(({ index }) => index).slice(0, 12)).toEqual(Array.from({ length: 12 }, (_, i) => i));
	expect(info.lengths.counts.reduce((a, b) => a + b)).toBe(40);
	expect((await prepare(many, 0.1, { seed: 43 })).info.preview.filter((row) => row.heldOut)).not.toEqual(heldOutRows);
});

test("truncated tokens are shown and counted", async () => {
	const long = `${"A fox ran. ".repeat(60)}`;
	const whole = await prepare(file([{ text: long }]), 0, { assistant_only_loss: false, max_length: 4096 });
	const { info } = await prepare(file([{ text: long }]), 0, { assistant_only_loss: false });
	const [row] = info.preview;
	expect(row.tokens).toHaveLength(64);
	expect(row.cutTokens).toHaveLength(50);
	expect(row.cutCount).toBe(whole.info.tokens - 64);
	expect([...row.tokens, ...row.cutTokens]).toEqual(whole.info.preview[0].tokens.slice(0, 114));
	expect(info.lengths).toMatchObject({ longest: whole.info.tokens, max_length: 64 });
	expect(whole.info.preview[0]).toMatchObject({ cutTokens: [], cutCount: 0, truncated: false });
});

test("duplicate rows are listed by position, and those that occur in the held-out rows are counted", async () => {
	const rows = [...ten.slice(0, 4), ten[1], ten[3], ten[1]];
	const { info } = await prepare(file(rows), 0);
	expect(info).toMatchObject({
		duplicates: [
			[1, 4, 6],
			[3, 5],
		],
		duplicateRows: 3,
		leakedRows: 0,
	});
	// Two identical rows, one of them held out: it leaks, whichever it is.
	expect((await prepare(file([ten[0], ten[0]]), 0.5)).info.leakedRows).toBe(1);
	expect((await prepare(file(ten), 0.5)).info).toMatchObject({ duplicates: [], duplicateRows: 0, leakedRows: 0 });
});
