import { describe, expect, test } from "vitest";
import { TabTuneError } from "../../shared/errors.ts";
import { normaliseRow } from "./rows.ts";

const read = (value: unknown, hasChatTemplate = true) => normaliseRow(value, "d.jsonl, line 1", { hasChatTemplate });
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
		expect(read(value)).toEqual({ shape, row });
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

describe("refused", () => {
	test.each([
		[
			"columns of other names",
			{ mr: "a", ref: "b" },
			/fields "mr", "ref".*rename them to "prompt" and "completion" *|rename/,
		],
		[
			"a misspelt field",
			{ Prompt: "a", completion: "b" },
			/fields "Prompt", "completion".*rename "Prompt" to "prompt"/,
		],
		[
			"half of Alpaca",
			{ instruction: "a", context: "b", response: "c" },
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

	test.each([
		["KTO", { prompt: "a", completion: "b", label: true }],
		["an image", { messages: [{ role: "user", content: [{ type: "image", url: "x" }] }] }],
	])("%s is not supported yet", (_name, value) => {
		const refused = () => read(value);
		expect(refused).toThrow(TabTuneError);
		try {
			refused();
		} catch (error) {
			expect(error).toMatchObject({ code: "not-yet" });
		}
	});
});
