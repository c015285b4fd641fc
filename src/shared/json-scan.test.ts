// Errors of JSON texts: agreement with JSON.parse, and their places.

import { describe, expect, it } from "vitest";
import { randomInts } from "../engine/formats/test-tools.ts";
import { lineAndColumn, locateJsonError } from "./json-scan.ts";
import { textOf } from "./messages/message.ts";

const SAMPLE = '{"a": [1, -2.5e+3, true, null, "x\\u00e9\\n\\""], "b": {}, "c": [], "d": {"e": false}}';

function parses(text: string): boolean {
	try {
		JSON.parse(text);
		return true;
	} catch {
		return false;
	}
}

describe("locateJsonError", () => {
	it("agrees with JSON.parse on 20,000 mutations of a sample", () => {
		const random = randomInts(3);
		const disagreements: string[] = [];
		const alphabet = '{}[],:"\\0123.eE+-truefalsn x\n\u0001';
		for (let round = 0; round < 20_000; round++) {
			let text = SAMPLE;
			for (let edits = 1 + random(2); edits > 0; edits--) {
				const at = random(text.length + 1);
				text = text.slice(0, at) + (random(2) ? alphabet[random(alphabet.length)] : "") + text.slice(at + random(3));
			}
			if ((locateJsonError(text) === null) !== parses(text)) disagreements.push(text);
		}
		expect(disagreements).toEqual([]);
	});

	it.each([
		['{"a" 1}', 5, '":"'],
		['{"a": 1,}', 8, "a key"],
		["[1 2]", 3, '"," or "]"'],
		['{"a": "x', 6, "is not closed"],
		['{"a": 1} x', 9, "after the end"],
		["[[1]", 4, "ends too early"],
		["", 0, "ends too early"],
		['["\\x"]', 2, "escape"],
		["[01]", 1, "a value"],
		["{,}", 1, "a key"],
	])("finds the position of the error in %s", (text, at, what) => {
		const problem = locateJsonError(text);
		expect(problem?.at).toBe(at);
		expect(textOf(problem?.what ?? "")).toContain(what);
	});

	it("recognises a text that ends too early", () => {
		for (const text of ['["a', '{"a": 1', "", "["]) expect(locateJsonError(text)?.incomplete).toBe(true);
		expect(locateJsonError("[1,]")?.incomplete).toBeUndefined();
	});

	it("finds duplicate keys in an object, whatever their escapes", () => {
		expect(locateJsonError('{"a": {"x": 1}, "b": {"x": 2}}', { uniqueKeys: true })).toBeNull();
		const problem = locateJsonError('{"a": 1, "\\u0061": 2}', { uniqueKeys: true });
		expect([textOf(problem?.what ?? ""), problem?.at]).toEqual(['the key "a" occurs twice', 9]);
		expect(textOf(locateJsonError('{"a": [{"b": 1, "b": 1}]}', { uniqueKeys: true })?.what ?? "")).toContain('"b"');
		expect(locateJsonError('{"a": 1, "a": 2}')).toBeNull();
	});

	it("does not overflow the stack on a million brackets", () => {
		expect(textOf(locateJsonError("[".repeat(1_000_000))?.what ?? "")).toContain("too early");
	});
});

it("lineAndColumn counts from one", () => {
	expect(textOf(lineAndColumn("ab\ncd", 0))).toBe("line 1, column 1");
	expect(textOf(lineAndColumn("ab\ncd", 4))).toBe("line 2, column 2");
});
