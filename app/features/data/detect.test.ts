// Files whose names say nothing or lie, and files that are no data.
import { describe, expect, test } from "vitest";
import { detect, encodingOf, isParquet, refusal } from "./detect.ts";

const kind = (name: string, text: string, whole = true): string => {
	const found = detect(name, text, whole);
	return found.kind === "table" ? `table ${JSON.stringify(found.separator)}` : found.kind;
};

describe("detect", () => {
	test.each([
		["a.txt", '{"text":"a"}\n{"text":"b"}\n', "jsonl"],
		["a.csv", '\uFEFF{"text":"a"}\r\n{"text":"b"}\r\n', "jsonl"],
		["a", '[\n  {"text": "a"},\n  {"text": "b"}\n]', "json"],
		["a.jsonl", '[{"text":"a"}, {"text":"b"}]', "json"],
		["a.json", '{"text":"a"}\n{"text":"b"}', "jsonl"],
		["a.json", '{\n  "data": [\n    {"text": "a"}\n  ]\n}', "json"],
		["a.jsonl", '{"text": "a\n{"text": "b"}', "jsonl"],
		["a.csv", "prompt,completion\na,b\n", 'table ","'],
		["a.csv", "Frage;Antwort\nWer, du?;Ich, ja\nWas?;Das\n", 'table ";"'],
		["a.csv", "question\tanswer\nWho?\tMe, of course\n", 'table "\\t"'],
		["a.csv", "text\nOne fox.\nTwo, or three.\n", 'table ","'],
		["a.tsv", "q\ta\n1\t2\n", 'table "\\t"'],
		["a.txt", "Who?\tPip.\nWhere?\tIn a tree.\n", 'table "\\t"'],
		["a.txt", "question,answer\nWho?,Pip.\n", 'table ","'],
		["a", "问题,回答\n你是谁？,皮普。\n", 'table ","'],
		["a.txt", "Once, there was a fox.\nThen, there was a cat.\n", "text"],
		["a.txt", "[sic] it said\nand more", "text"],
		["a.md", "# A story\n\nOnce upon a time.", "text"],
		["a.txt", "", "text"],
		["a.csv", "", 'table ","'],
	])("%s holding %j", (name, text, expected) => {
		expect(kind(name, text)).toBe(expected);
	});

	test("the head of a larger file is enough, though its last line is cut", () => {
		expect(kind("a.dat", '{"text":"a"}\n{"text":"b"}\n{"te', false)).toBe("jsonl");
		expect(kind("a.dat", '[{"text":"a"}, {"te', false)).toBe("json");
		expect(kind("a.txt", "q\ta\n1\t2\n3\t4\n5", false)).toBe('table "\\t"');
	});
});

test("what is no text is told apart by its first bytes", () => {
	const bytes = (text: string) => new TextEncoder().encode(text);
	expect(isParquet(bytes("PAR1xxxx"))).toBe(true);
	expect(refusal(bytes("PK\u0003\u0004"), "a.xlsx")?.what).toBe("workbook");
	expect(refusal(bytes("PK\u0003\u0004"), "a.zip")?.what).toBe("zip");
	expect(refusal(Uint8Array.of(0x1f, 0x8b, 8), "a.gz")?.what).toBe("gzip");
	expect(refusal(Uint8Array.of(1, 0, 2), "a.bin")?.what).toBe("binary");
	expect(refusal(bytes("日本"), "a.txt")).toBeNull();
	expect(encodingOf(Uint8Array.of(0xff, 0xfe, 0x41, 0))).toBe("utf-16le");
	expect(refusal(Uint8Array.of(0xff, 0xfe, 0x41, 0), "a.csv")).toBeNull();
});

test("GB 18030, as Excel in a Chinese Windows writes CSV, is told from Windows-1252", () => {
	// "问题,回答" and "café, déjà vu", by hand.
	const chinese = Uint8Array.of(0xce, 0xca, 0xcc, 0xe2, 0x2c, 0xbb, 0xd8, 0xb4, 0xf0);
	expect(encodingOf(chinese)).toBe("gb18030");
	expect(new TextDecoder("gb18030").decode(chinese)).toBe("问题,回答");
	const french = Uint8Array.from([..."caf\u00e9, d\u00e9j\u00e0 vu"].map((letter) => letter.charCodeAt(0)));
	expect(encodingOf(french)).toBe("utf-8");
	// A character cut at the end of the head is no fault.
	expect(encodingOf(new TextEncoder().encode("日本").subarray(0, 5))).toBe("utf-8");
});
