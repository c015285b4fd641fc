import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { TabTuneError } from "../../shared/errors.ts";
import { textOf } from "../../shared/messages/message.ts";
import { ChatTemplate } from "./chat-template.ts";
import type { EncodeOptions } from "./encode.ts";
import { encodeFile, encodeFiles } from "./encode-file.ts";
import { assistant, encode, encoded, SETTINGS, tokenizer, trained, user } from "./test-encode.ts";
import { folderOf, tokenizerFrom } from "./test-files.ts";

interface Case {
	name: string;
	rows: unknown[];
	settings: EncodeOptions["settings"];
	expected: { input_ids: number[]; labels: number[] }[];
}
/** Made by TRL itself: fixtures/make_encode_fixture.py. */
const cases: Case[] = JSON.parse(readFileSync("fixtures/encode.json", "utf8"));

describe("equals TRL's rows", () => {
	test.each(cases.map((c) => [c.name, c] as const))("%s", async (_name, { rows, settings, expected }) => {
		expect(await encoded(rows, settings)).toEqual(expected);
	});
});

describe("remarks", () => {
	const warningsOf = async (...args: Parameters<typeof encode>) => (await encode(...args)).warnings.map(textOf);

	test("fields that are not used have one warning for all rows", async () => {
		expect(
			await warningsOf([
				{ id: 1, text: "A." },
				{ text: "B.", source: "web", id: 2 },
				{ text: "C.", note: null },
			]),
		).toEqual(['these fields are not used: "id", "source"']);
	});

	test("half of a character, and empty answers", async () => {
		expect(await warningsOf([{ text: "A \ud83d." }, { messages: [user("\udc00")] }])).toEqual([
			"2 rows (the first: d.jsonl, line 1) with a lone surrogate (half of a character), which is replaced by U+FFFD",
		]);
		expect(await warningsOf([{ prompt: "A", completion: "" }])).toEqual([
			"1 row (d.jsonl, line 1) with an empty answer: only the end token is trained",
		]);
	});

	test("roles that the template does not know", async () => {
		const source =
			"{% for m in messages %}{% if m.role == 'user' or m.role == 'assistant' %}{{ '<|im_start|>' + m.role + m.content + '<|im_end|>' }}{% endif %}{% endfor %}";
		const strict = { template: new ChatTemplate(source) };
		const narrated = [{ messages: [user("Hi"), { role: "narrator", content: "He left." }, assistant("Bye")] }];
		await expect(encode(narrated, {}, strict)).rejects.toThrow(
			/messages\[1\] has the role "narrator", which the chat template ignores \(d\.jsonl, line 1\)/,
		);
		expect(await warningsOf(narrated)).toEqual([]);
		expect(
			await warningsOf([{ messages: [{ role: "system", content: "S" }, user("Hi"), assistant("Yo")] }], {}, strict),
		).toEqual(['the chat template ignores turns with the role "system" in 1 row (d.jsonl, line 1)']);
	});
});

describe("rows", () => {
	test("ids and labels are used as they are; ids outside the vocabulary are refused", async () => {
		expect(await encoded([{ input_ids: [5, 6, 7], labels: [-100, 6, 9] }])).toEqual([
			{ input_ids: [5, 6, 7], labels: [-100, 6, 9] },
		]);
		await expect(encode([{ input_ids: [5, 2048] }])).rejects.toThrow(/token 2048 is outside.*2048.*line 1/);
		await expect(encode([{ input_ids: [5, 6], labels: [5, -1] }])).rejects.toThrow(/token -1 is outside/);
	});

	test("rows over max_length are truncated on the right and counted; rows without a trained token are skipped and counted", async () => {
		const file = await encode(
			[
				{ text: "A fox ran home and slept." },
				{ prompt: "A long prompt that fills it all", completion: "x" },
				{ text: "Hi" },
			],
			{ max_length: 4 },
		);
		expect([file.rows, file.truncatedRows, file.skippedRows, file.dataset.length]).toEqual([3, 2, 1, 2]);
		expect(file.sources).toMatchObject([
			{ index: 0, truncated: true },
			{ index: 2, truncated: false },
		]);
		expect(file.warnings.map(textOf).join("\n")).toMatch(
			/2 rows \(the first: d\.jsonl, line 1\) over max_length 4 tokens, truncated[\s\S]*1 row \(d\.jsonl, line 2\) with no trained token left, skipped/,
		);
	});

	test("reports why no row remains to train on", async () => {
		await expect(
			encode([{ prompt: "A long prompt that fills it all", completion: "x" }], { max_length: 4 }),
		).rejects.toThrow(/none of the 1 rows has a trained token; 1 were truncated at max_length 4.*raise max_length/);
		await expect(encode([{ messages: [user("Hi")] }], { assistant_only_loss: true })).rejects.toThrow(
			/none of the 1 rows.*check that the rows have answers/,
		);
		await expect(encode([{ text: "" }])).rejects.toThrow(TabTuneError);
	});

	test("a prompt that is not a prefix of its row causes a warning", async () => {
		const file = await encode([
			{ prompt: "A", completion: " b" },
			{ prompt: "Once upon a ti", completion: "me" },
		]);
		expect(file.warnings.map(textOf)).toEqual([
			expect.stringMatching(/^in 1 row \(d\.jsonl, line 2\), the tokens of the prompt are not a prefix/),
		]);
	});

	test("without a chat template, conversations are refused and Alpaca rows use the plain prompt", async () => {
		await expect(encode([{ messages: [user("Hi"), assistant("x")] }], {}, { template: null })).rejects.toThrow(
			/no chat template.*line 1/,
		);
		const [row] = await encoded([{ instruction: "Greet.", output: "Hello." }], {}, { template: null });
		expect(trained(row)).toBe("Hello.<|im_end|>");
	});

	test("EOS is not added to a text that ends with it", async () => {
		const [row] = await encoded([{ text: "The end.<|im_end|>" }]);
		expect(row.input_ids.filter((id) => id === 2)).toEqual([2]);
	});
});

describe(".txt", () => {
	test("the text is split into rows of max_length, with EOS at the end", async () => {
		const text = "Once upon a time.\n\nThe end, said the fox.";
		const whole = [...tokenizer.encode(text, { addSpecialTokens: true }), 2];
		expect(whole).toHaveLength(15);
		const rows = await encoded(text, { max_length: 6 });
		expect(rows.map(({ input_ids }) => input_ids.length)).toEqual([6, 6, 3]);
		expect(rows.flatMap(({ input_ids }) => input_ids)).toEqual(whole);
		// A last token on its own has nothing to be predicted from: it is left out, and no row counts as skipped.
		const file = await encode(text, { max_length: 7 });
		expect([file.dataset.length, file.skippedRows, file.dataset.tokens]).toEqual([2, 0, 14]);
	});

	test("a long text that is tokenised in blocks has the same ids", async () => {
		const line = 'Once upon a time there was a fox who said,\n"Hello!"\r\n  and ran ½ way home\n\n';
		const text = line.repeat(2500); // 190,000 characters
		const all = (await encoded(text)).flatMap(({ input_ids }) => input_ids);
		expect(all).toEqual([...tokenizer.encode(text, { addSpecialTokens: true }), 2]);
	});

	const llama2 = folderOf("llama2");
	test.skipIf(llama2 === null)("a tokenizer that prepends a space adds none between blocks", async () => {
		if (llama2 === null) return;
		const tokenizer = tokenizerFrom(llama2);
		const text = "Once upon a time\nthere was a fox. 中文没有空格。\n".repeat(2000);
		const file = await encodeFile(
			{ name: "a.txt", format: "txt", blob: new Blob([text]) },
			{ tokenizer, template: null, vocabSize: 32000, settings: { ...SETTINGS, max_length: 1 << 20 } },
		);
		const [{ input_ids }] = file.dataset.unit(0);
		expect([...input_ids]).toEqual([...tokenizer.encode(text, { addSpecialTokens: true }), tokenizer.eosId]);
	});

	test("an empty text is refused", async () => {
		await expect(encode(" \n")).rejects.toThrow(/contains no text/);
	});
});

test("several files are one set, in their order, and warnings name the file", async () => {
	const files = [
		{ name: "a.jsonl", format: "jsonl" as const, blob: new Blob(['{"prompt":"a","completion":" b"}']) },
		{ name: "b.csv", format: "csv" as const, blob: new Blob(["prompt,completion,extra\na, b,1\nc, d,2"]) },
	];
	const options = { tokenizer, template: null, vocabSize: 2048, settings: SETTINGS };
	const { dataset, rows, repeats, kind } = await encodeFiles(files, options);
	expect([dataset.length, rows, repeats, kind]).toEqual([3, 3, [[0, 1]], "prompt-completion"]);
	const alone = await encodeFile(files[1], options);
	expect(dataset.unit(2)).toEqual(alone.dataset.unit(1));
	const broken = { name: "c.jsonl", format: "jsonl" as const, blob: new Blob(["{"]) };
	await expect(encodeFiles([...files, broken], options)).rejects.toThrow("c.jsonl, line 1");
});
