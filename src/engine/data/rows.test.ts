import { describe, expect, test } from "vitest";
import { TabTuneError } from "../../shared/errors.ts";
import { normaliseRow } from "./rows.ts";

const read = (value: unknown, hasChatTemplate = true) =>
	normaliseRow(value, "d.jsonl, line 1", { template: hasChatTemplate ? { source: "" } : null });
const user = (content: string) => ({ role: "user", content });
const assistant = (content: string) => ({ role: "assistant", content });

describe("shapes", () => {
	test.each([
		["a string", "hi", "text", { kind: "text", text: "hi" }],
		["text, with other columns", { text: "hi", id: 3 }, "text", { kind: "text", text: "hi" }],
		[
			"input_ids and labels",
			{ input_ids: [1, 2], labels: [-100, 2] },
			"input_ids",
			{ kind: "ids", input_ids: [1, 2], labels: [-100, 2] },
		],
		[
			"input_ids alone",
			{ input_ids: [1, 2], text: "x" },
			"input_ids",
			{ kind: "ids", input_ids: [1, 2], labels: null },
		],
		[
			"prompt and completion",
			{ prompt: "a", completion: "b" },
			"prompt-completion",
			{ kind: "prompt-completion", prompt: "a", completion: "b" },
		],
		[
			"prompt and completion as messages",
			{ prompt: [user("a")], completion: [assistant("b")] },
			"prompt-completion",
			{ kind: "chat-completion", prompt: [user("a")], completion: [assistant("b")] },
		],
		[
			"messages",
			{ messages: [user("a"), assistant("b")] },
			"messages",
			{ kind: "messages", messages: [user("a"), assistant("b")] },
		],
		[
			"ShareGPT",
			{
				system: "S",
				conversations: [
					{ from: "human", value: "a" },
					{ from: "gpt", value: "b" },
				],
			},
			"sharegpt",
			{ kind: "messages", messages: [{ role: "system", content: "S" }, user("a"), assistant("b")] },
		],
		[
			"conversations with roles",
			{ conversations: [user("a"), assistant("b")] },
			"sharegpt",
			{ kind: "messages", messages: [user("a"), assistant("b")] },
		],
		[
			"content in parts",
			{
				messages: [
					{
						role: "user",
						content: [
							{ type: "text", text: "a" },
							{ type: "text", text: "b" },
						],
					},
				],
			},
			"messages",
			{ kind: "messages", messages: [user("ab")] },
		],
		[
			"tools as JSON",
			{ messages: [user("a")], tools: '[{"name":"t"}]' },
			"messages",
			{ kind: "messages", messages: [user("a")], tools: [{ name: "t" }] },
		],
		[
			"Alpaca with a chat template",
			{ instruction: "Add.", input: "1 1", output: "2", system: "S", history: [["a", "b"]] },
			"alpaca",
			{
				kind: "chat-completion",
				prompt: [{ role: "system", content: "S" }, user("a"), assistant("b"), user("Add.\n1 1")],
				completion: [assistant("2")],
			},
		],
	])("%s", (_name, value, shape, row) => {
		expect(read(value)).toMatchObject({ shape, row });
	});

	test("Alpaca rows use Stanford's prompt without a chat template", () => {
		const { row } = read({ instruction: "Add.", input: "", output: "2" }, false);
		expect(row).toMatchObject({ kind: "prompt-completion", completion: "2" });
		expect(row.kind === "prompt-completion" && row.prompt).toMatch(
			/^Below is an instruction .*request\.\n\n### Instruction:\nAdd\.\n\n### Response:\n$/s,
		);
		const paired = read({ instruction: "Add.", input: "1 1", output: "2" }, false).row;
		expect(paired.kind === "prompt-completion" && paired.prompt).toMatch(
			/### Instruction:\nAdd\.\n\n### Input:\n1 1\n\n### Response:\n$/,
		);
	});

	test("a turn keeps other fields that the template may read", () => {
		const calls = [{ function: { name: "f", arguments: {} } }];
		expect(
			read({ messages: [{ role: "assistant", content: null, tool_calls: calls, reasoning_content: "r" }] }).row,
		).toMatchObject({
			messages: [{ role: "assistant", content: null, tool_calls: calls, reasoning_content: "r" }],
		});
	});
});

describe("what a row says is kept", () => {
	test("fields that are null or empty are fields that the row does not have", () => {
		expect(read({ text: "Hello.", messages: null })).toMatchObject({ shape: "text", unused: [] });
		const messages = [user("a"), assistant("b")];
		expect(read({ messages, chosen: null, rejected: null, text: "" })).toMatchObject({ shape: "messages" });
		expect(read({ prompt: "a", completion: "b", chosen: "", rejected: "" })).toMatchObject({
			shape: "prompt-completion",
			unused: [],
		});
		expect(read({ instruction: "a", input: "", output: "b", history: "" }).shape).toBe("alpaca");
		expect(read({ prompt: "", completion: "b" }).row).toEqual({
			kind: "prompt-completion",
			prompt: "",
			completion: "b",
		});
	});

	test("a required field that is null is named", () => {
		expect(() => read({ prompt: "c", completion: null })).toThrow(/"completion" is null, not a string/);
		expect(() => read({ messages: null, id: 3 })).toThrow(/"messages" is null/);
	});

	test("fields in other letters, or with a note, are the same fields", () => {
		expect(read({ Prompt: "a", "Completion (long, text)": "b" }).row).toEqual({
			kind: "prompt-completion",
			prompt: "a",
			completion: "b",
		});
	});

	test("a system prompt goes before texts, turns and pairs", () => {
		expect(read({ system: "S", prompt: "a", completion: "b" }).row).toMatchObject({ prompt: "S\n\na" });
		const system = { role: "system", content: "S" };
		expect(read({ system_prompt: "S", messages: [user("a")] }).row).toMatchObject({ messages: [system, user("a")] });
		expect(read({ system: "S", prompt: [user("a")], completion: [assistant("b")] }).row).toMatchObject({
			prompt: [system, user("a")],
		});
		expect(read({ system: "T", messages: [system, user("a")] })).toMatchObject({
			row: { messages: [system, user("a")] },
			unused: ["system"],
		});
	});

	test("Dolly's names, and Alpaca without a chat template with a system prompt and history", () => {
		expect(read({ instruction: "a", context: "c", response: "b", category: "x" })).toMatchObject({
			row: { prompt: [user("a\nc")], completion: [assistant("b")] },
			unused: ["category"],
		});
		expect(read({ instruction: "c", output: "d", system: "S", history: [["a", "b"]] }, false).row).toMatchObject({
			prompt: "S\n\n### Instruction:\na\n\n### Response:\nb\n\n### Instruction:\nc\n\n### Response:\n",
		});
	});

	test("template arguments, and lists that a table writes as JSON", () => {
		expect(
			read({ messages: '[{"role": "user", "content": "a"}]', chat_template_kwargs: { enable_thinking: false } }).row,
		).toMatchObject({ messages: [user("a")], variables: { enable_thinking: false } });
		expect(read({ input_ids: "[1, 2]", loss_mask: "[0, 1]" }).row).toMatchObject({ labels: [-100, 2] });
		expect(() => read({ messages: "[{'role': 'user', 'content': 'a'}]" })).toThrow(/as Python prints it.*json\.dumps/);
	});

	test("other fields are named", () => {
		expect(read({ id: 3, text: "a", source: "web", note: null }).unused).toEqual(["id", "source"]);
	});
});

describe("masks beside input_ids", () => {
	const ids = (masks: object) => read({ input_ids: [5, 6, 7, 8], ...masks }).row;

	test("labels and masks", () => {
		expect(ids({ labels: [-100, 6, 7, 9] })).toMatchObject({ labels: [-100, 6, 7, 9] });
		expect(ids({ assistant_masks: [0, 0, 1, true] })).toMatchObject({ labels: [-100, -100, 7, 8] });
		expect(ids({ loss_mask: [0, 1, 1, 0], assistant_masks: [0, 0, 1, 1] })).toMatchObject({
			labels: [-100, -100, 7, -100],
		});
		expect(ids({ completion_mask: [0, 0, 1, 1] })).toMatchObject({ labels: null, completion_mask: [0, 0, 1, 1] });
		// As in TRL, labels are final.
		expect(ids({ labels: [5, 6, 7, 8], assistant_masks: [0, 0, 0, 1] })).toMatchObject({ labels: [5, 6, 7, 8] });
	});

	test("padding is cut off at either end, with its labels", () => {
		expect(ids({ attention_mask: [1, 1, 0, 0] })).toMatchObject({ input_ids: [5, 6], labels: null });
		expect(ids({ attention_mask: [0, 1, 1, 1], labels: [-100, -100, 7, 8], position_ids: [0, 0, 1, 2] })).toMatchObject(
			{
				input_ids: [6, 7, 8],
				labels: [-100, 7, 8],
			},
		);
	});

	test.each([
		[{ attention_mask: [1, 0, 1, 1] }, /attention_mask has a 0 in the middle/],
		[{ attention_mask: [1, 1] }, /4 input_ids and 2 attention_mask/],
		[{ completion_mask: [0, 0, 0.5, 1] }, /"completion_mask" is not a list of 0 and 1/],
		[{ position_ids: [0, 1, 0, 1] }, /position_ids do not count 0, 1, 2/],
	])("%j is refused", (masks, message) => {
		expect(() => ids(masks)).toThrow(message);
	});
});

describe("ratings and weights", () => {
	const rated = (label: unknown) => read({ prompt: "a", completion: "b", label });

	test.each([
		...[
			true,
			1,
			1.0,
			"True",
			"1",
			"1.0",
			"+1",
			"yes",
			"good",
			"chosen",
			"up",
			"👍",
			"👍🏽",
			"desirable",
			" TRUE ",
			"liked",
		].map((label) => [label, true] as const),
		...[false, 0, -1, "False", "0", "No", "bad", "rejected", "thumbs_down", "👎🏽", "undesirable", "dislike"].map(
			(label) => [label, false] as const,
		),
	])("a rating written as %j is %s", (label, rating) => {
		expect(rated(label)).toMatchObject({ rating, unused: [], row: { kind: "prompt-completion" } });
	});

	test.each(["sports", 4, "0.5", { a: 1 }])("a label %j that is no rating is refused by its name", (label) => {
		expect(() => rated(label)).toThrow(/"label" is .*, which is neither true nor false.*rename or remove "label"/);
	});

	test("ratings of conversations and Alpaca rows, and labels of texts, which rate no answer", () => {
		expect(read({ messages: [user("a"), assistant("b")], label: 0 })).toMatchObject({
			rating: false,
			row: { kind: "chat-completion", prompt: [user("a")], completion: [assistant("b")] },
		});
		expect(() => read({ messages: [assistant("b"), user("a")], label: 0 })).toThrow(/does not end with an answer/);
		expect(read({ instruction: "a", output: "b", kto_tag: "false" }).rating).toBe(false);
		expect(read({ prompt_ids: [5, 6], completion_ids: [7], label: true })).toMatchObject({
			rating: true,
			row: { kind: "ids", input_ids: [5, 6, 7], completion_mask: [0, 0, 1] },
		});
		expect(read({ text: "a", label: 1 }).unused).toEqual(["label"]);
		expect(read({ prompt: "a", completion: "b", label: null }).unused).toEqual([]);
	});

	test("a row weighs 1, or 0 and is left out", () => {
		expect(read({ text: "a", weight: 1 })).toMatchObject({ trained: true, unused: [] });
		expect(read({ text: "a", weight: "0.0" }).trained).toBe(false);
		expect(read({ text: "a", weight: "72 kg" })).toMatchObject({ trained: true });
		expect(() => read({ text: "a", weight: 0.5 })).toThrow(/"weight" is 0\.5/);
	});

	test("a turn's weight is 0 or 1", () => {
		const turn = (says: object) => () => read({ messages: [user("a"), { ...assistant("b"), ...says }] });
		for (const says of [{ weight: 0 }, { weight: 1.0 }, { train: false }, { loss: true }, { weight: null }])
			expect(turn(says)).not.toThrow();
		expect(turn({ weight: 0.5 })).toThrow(/messages\[1\]\.weight is 0\.5/);
		expect(turn({ train: "no" })).toThrow(/messages\[1\]\.train is "no"/);
		expect(turn({ train_detail: [{ begin_offset: 0 }] })).toThrow(/train_detail/);
	});
});

describe("roles", () => {
	const roles = (names: readonly string[], source = "") =>
		normaliseRow({ messages: names.map((role) => ({ role, content: "a" })) }, "d", { template: { source } }).row;
	const read = (names: string, source?: string) => {
		const row = roles(names.split(" "), source);
		return row.kind === "messages" ? row.messages.map(({ role }) => role).join(" ") : "";
	};

	test("names of data sets, in any case, are the roles of templates", () => {
		expect(read("human gpt User Assistant BOT model prompter ai chatgpt")).toBe(
			"user assistant user assistant assistant assistant user assistant assistant",
		);
		expect(read("System developer Tool observation function ipython")).toBe("system system tool tool tool tool");
		expect(read("narrator critic")).toBe("narrator critic");
	});

	test("a role that the template has itself stays", () => {
		expect(read("developer observation", "{% if m.role == 'observation' %}")).toBe("system observation");
		expect(read("Developer", '{% if m.role == "developer" %}')).toBe("developer");
	});
});

describe("refused", () => {
	test.each([
		[
			"columns of other names",
			{ mr: "a", ref: "b" },
			/fields "mr", "ref".*rename them to "prompt" and "completion" *|rename/,
		],
		["a misspelt field", { promt: "a", completion: "b" }, /fields "promt", "completion".*rename "promt" to "prompt"/],
		[
			"half of Alpaca",
			{ instruction: "a", context: "b", reply: "c" },
			/nearest known row is "instruction" with "output"/,
		],
		["an empty object", {}, /the fields \(none\)/],
		["text that is a number", { text: 3 }, /"text" is a number, not a string/],
		["a mixed pair", { prompt: [user("a")], completion: "b" }, /"prompt" is a list and "completion" a string/],
		["no messages", { messages: [] }, /"messages" is empty/],
		["a message without role", { messages: [{ content: "a" }] }, /messages\[0\] has no "role"/],
		["a message without content", { messages: [user("a"), { role: "assistant" }] }, /messages\[1\] has no "content"/],
		["labels of another length", { input_ids: [1, 2], labels: [1] }, /2 input_ids and 1 labels/],
		["ids that are not numbers", { input_ids: ["1"] }, /"input_ids" is not a list of whole numbers/],
	])("%s", (_name, value, message) => {
		expect(() => read(value)).toThrow(message);
		expect(() => read(value)).toThrow(/line 1/);
	});

	test.each([["an image", { messages: [{ role: "user", content: [{ type: "image", url: "x" }] }] }]])(
		"%s is not supported yet",
		(_name, value) => {
			const refused = () => read(value);
			expect(refused).toThrow(TabTuneError);
			try {
				refused();
			} catch (error) {
				expect(error).toMatchObject({ code: "not-yet" });
			}
		},
	);
});
