import { readFileSync } from "node:fs";
import { describe, expect, test, vi } from "vitest";
import { TabTuneError } from "../../shared/errors.ts";
import { ChatTemplate, type Message } from "./chat-template.ts";
import { bundled, folderOf, templateFrom } from "./test-files.ts";

interface Rendering {
	template: string;
	conversation: number;
	options: { add_generation_prompt?: boolean; tools?: unknown[]; enable_thinking?: boolean };
	expected: string | { error: string };
}
const fixture: { templates: Record<string, string>; conversations: Message[][]; renderings: Rendering[] } = JSON.parse(
	readFileSync("fixtures/chat-template.json", "utf8"),
);
const special = { bos_token: "<s>", eos_token: "</s>" };
const user = (content: string): Message => ({ role: "user", content });
const rendered = (source: string, messages: readonly Message[] = [user("hi")]) =>
	new ChatTemplate(source).render(messages, { add_generation_prompt: false, special });

describe.each([...new Set(fixture.renderings.map(({ template }) => template))])("%s equals Python's jinja2", (name) => {
	const own = fixture.templates[name];
	const folder = own === undefined ? folderOf(name) : null;
	const template = own === undefined ? folder && templateFrom(folder) : new ChatTemplate(own);
	if (!template) {
		console.log(`${name}: not rendered, its template is not here (see test-files.ts)`);
		test("renders", ({ skip }) => skip("its files are missing"));
		return;
	}
	test.each(fixture.renderings.filter((rendering) => rendering.template === name))(
		"conversation $conversation $options",
		({ conversation, options, expected }) => {
			const render = () => {
				const { add_generation_prompt = false, tools, ...variables } = options;
				return template.render(fixture.conversations[conversation], {
					add_generation_prompt,
					tools,
					variables,
					special,
				});
			};
			if (typeof expected === "string") expect(render()).toBe(expected);
			else expect(render).toThrow(TabTuneError);
		},
	);
});

test("the bundled template writes ChatML and opens the answer on request", () => {
	const { template, tokenizer } = bundled();
	const messages = [user("Hi"), { role: "assistant", content: "Hello." }];
	expect(template.render(messages, { add_generation_prompt: true, special: tokenizer.special })).toBe(
		"<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\nHello.<|im_end|>\n<|im_start|>assistant\n",
	);
	const ids = template.encode(messages, tokenizer, { add_generation_prompt: false });
	expect(ids[0]).toBe(1); // <|im_start|>, with no BOS in front
	expect(ids.filter((id) => id === 2)).toHaveLength(2);
});

describe("a failing template", () => {
	test("is reported with the row and the template's message", () => {
		const template = new ChatTemplate("{{ raise_exception('Roles must alternate') }}");
		expect(() => template.render([], { add_generation_prompt: false, special, where: "row 17" })).toThrow(
			/refuses the conversation: Roles must alternate \(row 17\)/,
		);
		expect(() => template.render([], { add_generation_prompt: false, special, where: "row 17" })).toThrow(TabTuneError);
	});

	test.each([
		["does not parse", "{% for x in %}"],
		["strip of nothing", "{{ nothing.strip() }}"],
		["strip of none", "{{ none.lstrip('x') }}"],
	])("%s", (_name, source) => {
		expect(() => rendered(source)).toThrow(TabTuneError);
	});
});

describe("an untrusted template cannot block the tab", () => {
	test.each([
		["a range of 1e8", "{% for i in range(100000000) %}{% endfor %}", /range\(\) of 100000000/],
		[
			"nested loops",
			"{% for a in range(9999) %}{% for b in range(9999) %}{{ a * b }}{% endfor %}{% endfor %}",
			/more than 500000 steps/,
		],
		[
			"a string that doubles",
			"{% set ns = namespace(s='0123456789abcdef') %}{% for i in range(60) %}{% set ns.s = ns.s ~ ns.s %}{% endfor %}{{ ns.s }}",
			/more than 16000000 characters/,
		],
		[
			"a list that doubles",
			"{% set ns = namespace(l=[1, 2, 3, 4]) %}{% for i in range(60) %}{% set ns.l = ns.l + ns.l %}{% endfor %}",
			/list of more than 100000/,
		],
	])("%s", (_name, source, message) => {
		// The clock is frozen, so that a slow machine does not reach the time limit first.
		const clock = vi.spyOn(performance, "now").mockReturnValue(0);
		try {
			expect(() => rendered(source)).toThrow(message);
		} finally {
			clock.mockRestore();
		}
	});

	test("slow templates are stopped by time, before the step limit", () => {
		let now = 0;
		const clock = vi.spyOn(performance, "now").mockImplementation(() => {
			now += 1; // a millisecond a step
			return now;
		});
		try {
			expect(() => rendered("{% for i in range(9999) %}{{ i }}{% endfor %}")).toThrow(/more than 5 seconds/);
			expect(now).toBeLessThan(5100);
		} finally {
			clock.mockRestore();
		}
	});

	test("a conversation of two thousand turns is well within the limits", () => {
		const messages = Array.from(
			{ length: 2000 },
			(_, i): Message => ({ role: i % 2 === 0 ? "user" : "assistant", content: "<think>\nwell\n</think>\n\nyes" }),
		);
		expect(rendered(fixture.templates.thinking, messages)).toContain("<|im_end|>");
	});

	test("range counts as in Python", () => {
		expect(
			rendered(
				"{{ range(3) | join(',') }} {{ range(2, 9, 3) | join(',') }} {{ range(5, 0, -2) | join(',') }} {{ range(0) | join(',') }}",
			),
		).toBe("0,1,2 2,5,8 5,3,1 ");
	});
});

test("strftime_now writes the date in English in every browser language", () => {
	const template = new ChatTemplate(
		"{{ strftime_now('%d %b %Y, %A %H:%M %p %% %Q') }}",
		() => new Date(2026, 2, 5, 14, 7),
	);
	expect(template.render([], { add_generation_prompt: false, special })).toBe("05 Mar 2026, Thursday 14:07 PM % %Q");
});

describe("load", () => {
	test("chat_template.jinja precedes tokenizer_config.json; of several templates, the default is used; without one, null", () => {
		const config = JSON.stringify({ chat_template: "config" });
		expect(ChatTemplate.load({ chat_template: "file", tokenizer_config: config })?.source).toBe("file");
		expect(ChatTemplate.load({ tokenizer_config: config })?.source).toBe("config");
		const several = [
			{ name: "tool_use", template: "tools" },
			{ name: "default", template: "plain" },
		];
		expect(ChatTemplate.load({ tokenizer_config: JSON.stringify({ chat_template: several }) })?.source).toBe("plain");
		const named = ChatTemplate.load({ chat_template: "plain", additional_chat_templates: { tool_use: "tools" } });
		const render = (template: ChatTemplate | null, tools?: unknown[]) =>
			template?.render([], { add_generation_prompt: false, special, tools });
		expect([render(named), render(named, [{}])]).toEqual(["plain", "tools"]);
		const nameless = ChatTemplate.load({
			tokenizer_config: JSON.stringify({ chat_template: [{ name: "rag", template: "R" }, several[0]] }),
		});
		expect(render(nameless, [{}])).toBe("tools");
		expect(() => render(nameless)).toThrow(/several chat templates \(rag, tool_use\)/);
		expect(ChatTemplate.load({ tokenizer_config: "{}" })).toBeNull();
		expect(ChatTemplate.load({})).toBeNull();
	});
});
