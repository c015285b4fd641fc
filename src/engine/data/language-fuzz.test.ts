// Changed tokenizers and chat templates are read or refused, and every id of an encoded text is one of the vocabulary.
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { isObject } from "../../shared/json.ts";
import { changedJson, changedText, fuzz } from "../../shared/test-fuzz.ts";
import { errorOf, fixtureText } from "../formats/test-tools.ts";
import { ChatTemplate } from "./chat-template.ts";
import { Tokenizer } from "./tokenizer.ts";

const [DEFINITION, CONFIG] = ["tokenizer", "tokenizer_config"].map((name) =>
	readFileSync(`public/base-model/${name}.json`, "utf8"),
);

const EXPRESSIONS = [
	...["(a+)+$", "(\\s+)+$", "(?:(?:x|xx)+)+y", "[", "(?i:'s)", "\\p{Nope}", "(.*)*$", "", "(?<n>a)\\k<n>"],
	...[".{0,100000}", "((((a*)*)*)*)b", "(?=", "a**", "(?x) a"],
];
const PARTS = ["normalizer", "pre_tokenizer", "post_processor", "decoder"];
const partsOf = (Regex: string, behavior: string): readonly object[] => [
	{ type: "Split", pattern: { Regex }, behavior, invert: false },
	{ type: "Replace", pattern: { Regex }, content: "y".repeat(10_000) },
	{ type: "Metaspace", replacement: "xx", prepend_scheme: "always" },
	{ type: "Prepend", prepend: "a".repeat(100_000) },
	{ type: "Precompiled", precompiled_charsmap: "AAAA" },
	{ type: "constructor" },
];
const TEXTS = [
	...["Once upon a time <|im_end|> ünï 12.", `${"a".repeat(40)}b`, "   \t\n      x".repeat(4), `${"x".repeat(40)}!`],
	"日本語 👩‍👩‍👧 \0\ufeff\ud800",
];

test("tokenizer.json and tokenizer_config.json", async () => {
	const { cases } = JSON.parse(fixtureText("tokenizer-parts.json")) as { cases?: unknown };
	const others = Array.isArray(cases) ? cases.filter(isObject).map(({ tokenizer }) => tokenizer) : [];
	const definitions = [JSON.parse(DEFINITION) as Record<string, unknown>, ...others.filter(isObject)];
	await fuzz(
		(random) => {
			const definition = { ...random.oneOf(definitions) };
			if (random.chance(0.3)) {
				const parts = partsOf(random.oneOf(EXPRESSIONS), random.oneOf(["Isolated", "Removed", "x"]));
				definition[random.oneOf(PARTS)] = random.oneOf(parts);
			}
			const tokenizer = random.chance(0.8) ? changedJson(random, definition) : JSON.stringify(definition);
			const tokenizer_config = random.chance(0.3) ? changedJson(random, JSON.parse(CONFIG)) : CONFIG;
			return { input: { tokenizer, tokenizer_config }, size: tokenizer.length + tokenizer_config.length };
		},
		(files) => {
			const tokenizer = Tokenizer.load(files);
			for (const text of TEXTS) {
				const ids = tokenizer.encode(text, { addSpecialTokens: true });
				expect(ids.filter((id) => !(Number.isInteger(id) && id >= 0 && id < tokenizer.vocabSize))).toEqual([]);
				tokenizer.decode(ids, { skipSpecialTokens: false });
			}
		},
	);
});

const PIECES = [
	...["{% for i in range(99999) %}", "{% endfor %}", "{{ messages.constructor }}", "{{ 'a' * 100000000 }}"],
	...["{{ ''.constructor.constructor('return process')() }}", "{{ range(10**9) }}", "{% set x = x ~ x %}", "{{"],
	...["{% macro f(x) %}{{ f(x) }}{% endmacro %}{{ f(1) }}", "{{ strftime_now('%' * 1000) }}", "| indent(100000)"],
	...["| replace('', 'x' * 1000)", "{{ 1 / 0 }}", "{% if true %}", "{% generation %}", "{{ messages | sort }}", "%}"],
	...[
		"{{ messages | groupby('role') }}",
		"{{ 'x'.join(['y'] * 99999) }}",
		"{{ messages.append(1) }}",
		"(".repeat(5000),
	],
	...["{{ ".repeat(2000), "not ".repeat(5000), "{% if x %}".repeat(3000)],
	"{% set n = namespace() %}{% for i in range(9999) %}{% set n.x = (n.x or 'a') ~ (n.x or 'a') %}{% endfor %}",
];
const CONVERSATIONS = [
	[
		{ role: "user", content: "hi" },
		{ role: "assistant", content: "yo" },
	],
	[
		{ role: "system", content: "s" },
		{ role: "user", content: "{{ 1 }}" },
		{
			role: "assistant",
			content: "",
			tool_calls: [{ type: "function", function: { name: "f", arguments: { a: 1 } } }],
		},
	],
];

test("chat templates", async () => {
	const tokenizer = Tokenizer.load({ tokenizer: DEFINITION, tokenizer_config: CONFIG });
	const { templates = {} } = JSON.parse(fixtureText("chat-template.json")) as { templates?: Record<string, string> };
	const bundled = readFileSync("public/base-model/chat_template.jinja", "utf8");
	const whole = [bundled, ...Object.values(templates).filter((text) => typeof text === "string")];
	await fuzz(
		(random) => {
			const own = Array.from({ length: 1 + random.below(5) }, () => random.oneOf(PIECES)).join(" ");
			const text = random.chance(0.2) ? own : changedText(random, random.oneOf(whole), PIECES);
			return { input: text, size: text.length };
		},
		(chat_template) => {
			const template = ChatTemplate.load({ chat_template, tokenizer_config: CONFIG });
			for (const messages of CONVERSATIONS) template?.encode(messages, tokenizer, { add_generation_prompt: false });
		},
	);
});

test("ids of added tokens are bounded", async () => {
	const definition = JSON.parse(DEFINITION);
	definition.added_tokens[0].id = 1e9;
	const error = await errorOf(() => Tokenizer.load({ tokenizer: JSON.stringify(definition) }));
	expect(error.message).toContain("has the id 1000000000");
});
