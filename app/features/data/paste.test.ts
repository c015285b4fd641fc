// Pasted text: spreadsheet cells with quotes and line breaks, JSON in both forms, plain text.
import { describe, expect, test } from "vitest";
import { readPaste } from "./paste.ts";

describe("readPaste", () => {
	test("empty text is no data", () => {
		expect(readPaste(" \n\t\n")).toBeNull();
	});

	test("cells keep tabs, line breaks and quotes", () => {
		const text = 'Tell me\t"Line one\nsaid ""hi""\tthere"\r\nNext\tcell';
		expect(readPaste(text)).toMatchObject({ kind: "table", text: text.replace("\r", ""), skippedLines: [] });
	});

	test("a quote inside a cell or an unclosed quote is a character", () => {
		expect(readPaste('"Yes" he said\tshe "left"\na\tb')?.text).toBe('"""Yes"" he said"\t"she ""left"""\na\tb');
	});

	test("lines with fewer than two cells are left out by line number, and cells beyond the first line's columns too", () => {
		const paste = readPaste('a\t"two\nlines"\nlonely\nc\td\textra');
		expect(paste).toMatchObject({ kind: "table", skippedLines: [3], text: 'a\t"two\nlines"\n\nc\td' });
	});

	test("a single line is an example even if it looks like a header", () => {
		expect(readPaste("question\tanswer")?.single).toEqual(["question", "answer"]);
	});

	test("a stray tab in a text does not make it a table", () => {
		expect(readPaste("one\ttwo\nthree\nfour\nfive\n")?.kind).toBe("text");
	});

	test("JSON lines are passed on unchanged, including invalid ones", () => {
		const text = '{"text":"a"}\n{"text":';
		expect(readPaste(`\uFEFF${text}\n`)).toMatchObject({ kind: "jsonl", text });
	});

	test("a JSON list is recognised; a bracketed sentence is text", () => {
		expect(readPaste('[{"text":"a"},{"text":"b"}]')?.kind).toBe("json");
		expect(readPaste("[sic] it said")?.kind).toBe("text");
	});
});
