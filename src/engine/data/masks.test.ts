// The assistant mask of a conversation for every chat template in the fixtures, token by token against marks
// found in Python by the turns' own headers and ends (fixtures/make_mask_fixture.py).
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { ChatTemplate, type Message } from "./chat-template.ts";
import { ConversationEncoder } from "./conversation.ts";
import { bundled, fileIn, folderOf, templateFrom } from "./test-files.ts";
import { Tokenizer } from "./tokenizer.ts";

type Expected = { ids: number[]; mask: string } | { error: string };
const fixture: {
	conversations: { name: string; tools?: boolean; messages: Message[] }[];
	tools: unknown[];
	models: Record<string, Expected[]>;
} = JSON.parse(readFileSync("fixtures/masks.json", "utf8"));

/** Qwen 2.5's folder holds its configuration alone; its ids are those of Qwen 3's tokenizer. */
const TOKENIZER_OF: Record<string, string> = { "qwen2.5": "qwen3" };

describe.each(Object.entries(fixture.models))("%s", (name, table) => {
	const folder = folderOf(name);
	const definition = fileIn(folderOf(TOKENIZER_OF[name] ?? name) ?? "", "tokenizer.json");
	const template = folder === null ? null : templateFrom(folder);
	if (folder === null || template === null || definition === undefined) {
		console.log(`${name}: no masks, its files are not here (see test-files.ts)`);
		test("flags the assistant turns", ({ skip }) => skip("its files are missing"));
		return;
	}
	const tokenizer = Tokenizer.load({
		tokenizer: definition,
		tokenizer_config: fileIn(folder, "tokenizer_config.json"),
	});
	const encoder = new ConversationEncoder(template, tokenizer);
	test.each(fixture.conversations.map((conversation, i) => ({ ...conversation, expected: table[i] })))(
		"$name",
		({ messages, tools, expected }) => {
			const context = { where: "row 1", tools: tools ? fixture.tools : undefined };
			const encode = () => encoder.encodeAssistant(messages, context);
			if ("error" in expected) return expect(encode).toThrow(expected.error);
			const { ids, assistant } = encode();
			expect(ids).toEqual(expected.ids);
			const marked = (flags: ArrayLike<boolean>) => ids.map((id, i) => (flags[i] ? tokenizer.pieces([id])[0] : "·"));
			expect(marked(assistant)).toEqual(marked(Array.from(expected.mask, (flag) => flag === "1")));
		},
	);
});

test("a template that omits answers is refused", () => {
	const { tokenizer } = bundled();
	const silent = new ChatTemplate(
		"{% for m in messages %}{% if m.role == 'user' %}{{ m.content }}{% endif %}{% endfor %}",
	);
	const encoder = new ConversationEncoder(silent, tokenizer);
	const messages = [
		{ role: "user", content: "a" },
		{ role: "assistant", content: "b" },
	];
	expect(() => encoder.encodeAssistant(messages, { where: "row 1" })).toThrow(/row 1.*assistant_only_loss/s);
});
