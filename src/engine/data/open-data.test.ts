// Files become sources with a mapping of their columns, and sources become rows.
import { describe, expect, test } from "vitest";
import { type ColumnMapping, columnNames, firstMapped, hasDataShape } from "../../shared/data-shapes.ts";
import { textOf } from "../../shared/messages/message.ts";
import type { DataSource, UnmappedRecord } from "../api.ts";
import { columnRoles } from "./columns.ts";
import { editableRows } from "./editable-rows.ts";
import { rawRows } from "./files.ts";
import { openData } from "./open-data.ts";

const open = (text: string, name = "a.csv", chat = true) => openData(new Blob([text]), name, chat);
const guess = async (text: string, name?: string) => {
	const { source, certain } = await open(text, name);
	return { certain, mapping: source.mapping };
};

async function read(source: DataSource, mapping?: Partial<ColumnMapping>) {
	const rows: unknown[] = [];
	const unmapped: UnmappedRecord[] = [];
	const changed = source.mapping === undefined ? source : { ...source, mapping: { ...source.mapping, ...mapping } };
	for await (const { value, index, number, where } of rawRows(changed, undefined, (record) => unmapped.push(record)))
		rows.push({ value, index, number, where: textOf(where) });
	return { rows, values: rows.map((row) => (row as { value: unknown }).value), unmapped };
}

const talk = (prompt: string, answer: string, system = "") => ({
	messages: [
		...(system === "" ? [] : [{ role: "system", content: system }]),
		{ role: "user", content: prompt },
		{ role: "assistant", content: answer },
	],
});

const TABLE = 'no;Customer;Reply given\n1;"Hi; you";Hello\n2;Bye;\n\n;;\n3;;lost\n4;Where?;"In\na tree"\n';

describe("columns", () => {
	test("common names are recognised in any letter case and in Chinese", async () => {
		expect(columnRoles(["ID", "Question", "Answer"])).toMatchObject({ prompt: 1, answer: 2, system: null });
		expect(columnRoles(["系统", "回答", "问题"])).toMatchObject({ prompt: 2, answer: 1, system: 0 });
		expect((await open("Input\tOutput\na\tb", "a.txt")).certain).toBe(true);
		expect(await guess("story\nOnce.")).toMatchObject({ certain: true, mapping: { kind: "text" } });
	});

	test("unknown names, or two candidates for the question, need confirmation", async () => {
		expect(columnRoles(["question", "input", "answer"])).toBeNull();
		const columns = ["no", "Customer", "Reply given"];
		expect(await guess(TABLE)).toEqual({
			certain: false,
			mapping: { columns, kind: "pair", prompt: 1, answer: 2, system: null, text: 0, shape: "chat", header: true },
		});
		expect((await guess("answer,what they said\nab,abcdef\n")).mapping).toMatchObject({ prompt: 1, answer: 0 });
		expect(await guess("x\nOnce.")).toMatchObject({ certain: false, mapping: { kind: "text" } });
	});

	test("rows of a known shape need no mapping", async () => {
		expect(hasDataShape(["id", "prompt", "completion"])).toBe(true);
		expect(hasDataShape(["chosen", "rejected"])).toBe(true);
		expect(hasDataShape(["Prompt", "Completion (long, text)"])).toBe(true);
		expect(hasDataShape(["instruction", "context", "response", "category"])).toBe(true);
		for (const [name, text] of [
			["a.csv", " prompt ,completion\na,b\n"],
			["a.jsonl", '{"id":1}\n{"text":"a"}\n'],
			["a.json", '{"messages": [{"role": "user"}]}'],
			["a.txt", "Once."],
		])
			expect(await open(text, name)).toMatchObject({ columns: null, certain: true });
	});

	test("a file with syntax errors opens without a mapping; reading it reports them", async () => {
		for (const [name, text] of [
			["a.csv", 'a,b\n"1"2,3\n'],
			["a.jsonl", '{"q":"a"}\n{"q":'],
			["a.json", '{"a": [], "b": []}'],
			["a.jsonl", "[1]"],
		])
			expect((await open(text, name)).source).not.toHaveProperty("mapping");
	});

	test("if the first line is an example, the columns are numbered", async () => {
		const { columns } = await open(TABLE);
		if (columns === null) throw new Error("no columns");
		const numbered = (n: number) => `column ${n}`;
		expect(columnNames(columns, true, numbered)).toEqual(["no", "Customer", "Reply given"]);
		expect(columnNames(columns, false, numbered)).toEqual(["column 1", "column 2", "column 3"]);
	});

	test("the columns of objects are all their fields", async () => {
		const { columns, source } = await open('{"q":"a","n":1}\n\n{"q":"b","tags":["x"]}\n', "a.jsonl");
		expect(columns).toEqual({
			unit: "line",
			names: ["q", "n", "tags"],
			named: true,
			records: [
				{ place: 1, cells: ["a", "1", ""] },
				{ place: 3, cells: ["b", "", '["x"]'] },
			],
		});
		expect((await read(source, { kind: "text", text: 2 })).values).toEqual([{ text: '["x"]', q: "b" }]);
	});
});

describe("mapped rows", () => {
	test("maps conversations and reports records without a part by their line", async () => {
		const { source, columns } = await open(TABLE);
		const { rows, unmapped } = await read(source);
		expect(rows).toEqual([
			{ value: { ...talk("Hi; you", "Hello"), no: "1" }, index: 0, number: 2, where: "a.csv, line 2" },
			{ value: { ...talk("Where?", "In\na tree"), no: "4" }, index: 1, number: 7, where: "a.csv, line 7" },
		]);
		expect(unmapped).toEqual([
			{ unit: "line", number: 3, fault: "no-answer" },
			{ unit: "line", number: 6, fault: "no-prompt" },
		]);
		if (columns === null || source.mapping === undefined) throw new Error("no columns");
		expect(firstMapped(columns, source.mapping, 2)).toEqual([
			{ place: 2, mapped: { prompt: "Hi; you", answer: "Hello", system: "" } },
			{ place: 3, mapped: { fault: "no-answer" } },
		]);
	});

	test("maps a system column, prompt and completion, text, and a first line that is an example", async () => {
		const { source } = await open("Be kind\tHi\tHello\n\tBye\tSo long\n", "a.tsv");
		const taken = { kind: "pair", system: 0, prompt: 1, answer: 2, header: false } as const;
		expect((await read(source, taken)).values).toEqual([talk("Hi", "Hello", "Be kind"), talk("Bye", "So long")]);
		expect((await read(source, { ...taken, shape: "plain" })).values).toEqual([
			{ prompt: "Be kind\n\nHi", completion: " Hello" },
			{ prompt: "Bye", completion: " So long" },
		]);
		expect((await read(source, { ...taken, kind: "text", text: 2 })).values).toEqual([
			{ text: "Hello" },
			{ text: "So long" },
		]);
	});

	test("without a chat template, questions and answers become prompt and completion", async () => {
		const { source } = await open("question,answer\na,b\n", "a.csv", false);
		expect((await read(source)).values).toEqual([{ prompt: "a", completion: " b" }]);
	});

	test("UTF-16 and GB 18030 are decoded", async () => {
		const utf16 = Uint8Array.from([..."\uFEFFtext\nOnce.\n"].flatMap((c) => [c.charCodeAt(0), 0])).with(1, 0xfe);
		utf16[0] = 0xff;
		expect((await read((await openData(new Blob([utf16]), "a.csv", true)).source)).values).toEqual([{ text: "Once." }]);
		// "问题;回答" and "你好;皮普".
		const chinese = [0xce, 0xca, 0xcc, 0xe2, 0x3b, 0xbb, 0xd8, 0xb4, 0xf0, 10, 0xc4, 0xe3, 0xba, 0xc3, 0x3b];
		const blob = new Blob([Uint8Array.from([...chinese, 0xc6, 0xa4, 0xc6, 0xd5, 10])]);
		expect((await read((await openData(blob, "a.csv", true)).source)).values).toEqual([talk("你好", "皮普")]);
	});
});

describe("editable rows", () => {
	const lines = async (format: DataSource["format"], text: string) =>
		(await editableRows({ name: "a", format, blob: new Blob([text]) })).split("\n");
	const values = async (format: DataSource["format"], text: string): Promise<unknown[]> =>
		(await lines(format, text)).map((line) => JSON.parse(line));

	test("table cells have the names of their columns, a surplus field its number; invalid quotes are text", async () => {
		expect(await values("csv", 'prompt,completion\n"a,b",c\n\nd\ne,f,g\n')).toEqual([
			{ prompt: "a,b", completion: "c" },
			{ prompt: "d" },
			{ prompt: "e", completion: "f", "column 3": "g" },
		]);
		expect(await values("tsv", 'a\tb\n"1" said\t2\n')).toEqual([{ a: '"1" said', b: "2" }]);
	});

	test("plain text is split into paragraphs, JSON into rows; lines that are not JSON are unchanged", async () => {
		expect(await values("txt", "One.\nStill one.\n\n \nTwo.")).toEqual([
			{ text: "One.\nStill one." },
			{ text: "Two." },
		]);
		expect(await values("json", '{"data": [{"text": "a"}, 3]}')).toEqual([{ text: "a" }, 3]);
		expect(await lines("json", '[{"text":\n "a"')).toEqual(['[{"text": "a"']);
		expect(await lines("jsonl", '{"text":"a"}\r\n\n{"text":\n')).toEqual(['{"text":"a"}', '{"text":']);
	});

	test("mapped files are returned as rows", async () => {
		const { source } = await open("question,answer\na,b\nc,\n");
		expect(await editableRows(source)).toBe(JSON.stringify(talk("a", "b")));
	});
});
