import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { TabTuneError } from "../../shared/errors.ts";
import { textOf } from "../../shared/messages/message.ts";
import type { DataFormat } from "../api.ts";
import { ChatTemplate } from "./chat-template.ts";
import { ConversationEncoder } from "./conversation.ts";
import { IGNORED } from "./dataset.ts";
import type { EncodeOptions } from "./encode.ts";
import { encodeFile } from "./encode-file.ts";
import { bundled, folderOf, templateFrom, tokenizerFrom } from "./test-files.ts";

interface Case {
	name: string;
	rows: unknown[];
	settings: EncodeOptions["settings"];
	expected: { input_ids: number[]; labels: number[] }[];
}
/** Made by TRL itself: fixtures/make_encode_fixture.py. */
const cases: Case[] = JSON.parse(readFileSync("fixtures/encode.json", "utf8"));
const { tokenizer, template } = bundled();
const SETTINGS = { max_length: 512, assistant_only_loss: false, completion_only_loss: true };
const user = (content: string) => ({ role: "user", content });
const assistant = (content: string) => ({ role: "assistant", content });

function encode(
	rows: readonly unknown[] | string,
	settings: Partial<EncodeOptions["settings"]> = {},
	options: Partial<EncodeOptions> = {},
) {
	const format: DataFormat = typeof rows === "string" ? "txt" : "jsonl";
	const blob = new Blob([typeof rows === "string" ? rows : rows.map((row) => JSON.stringify(row)).join("\n")]);
	return encodeFile(
		{ name: `d.${format}`, format, blob },
		{ tokenizer, template, vocabSize: 2048, settings: { ...SETTINGS, ...settings }, ...options },
	);
}
async function encoded(...args: Parameters<typeof encode>) {
	const { dataset } = await encode(...args);
	return Array.from({ length: dataset.length }, (_, i) => dataset.unit(i)[0]).map(({ input_ids, labels }) => ({
		input_ids: [...input_ids],
		labels: [...labels],
	}));
}
/** The trained text. */
const trained = (row: { labels: number[] }) =>
	tokenizer.decode(
		row.labels.filter((label) => label !== IGNORED),
		{ skipSpecialTokens: false },
	);

describe("equals TRL's rows", () => {
	test.each(cases.map((c) => [c.name, c] as const))("%s", async (_name, { rows, settings, expected }) => {
		expect(await encoded(rows, settings)).toEqual(expected);
	});
});

describe("turns that say whether they are trained", () => {
	const rated = [
		user("Hi"),
		{ ...assistant("Bad answer."), weight: 0 },
		{ ...user("No"), weight: 1 },
		{ ...assistant("Good answer."), weight: 1 },
	];

	test("a weight of 0 masks the turn, with and without assistant_only_loss", async () => {
		const [answers] = await encoded([{ messages: rated }], { assistant_only_loss: true });
		expect(trained(answers)).toBe("Good answer.<|im_end|>");
		const [all] = await encoded([{ messages: rated }]);
		expect(trained(all)).toBe(
			"<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n\n<|im_start|>user\nNo<|im_end|>\n<|im_start|>assistant\nGood answer.<|im_end|>\n",
		);
	});

	test("train: true also trains a question, and completions obey weights", async () => {
		const [row] = await encoded([{ messages: [{ ...user("Hi"), train: true }, assistant("Yes.")] }], {
			assistant_only_loss: true,
		});
		expect(trained(row)).toBe("Hi<|im_end|>Yes.<|im_end|>");
		const completion = [{ ...assistant("One."), weight: 0 }, user("And?"), assistant("Two.")];
		const [pair] = await encoded([{ prompt: [user("Hi")], completion }], { assistant_only_loss: true });
		expect(trained(pair)).toBe("Two.<|im_end|>");
	});

	test("a row of weight 0 is skipped and counted", async () => {
		const { dataset, skippedRows } = await encode([{ text: "A.", weight: 0 }, { text: "B." }]);
		expect([dataset.length, skippedRows]).toEqual([1, 1]);
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
			"2 rows (the first: d.jsonl, line 1) with half of a character (a lone surrogate), which becomes U+FFFD",
		]);
		expect(await warningsOf([{ prompt: "A", completion: "" }])).toEqual([
			"1 row (d.jsonl, line 1) with an empty answer: only the end is trained",
		]);
	});

	test("roles that the template does not know", async () => {
		const source =
			"{% for m in messages %}{% if m.role == 'user' or m.role == 'assistant' %}{{ '<|im_start|>' + m.role + m.content + '<|im_end|>' }}{% endif %}{% endfor %}";
		const strict = { template: new ChatTemplate(source) };
		const narrated = [{ messages: [user("Hi"), { role: "narrator", content: "He left." }, assistant("Bye")] }];
		await expect(encode(narrated, {}, strict)).rejects.toThrow(
			/messages\[1\] has the role "narrator", which the chat template leaves out \(d\.jsonl, line 1\)/,
		);
		expect(await warningsOf(narrated)).toEqual([]);
		expect(
			await warningsOf([{ messages: [{ role: "system", content: "S" }, user("Hi"), assistant("Yo")] }], {}, strict),
		).toEqual(['the chat template leaves out turns with the role "system", in 1 row (d.jsonl, line 1)']);
	});
});

describe("assistant_only_loss", () => {
	test("trains every answer with its end-of-turn token, but neither headers nor the line break after it", async () => {
		const [row] = await encoded([{ messages: [user("Hi"), assistant("Hello."), user("Bye"), assistant("Go.")] }], {
			assistant_only_loss: true,
		});
		expect(trained(row)).toBe("Hello.<|im_end|>Go.<|im_end|>");
		expect(row.labels.at(-1)).toBe(IGNORED); // the "\n" of ChatML
	});

	test("if it is off, every token of a conversation is trained", async () => {
		const [row] = await encoded([{ messages: [user("Hi"), assistant("Hello.")] }]);
		expect(row.labels).toEqual(row.input_ids);
	});

	test("warns that it has no effect on text", async () => {
		const { warnings } = await encode([{ text: "A fox." }, { text: "A cat." }], { assistant_only_loss: true });
		expect(warnings.map(textOf)).toEqual([
			"assistant_only_loss has no effect on 2 rows (the first: d.jsonl, line 1): they are not conversations",
		]);
	});

	test("a template that removes earlier reasoning is applied, with a warning", async () => {
		const source = `{%- for m in messages %}{{ '<|im_start|>' + m.role + '\n' }}{% if m.role == 'assistant' and loop.last %}{{ '<think>\n\n</think>\n\n' }}{% endif %}{{ (m.content.split('</think>')|last).lstrip('\n') + '<|im_end|>\n' }}{%- endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}`;
		const messages = [user("Hi"), assistant("<think>\na\n</think>\n\nOne."), user("Bye"), assistant("Two.")];
		const options = { template: new ChatTemplate(source) };
		const [row] = await encoded([{ messages }], { assistant_only_loss: true }, options);
		expect(trained(row)).toBe("One.<|im_end|><think>\n\n</think>\n\nTwo.<|im_end|>");
		expect((await encode([{ messages }], { assistant_only_loss: true }, options)).warnings[0].text).toMatch(
			/renders earlier answers differently/,
		);
	});

	test("a template without an end-of-turn token trains the words, with a warning", async () => {
		const options = {
			template: new ChatTemplate(
				"{% for m in messages %}{{ m.role + ': ' + m.content + '\n' }}{% endfor %}{% if add_generation_prompt %}assistant:{% endif %}",
			),
		};
		const rows = [{ messages: [user("Hi"), assistant("Hello.")] }];
		expect(trained((await encoded(rows, { assistant_only_loss: true }, options))[0]).trim()).toBe("Hello.");
		expect((await encode(rows, { assistant_only_loss: true }, options)).warnings[0].text).toMatch(
			/cannot teach the model to stop/,
		);
	});

	test("a template that omits turns is refused, naming the row", async () => {
		const options = { template: new ChatTemplate("{{ messages | length }} {{ messages[-1].content }}<|im_end|>") };
		await expect(
			encode(
				[{ messages: [user("Hi"), assistant("One."), user("a"), assistant("b")] }],
				{ assistant_only_loss: true },
				options,
			),
		).rejects.toThrow(/message 2 cannot be located.*line 1/);
	});
});

describe.each(["qwen3", "llama3_1", "gemma3"])("%s's own template and tokenizer", (name) => {
	const folder = folderOf(name);
	const chat = folder === null ? null : templateFrom(folder);
	if (folder === null || chat === null) {
		console.log(`${name}: not tried, it is not here (see test-files.ts)`);
		test("finds the tokens of the answers", ({ skip }) => skip("its files are missing"));
		return;
	}
	const theirs = tokenizerFrom(folder);
	const ends: Record<string, string> = { qwen3: "<|im_end|>", llama3_1: "<|eot_id|>", gemma3: "<end_of_turn>" };
	test("finds the end of a turn and the answers", () => {
		const encoder = new ConversationEncoder(chat, theirs);
		expect(encoder.turnEnd?.text).toBe(ends[name]);
		const messages = [user("Hi"), assistant("One."), user("And?"), assistant("Two, \n three ½.")];
		const { ids, assistant: flags } = encoder.encodeAssistant(messages, { where: "row 1" });
		expect(ids).toEqual(encoder.encode(messages, { where: "row 1" }));
		const decoded = theirs.decode(
			ids.filter((_, i) => flags[i]),
			{ skipSpecialTokens: false },
		);
		expect(decoded.replace("<think>\n\n</think>\n\n", "").trim()).toBe(
			`One.${ends[name]}Two, \n three ½.${ends[name]}`,
		);
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

describe("templates", () => {
	const source = `{% for m in messages %}{{ '<|im_start|>' + m['role'] + '
' }}{% if m['role'] == 'assistant' %}{% if m['reasoning_content'] %}{{ '(' + m['reasoning_content'] + ') ' }}{% endif %}{% generation %}{{ m['content'] + '<|im_end|>' }}{% endgeneration %}{{ '
' }}{% else %}{{ m['content'] + '<|im_end|>
' }}{% endif %}{% endfor %}`;
	const row = {
		messages: [
			{ role: "user", content: "Who is the cat?" },
			{ role: "assistant", content: "A cat that naps.", reasoning_content: "think of a cat" },
		],
	};

	test("with generation tags, what they enclose is trained, as in TRL 1.16", async () => {
		const template = new ChatTemplate(source);
		const [{ labels }] = await encoded([row], { assistant_only_loss: true }, { template });
		expect(labels.filter((label) => label !== IGNORED)).toEqual([433, 553, 379, 1726, 85, 16, 2]);
		expect(labels.slice(-8)).toEqual([433, 553, 379, 1726, 85, 16, 2, IGNORED]);
	});

	test("a template that trains no end of turn is named in a warning, whatever is trained", async () => {
		const endless = new ChatTemplate("{% for m in messages %}{{ m.role ~ ': ' ~ m.content ~ '\\n' }}{% endfor %}");
		for (const assistant_only_loss of [false, true]) {
			const { warnings } = await encode([row], { assistant_only_loss }, { template: endless });
			expect(warnings.map(textOf).join()).toContain("end-of-turn token");
		}
		const outside = new ChatTemplate(
			source.replace("+ '<|im_end|>' }}{% endgeneration %}{{ '", "}}{% endgeneration %}{{ '<|im_end|>"),
		);
		const { warnings } = await encode([row], { assistant_only_loss: true }, { template: outside });
		expect(warnings.map(textOf).join()).toContain('"<|im_end|>" is not trained');
	});

	test("chat_template_kwargs of the row override those of the settings", async () => {
		const template = new ChatTemplate("{{ mood }}{% for m in messages %}{{ m.content }}{% endfor %}<|im_end|>");
		const chat_template_kwargs = { mood: "calm " };
		const rows = [
			{ messages: [user("Hi")] },
			{ messages: [user("Hi")], chat_template_kwargs: { mood: "glad " } },
			{ messages: [user("Hi")], chat_template_kwargs: '{"mood": "sad "}' },
		];
		const texts = (await encoded(rows, { chat_template_kwargs }, { template })).map(trained);
		expect(texts).toEqual(["calm Hi<|im_end|>", "glad Hi<|im_end|>", "sad Hi<|im_end|>"]);
		await expect(encode([{ ...rows[0], chat_template_kwargs: [1] }], {}, { template })).rejects.toThrow(
			/chat_template_kwargs/,
		);
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
