import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { TabTuneError } from "../../../shared/errors.ts";
import type { JsonObject } from "../../../shared/json.ts";
import { ChatTemplate, type Message } from "../chat-template.ts";
import { parseJson } from "../exact-json.ts";

type Case = [template: string, value: string | null, expected: string | { error: string }];
const cases: Case[] = JSON.parse(readFileSync("fixtures/jinja-values.json", "utf8"));

/** The rendering, or "error". */
function rendered(template: string, value: string | null): string {
	try {
		return new ChatTemplate(template).render([], {
			add_generation_prompt: false,
			special: {},
			variables: parseJson(value === null ? "{}" : `{"v": ${value}}`) as JsonObject,
		});
	} catch (error) {
		if (error instanceof TabTuneError) return "error";
		throw error;
	}
}

describe("templates print values as transformers does", () => {
	test.each([...new Set(cases.map(([template]) => template))])("%j", (name) => {
		const own = cases.filter(([template]) => template === name);
		const wanted = own.map(([, value, expected]) => [value, typeof expected === "string" ? expected : "error"]);
		expect(own.map(([template, value]) => [value, rendered(template, value)])).toEqual(wanted);
	});
});

test("a tool call's numbers and keys stay as the file writes them", () => {
	const row = parseJson(
		'{"messages": [{"role": "assistant", "tool_calls": [{"arguments": {"row": 1234567890123456789, "12": 21.0, "3": 1e-05}}]}]}',
	) as { messages: Message[] };
	const template = new ChatTemplate("{{ messages[0].tool_calls[0].arguments | tojson }}");
	expect(template.render(row.messages, { add_generation_prompt: false, special: {} })).toBe(
		'{"row": 1234567890123456789, "12": 21.0, "3": 1e-05}',
	);
});

test("a turn's reasoning reaches the template under the names that transformers 5 gives it", () => {
	const template = new ChatTemplate("{{ messages[0].reasoning_content }}|{{ messages[0].thinking }}");
	const render = (fields: JsonObject) =>
		template.render([{ role: "assistant", content: "4", ...fields }], { add_generation_prompt: false, special: {} });
	for (const name of ["reasoning", "thinking", "reasoning_content"]) expect(render({ [name]: "two" })).toBe("two|two");
	expect(render({ thinking: "a", reasoning_content: "b" })).toBe("b|a");
	expect(render({ thinking: null })).toBe("|None");
});

test("a template that joins text with a dict raises, as in Python", () => {
	const template = new ChatTemplate("{{ 'rain ' + messages[0].arguments }}");
	expect(() =>
		template.render([{ role: "assistant", content: "", arguments: { town: "Oslo" } }], {
			add_generation_prompt: false,
			special: {},
			where: "row 3",
		}),
	).toThrow(/can only concatenate str \(not "dict"\) to str \(row 3\)/);
});
