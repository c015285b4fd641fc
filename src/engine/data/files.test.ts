import { describe, expect, test } from "vitest";
import { TabTuneError } from "../../shared/errors.ts";
import { dataMessage } from "../../shared/messages/index.ts";
import { textOf } from "../../shared/messages/message.ts";
import type { DataFormat } from "../api.ts";
import { textPieces } from "./bytes.ts";
import { editableRows } from "./editable-rows.ts";
import { type RawRow, rawRows } from "./files.ts";
import { openData } from "./open-data.ts";

async function read(text: string | Blob, format: DataFormat = "jsonl"): Promise<RawRow[]> {
	const rows: RawRow[] = [];
	for await (const row of rawRows({
		name: `data.${format}`,
		format,
		blob: typeof text === "string" ? new Blob([text]) : text,
	}))
		rows.push(row);
	return rows;
}
const values = async (text: string, format: DataFormat = "jsonl") =>
	(await read(text, format)).map(({ value }) => value);
/** The bytes one at a time: every cut that a stream may make. */
async function* drip(text: string): AsyncGenerator<Uint8Array> {
	for (const byte of new TextEncoder().encode(text)) yield Uint8Array.of(byte);
}

describe("columns with other names", () => {
	const renamed = async (text: string, columns: Record<string, string>, format: DataFormat = "jsonl") => {
		const found: unknown[] = [];
		const file = { name: `data.${format}`, format, blob: new Blob([text]), columns };
		for await (const { value } of rawRows(file)) found.push(value);
		return found;
	};
	const columns = { question: "prompt", answer: "completion" };

	test("are the fields that they stand for, in every format", async () => {
		const rows = [
			{ id: "1", prompt: "a", completion: "b" },
			{ id: "2", prompt: "c", completion: "d" },
		];
		expect(await renamed("id,question,answer\n1,a,b\n2,c,d", columns, "csv")).toEqual(rows);
		const objects = '{"id":"1","question":"a","answer":"b"}\n{"id":"2","question":"c","answer":"d"}';
		expect(await renamed(objects, columns)).toEqual(rows);
		expect(await renamed(`[${objects.replace("\n", ",")}]`, columns, "json")).toEqual(rows);
		expect(await renamed("prompt,completion\na,b", { prompt: "completion", completion: "prompt" }, "csv")).toEqual([
			{ completion: "a", prompt: "b" },
		]);
	});

	test("are refused where the file has no such column, or two with one name", async () => {
		await expect(renamed("q,answer\na,b", columns, "csv")).rejects.toThrow(
			/no column question \(data\.csv\): its columns are q, answer/,
		);
		await expect(renamed('{"q":"a"}\n{"q":"b"}', columns)).rejects.toThrow(
			/no column question, answer.*its columns are q/,
		);
		await expect(renamed("question,prompt,answer\na,b,c", columns, "csv")).rejects.toThrow(
			/two columns would have the name "prompt"/,
		);
	});
});

describe("JSONL", () => {
	test("accepts blank lines, CRLF, a byte-order mark and a last line without a line break; counts lines as an editor does", async () => {
		const rows = await read('\ufeff{"text":"a"}\r\n\r\n  \n{"text":"b\\n"}\n"c"');
		expect(rows).toEqual([
			{ value: { text: "a" }, index: 0, number: 1, where: dataMessage("atLine", { file: "data.jsonl", line: 1 }) },
			{ value: { text: "b\n" }, index: 1, number: 4, where: dataMessage("atLine", { file: "data.jsonl", line: 4 }) },
			{ value: "c", index: 2, number: 5, where: dataMessage("atLine", { file: "data.jsonl", line: 5 }) },
		]);
	});

	test("a byte-order mark before a line, as in joined files, is dropped", async () => {
		expect(await values('{"text":"a"}\n\ufeff{"text":"b"}')).toEqual([{ text: "a" }, { text: "b" }]);
	});

	// datasets 5.2 reads the same numbers: load_dataset("json").
	test("NaN and Infinity are numbers, as Python's json module writes and reads them", async () => {
		const text = '{"text": "NaN, -Infinity", "score": NaN, "list": [1, -Infinity, NaN, "\\" NaN"]}';
		expect(await values(text)).toEqual([
			{ text: "NaN, -Infinity", score: Number.NaN, list: [1, Number.NEGATIVE_INFINITY, Number.NaN, '" NaN'] },
		]);
	});

	test("chunks that end inside characters or lines give the same rows", async () => {
		const text = '{"text":"日本 🎉 é"}\r\n{"text":"½"}\n';
		const rows: unknown[] = [];
		for await (const { value } of rawRows({ name: "d", format: "jsonl", blob: drip(text) })) rows.push(value);
		expect(rows).toEqual([{ text: "日本 🎉 é" }, { text: "½" }]);
	});

	test.each([
		[
			"a broken line",
			'{"text":"a"}\n{"text": b}\n',
			/line 2 is not JSON, at column 10: .*b\}.*\(data\.jsonl, line 2\)/,
		],
		["a cut line", '{"text":"a"}\n{"text":"b', /line 2 is not JSON, it ends too early \(column 11\)/],
		["Python's quotes", "{'text': 'a'}", /line 1 is not JSON.*double quotes/],
		["a comma after the object", '{"text":"a"},\n{"text":"b"},', /line 1 is not JSON.*remove the comma/],
		["a list spread over lines", '[\n{"text":"a"}]', /name the file \.json/],
		["a row that is a list", '{"text":"a"}\n[1]', /the row is a list, not an object \(data\.jsonl, line 2\)/],
		["a row that is a number", "3", /the row is a number/],
		["an empty file", "", /contains no rows \(data\.jsonl\)/],
		["only blank lines", "\n \n\r\n", /contains no rows/],
	])("%s is refused with its position", async (_name, text, message) => {
		await expect(read(text)).rejects.toThrow(message);
		await expect(read(text)).rejects.toThrow(TabTuneError);
	});

	test("bytes that are not UTF-8 are refused", async () => {
		await expect(read(new Blob([Uint8Array.of(0x22, 0xe9, 0x22)]))).rejects.toThrow(/not UTF-8.*data\.jsonl/);
	});
});

describe("JSON", () => {
	test("a list of objects or strings", async () => {
		expect(await values('[{"text":"a"},\n "b"]', "json")).toEqual([{ text: "a" }, "b"]);
		expect(await values('{"version": 1, "data": [{"text": "a"}]}', "json")).toEqual([{ text: "a" }]);
		expect(await values('{"prompt": ["a", "c"], "completion": ["b", "d"]}', "json")).toEqual([
			{ prompt: "a", completion: "b" },
			{ prompt: "c", completion: "d" },
		]);
		expect(await values('{"text": {"0": "a", "1": "b"}}', "json")).toEqual([{ text: "a" }, { text: "b" }]);
		expect(await values('{"input_ids": [1, 2], "labels": [1, 2]}', "json")).toEqual([
			{ input_ids: [1, 2], labels: [1, 2] },
		]);
		expect(await values('{"features": [], "rows": [{"row_idx": 0, "row": {"text": "a"}}]}', "json")).toEqual([
			{ text: "a" },
		]);
		expect(await values('{"messages": []}', "json")).toEqual([{ messages: [] }]);
	});

	test.each([
		["broken", '[{"a": 1},\n {"a": }]', /not JSON, at line 2, column 8/],
		["JSONL by another name", '{"a":1}\n{"a":2}', /name the file \.jsonl/],
		["an object", '{"a": 1}', /contains an object, not a list/],
		["an object with two lists", '{"a": [], "b": []}', /several lists \(a, b\)/],
		["an empty list", "[]", /contains no rows/],
		["nothing", " ", /contains no rows/],
		["null rows", "[null]", /row is null.*row 1/],
	])("%s is refused", async (_name, text, message) => {
		await expect(read(text, "json")).rejects.toThrow(message);
	});
});

describe("CSV", () => {
	test("reads quotes, doubled quotes, commas and line breaks in quotes, empty fields, CRLF and a blank line", async () => {
		const text = 'prompt,completion\r\n"a, ""b""",c\r\n\r\n"two\r\nlines",\n x ,"y"\n';
		const rows = await read(text, "csv");
		expect(rows.map(({ value }) => value)).toEqual([
			{ prompt: 'a, "b"', completion: "c" },
			{ prompt: "two\r\nlines", completion: "" },
			{ prompt: " x ", completion: "y" },
		]);
		expect(rows.map(({ where }) => textOf(where))).toEqual([
			"data.csv, line 2",
			"data.csv, line 4",
			"data.csv, line 6",
		]);
		const dripped: unknown[] = [];
		for await (const { value } of rawRows({ name: "d", format: "csv", blob: drip(text) })) dripped.push(value);
		expect(dripped).toEqual(rows.map(({ value }) => value));
	});

	test.each([
		[
			"every field",
			"'prompt','completion'\n'Hi, it''s me','\"Hello\"'\n'two\nlines','b'\n",
			["Hi, it's me", "two\nlines"],
		],
		["fields that need it", "prompt;completion\n'Hi; there';b\nplain;c\nx;d\n", ["Hi; there", "plain", "x"]],
		[
			"no field, but apostrophes",
			"prompt,completion\n'Tis late,b\nIt's,d\n'twas,'e'\n",
			["'Tis late", "It's", "'twas"],
		],
		["no field of a table in double quotes", "prompt,completion\n\"a, 'b'\",'c'\n'd',e\n", ["a, 'b'", "'d'"]],
	])("single quotes around %s (Python's csv)", async (_name, text, prompts) => {
		const rows = (await values(text, "csv")) as { prompt: string }[];
		expect(rows.map(({ prompt }) => prompt)).toEqual(prompts);
		// The page's and the command's way: the dialect is detected first, also for the editor.
		const { source } = await openData(new Blob([text]), "a.csv", false);
		const opened: unknown[] = [];
		for await (const { value } of rawRows(source)) opened.push(value);
		expect(opened).toEqual(rows);
		expect((await editableRows(source)).split("\n").map((line) => JSON.parse(line))).toEqual(rows);
	});

	test("reads a last line without a line break, CR as a line break, and a quote inside a plain field", async () => {
		expect(await values('\ufefftext\na"b', "csv")).toEqual([{ text: 'a"b' }]);
		expect(await values("a,b\r1,2\r3,4", "csv")).toEqual([
			{ a: "1", b: "2" },
			{ a: "3", b: "4" },
		]);
		expect(await values('a,b\n"",""\n,\n1,', "csv")).toEqual([{ a: "1", b: "" }]);
	});

	test.each([";", "\t", "|"])("%j separates fields where the file says so", async (mark) => {
		const text = `"a, b"${mark}c\r\n"1${mark}2"${mark}3\r\n4,5${mark}6\r\n`;
		const expected = [
			{ "a, b": `1${mark}2`, c: "3" },
			{ "a, b": "4,5", c: "6" },
		];
		expect(await values(text, "csv")).toEqual(expected);
		const dripped: unknown[] = [];
		for await (const { value } of rawRows({ name: "d", format: "csv", blob: drip(text) })) dripped.push(value);
		expect(dripped).toEqual(expected);
		await expect(read(`a${mark}b\n1${mark}2${mark}3\n`, "csv")).rejects.toThrow(
			/3 fields, but the header has 2.*line 2/,
		);
	});

	test.each([
		["a separator that also occurs in the header", "a;b (long, text)\n1;2\n", { a: "1", "b (long, text)": "2" }],
		["other separators in a header with commas", "a;x;y,b\n1,2\n", { "a;x;y": "1", b: "2" }],
		["Excel's line that names the separator", "sep=;\r\na;b\r\n1;2\r\n", { a: "1", b: "2" }],
		["the same with a mark", "\ufeffsep=,\na,b\n1,2\n", { a: "1", b: "2" }],
		["trailing columns without a name or content", "a,b,,\n1,2,,\n", { a: "1", b: "2" }],
		["a blank first line", "\na,b\n1,2\n", { a: "1", b: "2" }],
	])("%s", async (_name, text, row) => {
		expect(await values(text, "csv")).toEqual([row]);
	});

	test.each([
		["a ragged row", "a,b\n1,2\n1,2,3\n", /has 3 fields, but the header has 2 \(a, b\).*line 3/],
		["a quote without end", 'a,b\n1,"2\n3,4\n', /is not closed.*from line 2/],
		["text after a quote", 'a\n"1"2\n', /follows a closing quote.*line 2/],
		["a name twice", "a,a\n1,2\n", /contains "a" twice/],
		["content in a column without a name", "a,b,\n1,2,3\n", /has 3 fields, but the header has 2 \(a, b\).*line 2/],
		["only a header", "a,b\n", /contains no rows/],
	])("%s is refused", async (_name, text, message) => {
		await expect(read(text, "csv")).rejects.toThrow(message);
	});
});

describe("TSV", () => {
	test("tabs separate fields, commas are text, quotes work as in CSV", async () => {
		expect(await values('prompt\tcompletion\nHi, you\t"a\tb"\n', "tsv")).toEqual([
			{ prompt: "Hi, you", completion: "a\tb" },
		]);
		expect(await values("a,b\n1,2\n", "tsv")).toEqual([{ a: "1", b: "2" }]);
	});
});

test("with a collector, invalid rows are reported by line and the others are returned", async () => {
	const good = async (text: string, format: DataFormat) => {
		const bad: number[] = [];
		const rows: RawRow[] = [];
		const file = { name: "d", format, blob: new Blob([text]) };
		for await (const row of rawRows(file, (_error, number) => bad.push(number))) rows.push(row);
		return { bad, rows: rows.map(({ index, number }) => [index, number]) };
	};
	const expected = { bad: [2, 4] };
	expect(await good('{"a":1}\n{"a"\n{"a":2}\n[1]\n', "jsonl")).toEqual({
		...expected,
		rows: [
			[0, 1],
			[1, 3],
		],
	});
	expect(await good('["a", 1, "b", null]', "json")).toEqual({
		...expected,
		rows: [
			[0, 1],
			[1, 3],
		],
	});
	expect(await good("a,b\n1,2,3\n1,2\n1\n", "csv")).toEqual({ bad: [2, 4], rows: [[0, 3]] });
	expect(await good("7\n8\n", "jsonl")).toEqual({ bad: [1, 2], rows: [] });
});

test("text is read in pieces that join to the file without its byte-order mark", async () => {
	let text = "";
	for await (const piece of textPieces({ blob: drip("\ufeffé\r\n🎉"), name: "a.txt" })) text += piece;
	expect(text).toBe("é\r\n🎉");
});
