// Formats of files whose names say nothing or the wrong thing, and files that are not data.

import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { textOf } from "../../shared/messages/message.ts";
import { textPieces } from "./bytes.ts";
import { detectData, detectFormat, encodingOf } from "./detect-format.ts";
import { encodingWarnings } from "./encoding-warnings.ts";
import { findInvalidText, windowsCharacter } from "./invalid-text.ts";
import { legacyEncoding } from "./legacy-encoding.ts";

/** A text of fixtures/make_encodings.py. */
interface Encoded {
	readonly encoding: string;
	readonly text: string;
	readonly base64: string;
}

const kind = (name: string, text: string, whole = true): string => {
	const { format, separator } = detectFormat(name, text, whole);
	return separator === undefined ? format : `${format} ${JSON.stringify(separator)}`;
};

describe("detectFormat", () => {
	test.each([
		["a.txt", '{"text":"a"}\n{"text":"b"}\n', "jsonl"],
		["a.csv", '\uFEFF{"text":"a"}\r\n{"text":"b"}\r\n', "jsonl"],
		["a", '[\n  {"text": "a"},\n  {"text": "b"}\n]', "json"],
		["a.jsonl", '[{"text":"a"}, {"text":"b"}]', "json"],
		["a.json", '{"text":"a"}\n{"text":"b"}', "jsonl"],
		["a.json", '{\n  "data": [\n    {"text": "a"}\n  ]\n}', "json"],
		["a.jsonl", '{"text": "a\n{"text": "b"}', "jsonl"],
		["a.csv", "prompt,completion\na,b\n", 'csv ","'],
		["a.csv", "Frage;Antwort\nWer, du?;Ich, ja\nWas?;Das\n", 'csv ";"'],
		["a.csv", "question\tanswer\nWho?\tMe, of course\n", 'tsv "\\t"'],
		["a.csv", "text\nOne fox.\nTwo, or three.\n", 'csv ","'],
		["a.tsv", "q\ta\n1\t2\n", 'tsv "\\t"'],
		["a.txt", "Who?\tPip.\nWhere?\tIn a tree.\n", 'tsv "\\t"'],
		["a.txt", "question,answer\nWho?,Pip.\n", 'csv ","'],
		["a", "问题,回答\n你是谁？,皮普。\n", 'csv ","'],
		["a.txt", "Once, there was a fox.\nThen, there was a cat.\n", "txt"],
		["a.txt", "[sic] it said\nand more", "txt"],
		["a.md", "# A story\n\nOnce upon a time.", "txt"],
		["a.txt", "", "txt"],
		["a.csv", "", 'csv ","'],
	])("%s holding %j", (name, text, expected) => {
		expect(kind(name, text)).toBe(expected);
	});

	test("the beginning of a larger file is enough, even if its last line is incomplete", () => {
		expect(kind("a.dat", '{"text":"a"}\n{"text":"b"}\n{"te', false)).toBe("jsonl");
		expect(kind("a.dat", '[{"text":"a"}, {"te', false)).toBe("json");
		expect(kind("a.txt", "q\ta\n1\t2\n3\t4\n5", false)).toBe('tsv "\\t"');
	});
});

test.each([
	["a.xlsx", "PK\u0003\u0004", /spreadsheet.*save it as CSV/],
	["a.zip", "PK\u0003\u0004", /zip/],
	["a.gz", "\u001f\u008b\u0008", /is compressed/],
	["a.bin", "\u0001\u0000\u0002", /is not text/],
])("%s is refused", async (name, text, message) => {
	const bytes = Uint8Array.from(text, (letter) => letter.charCodeAt(0));
	await expect(detectData(new Blob([bytes]), name)).rejects.toThrow(message);
});

test("Parquet and UTF-16 are recognised by their first bytes", async () => {
	expect(await detectData(new Blob(["PAR1xxxx"]), "a")).toMatchObject({ format: "parquet" });
	const utf16 = Uint8Array.of(0xff, 0xfe, 0x41, 0);
	expect(await detectData(new Blob([utf16]), "a.csv")).toMatchObject({ format: "csv", encoding: "utf-16le" });
	expect(await detectData(new Blob(["日本"]), "a.txt")).not.toHaveProperty("encoding");
});

describe("text that is not Unicode", () => {
	const { encodings } = JSON.parse(readFileSync("fixtures/encodings.json", "utf8")) as { encodings: Encoded[] };

	test.each(encodings)("$encoding: $text", async ({ encoding, text, base64 }) => {
		const bytes = Buffer.from(base64, "base64");
		const certain = ["gb18030", "cp1252"].includes(encoding);
		const found = await legacyEncoding(new Blob([bytes]));
		expect(found).toBe(certain ? (encoding === "cp1252" ? "windows-1252" : encoding) : null);
		if (found !== null) {
			let read = "";
			for await (const piece of textPieces({ blob: new Blob([bytes]), name: "a", encoding: found })) read += piece;
			expect(read).toBe(text);
		}
		// Wherever the first such byte is.
		const late = new Blob(["prompt,completion\n", "a,b\n".repeat(50_000), bytes]);
		expect(await legacyEncoding(late)).toBe(found);
	});

	test("UTF-8, also with damaged bytes, is not taken for another encoding", async () => {
		const text = new TextEncoder().encode("prompt,completion\nd\u00e9j\u00e0,vu\n");
		for (const bytes of [text, text.subarray(0, -9), Uint8Array.of(...text, 0xe9, 0x2c, 0xe8)])
			expect(await legacyEncoding(new Blob([bytes]))).toBeNull();
		expect(await legacyEncoding(new Blob([Uint8Array.from({ length: 500 }, (_, i) => (i * 97) % 256)]))).toBeNull();
	});

	test("rows are read with a warning that names the encoding", async () => {
		const { base64 } = encodings.find(({ encoding }) => encoding === "cp1252") as Encoded;
		const blob = new Blob(["prompt,completion\nHi,", Buffer.from(base64, "base64").subarray(0, 24), "\n"]);
		const source = await detectData(blob, "a.csv");
		expect(source).toMatchObject({ format: "csv", encoding: "windows-1252" });
		expect(textOf(encodingWarnings(source)[0])).toContain("it is read as Windows-1252");
	});
});

describe("bytes that are not UTF-8", () => {
	const utf16 = (text: string, big = false) =>
		Uint8Array.from(
			[...text].flatMap((c) =>
				big ? [c.charCodeAt(0) >> 8, c.charCodeAt(0) & 255] : [c.charCodeAt(0) & 255, c.charCodeAt(0) >> 8],
			),
		);
	const place = async (bytes: Uint8Array<ArrayBuffer>, encoding: "utf-8" | "utf-16le" | "gb18030" = "utf-8") =>
		findInvalidText(new Blob([bytes]), encoding);
	const bytesOf = (text: string, ...more: number[]) => Uint8Array.from([...new TextEncoder().encode(text), ...more]);

	test("UTF-16 without a mark is recognised by its zero bytes; other zero bytes are not text", () => {
		expect(encodingOf(utf16("prompt,completion\nhello,world\n"))).toBe("utf-16le");
		expect(encodingOf(utf16("问题,回答\n你好,皮普\n", true))).toBe("utf-16be");
		expect(encodingOf(Uint8Array.from([97, 0, 0, 98]))).toBeNull();
		expect(encodingOf(bytesOf(`${"a line\n".repeat(40)}`, 97, 0))).toBeNull();
	});

	test("the first invalid byte has its line, column and value", async () => {
		expect(await place(bytesOf(`prompt,completion\n${"hello,world\n".repeat(4000)}caf`, 0xe9, 44, 120))).toEqual({
			line: 4002,
			column: 4,
			byte: 48021,
			value: 0xe9,
		});
		// A character that is cut at the end, after a genuine U+FFFD and a mark.
		expect(await place(bytesOf("\uFEFFa\uFFFDb\nü", 0xe4, 0xb8))).toEqual({
			line: 2,
			column: 2,
			byte: 11,
			value: 0xe4,
		});
		expect(await place(bytesOf("fine \uFFFD"))).toBeNull();
		expect(await place(Uint8Array.from([...utf16("ab\nc"), 0x3d, 0xd8, 97, 0]), "utf-16le")).toMatchObject({
			line: 2,
			column: 2,
		});
		expect(await place(bytesOf("ab\n", 0xff, 0xff), "gb18030")).toEqual({
			line: 2,
			column: 1,
			byte: null,
			value: null,
		});
		expect([0xe9, 0x81].map(windowsCharacter)).toEqual(["é", ""]);
	});
});
