import { describe, expect, test } from "vitest";
import { textOf } from "../../shared/messages/message.ts";
import { ChatTemplate } from "./chat-template.ts";
import { ConversationEncoder } from "./conversation.ts";
import { IGNORED } from "./dataset.ts";
import { assistant, encode, encoded, trained, user } from "./test-encode.ts";
import { folderOf, templateFrom, tokenizerFrom } from "./test-files.ts";

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
		expect(textOf((await encode([{ messages }], { assistant_only_loss: true }, options)).warnings[0])).toMatch(
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
		expect(textOf((await encode(rows, { assistant_only_loss: true }, options)).warnings[0])).toMatch(
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

describe("what the chat template does not read", () => {
	const tools = [{ type: "function", function: { name: "f" } }];
	const call = {
		role: "assistant",
		content: null,
		tool_calls: [{ type: "function", function: { name: "f", arguments: {} } }],
	};

	test("tools, tool calls and variables are named in warnings", async () => {
		const row = {
			messages: [user("Hi"), call, assistant("Yes.")],
			tools,
			chat_template_kwargs: { enable_thinking: false },
		};
		const { warnings } = await encode([row]);
		expect(warnings.map(textOf)).toEqual([
			"the chat template does not write the tools of 1 row (d.jsonl, line 1), so the model does not see them",
			"the chat template does not write the tool calls of 1 row (d.jsonl, line 1), so they are not trained",
			'the chat template does not use the variables "enable_thinking" of chat_template_kwargs (1 row (d.jsonl, line 1))',
		]);
	});

	test("names that the template reads give no warning", async () => {
		const template = new ChatTemplate(
			"{% if tools %}{{ tools | tojson }}{% endif %}{% for m in messages %}{{ m.content }}{{ m.tool_calls }}{% endfor %}{{ enable_thinking }}",
		);
		const row = { messages: [user("Hi"), { ...call, content: "" }, assistant("Yes.")], tools };
		const { warnings } = await encode([row], { chat_template_kwargs: { enable_thinking: false } }, { template });
		expect(warnings.map(textOf).filter((warning) => warning.startsWith("the chat template does not"))).toEqual([]);
	});

	test("a tool call with the content null, as OpenAI writes it, is a turn without text", async () => {
		const of = (content: string | null) =>
			encoded([{ messages: [user("Hi"), { ...call, content }, assistant("Yes.")], tools }]);
		expect(await of(null)).toEqual(await of(""));
	});
});
