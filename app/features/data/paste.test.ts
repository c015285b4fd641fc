// Pasted text: spreadsheet cells with quotes and line breaks, JSON in both forms, plain text.
import { describe, expect, test } from "vitest";
import { readPaste } from "./paste.ts";

const rows = (text: string): unknown[] => (readPaste(text)?.text ?? "").split("\n").map((line) => JSON.parse(line));

describe("readPaste", () => {
	test("empty text is no data", () => {
		expect(readPaste(" \n\t\n")).toBeNull();
	});

	test("two columns become prompt and completion; a header is skipped", () => {
		const paste = readPaste("Question\tAnswer\nWho are you?\tI am Pip.\nHow old?\tSeven.\n");
		expect(paste).toMatchObject({ format: "jsonl", kind: "table", rows: 2, skippedLines: [], extraColumns: false });
		expect(rows("Question\tAnswer\nWho are you?\tI am Pip.\nHow old?\tSeven.\n")).toEqual([
			{ prompt: "Who are you?", completion: "I am Pip." },
			{ prompt: "How old?", completion: "Seven." },
		]);
	});

	test("a single row is an example even if it looks like a header", () => {
		expect(readPaste("question\tanswer")?.rows).toBe(1);
	});

	test("quoted cells keep tabs, line breaks and quotes", () => {
		expect(rows('Tell me\t"Line one\nsaid ""hi""\tthere"\r\nNext\tcell')).toEqual([
			{ prompt: "Tell me", completion: 'Line one\nsaid "hi"\tthere' },
			{ prompt: "Next", completion: "cell" },
		]);
	});

	test("a quote inside a cell or an unclosed quote is plain text", () => {
		expect(rows('"Yes" he said\tshe "left"\na\tb')[0]).toEqual({ prompt: '"Yes" he said', completion: 'she "left"' });
	});

	test("lines without a second cell are skipped and reported by line number", () => {
		const paste = readPaste('a\t"two\nlines"\nlonely\nc\td\textra');
		expect(paste).toMatchObject({ rows: 2, skippedLines: [3], extraColumns: true });
	});

	test("a stray tab in a text does not make it a table", () => {
		expect(readPaste("one\ttwo\nthree\nfour\nfive\n")?.kind).toBe("text");
	});

	test("JSON lines are passed on unchanged, including invalid ones", () => {
		const text = '{"text":"a"}\n{"text":';
		expect(readPaste(`\uFEFF${text}\n`)).toMatchObject({ format: "jsonl", kind: "jsonl", text });
	});

	test("a JSON list is counted; a bracketed sentence is text", () => {
		expect(readPaste('[{"text":"a"},{"text":"b"}]')).toMatchObject({ format: "json", rows: 2 });
		expect(readPaste("[sic] it said")?.format).toBe("txt");
	});
});
