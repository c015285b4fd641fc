// Columns of odd names to rows the engine trains, and what is left out on the way.
import { describe, expect, test } from "vitest";
import {
	applyMapping,
	columnNames,
	columnRoles,
	firstReadings,
	guessMapping,
	jsonValues,
	knownToEngine,
	type Table,
	tableOf,
	tableOfObjects,
} from "./mapping.ts";

const rows = (jsonl: string): unknown[] => jsonl.split("\n").map((line) => JSON.parse(line));
const table = tableOf('no;Customer;Reply given\n1;"Hi; you";Hello\n2;Bye;\n\n3;;lost\n4;Where?;"In\na tree"\n', ";");

describe("what a table means", () => {
	test("names that people use need no asking; in any case, in Chinese too", () => {
		expect(columnRoles(["ID", "Question", "Answer"])).toMatchObject({ prompt: 1, answer: 2, system: null });
		expect(columnRoles(["系统", "回答", "问题"])).toMatchObject({ prompt: 2, answer: 1, system: 0 });
		expect(guessMapping(tableOf("Input\tOutput\na\tb", "\t"), "chat").sure).toBe(true);
		expect(guessMapping(tableOf("story\nOnce.", ","), "chat")).toMatchObject({ sure: true, mapping: { kind: "text" } });
	});

	test("doubt asks: unknown names, or two columns that could both be asked", () => {
		expect(columnRoles(["question", "input", "answer"])).toBeNull();
		expect(guessMapping(table, "chat")).toEqual({
			sure: false,
			mapping: { kind: "pair", prompt: 1, answer: 2, system: null, text: 0, shape: "chat", header: true },
		});
		const half = tableOf("answer,what they said\nab,abcdef\n", ",");
		expect(guessMapping(half, "chat").mapping).toMatchObject({ prompt: 1, answer: 0 });
		expect(guessMapping(tableOf("x\nOnce.", ","), "chat")).toMatchObject({ sure: false, mapping: { kind: "text" } });
	});

	test("what the engine knows is left to it", () => {
		expect(knownToEngine(["id", "prompt", "completion"])).toBe(true);
		expect(knownToEngine(["Prompt", "completion"])).toBe(false);
		expect(knownToEngine(["question", "answer"])).toBe(false);
	});

	test("a first line that is an example has numbers for names", () => {
		const numbered = (n: number) => `column ${n}`;
		expect(columnNames(table, true, numbered)).toEqual(["no", "Customer", "Reply given"]);
		expect(columnNames(table, false, numbered)).toEqual(["column 1", "column 2", "column 3"]);
	});
});

describe("rows", () => {
	const { mapping } = guessMapping(table, "chat");

	test("talks, with the rows that lack a half named by their line", () => {
		const { jsonl, rows: n, leftOut } = applyMapping(table, mapping);
		expect(n).toBe(2);
		expect(rows(jsonl)[1]).toEqual({
			messages: [
				{ role: "user", content: "Where?" },
				{ role: "assistant", content: "In\na tree" },
			],
		});
		expect(leftOut).toEqual([
			{ unit: "line", number: 3, fault: "no-answer" },
			{ unit: "line", number: 5, fault: "no-prompt" },
		]);
		expect(firstReadings(table, mapping)).toEqual([
			{ place: 2, reading: { prompt: "Hi; you", answer: "Hello", system: "" } },
			{ place: 3, reading: { fault: "no-answer" } },
			{ place: 5, reading: { fault: "no-prompt" } },
		]);
	});

	test("a system column, plain text, text alone, a first line that is an example", () => {
		const all = tableOf("Be kind\tHi\tHello\n\tBye\tSo long\n", "\t");
		const taken = { ...mapping, system: 0, header: false };
		expect(rows(applyMapping(all, taken).jsonl)).toEqual([
			{
				messages: [
					{ role: "system", content: "Be kind" },
					{ role: "user", content: "Hi" },
					{ role: "assistant", content: "Hello" },
				],
			},
			{
				messages: [
					{ role: "user", content: "Bye" },
					{ role: "assistant", content: "So long" },
				],
			},
		]);
		expect(rows(applyMapping(all, { ...taken, shape: "plain" }).jsonl)).toEqual([
			{ prompt: "Be kind\n\nHi", completion: " Hello" },
			{ prompt: "Bye", completion: " So long" },
		]);
		expect(rows(applyMapping(all, { ...taken, kind: "text", text: 2 }).jsonl)).toEqual([
			{ text: "Hello" },
			{ text: "So long" },
		]);
	});
});

describe("JSON", () => {
	test("objects become a table of all their fields; numbers and lists are written as JSON", () => {
		const values = jsonValues('{"q":"a","n":1}\n\n{"q":"b","tags":["x"]}', "jsonl") ?? [];
		const found = tableOfObjects(values, "line") as Table;
		expect(found).toEqual({
			unit: "line",
			first: ["q", "n", "tags"],
			named: true,
			records: [
				{ place: 1, cells: ["a", "1", ""] },
				{ place: 3, cells: ["b", "", '["x"]'] },
			],
		});
		expect(
			applyMapping(found, { ...guessMapping(found, "chat").mapping, kind: "text", text: 0, header: false }).rows,
		).toBe(2);
	});

	test("the one list in an object is the rows; broken JSON and rows of other kinds are the engine's to name", () => {
		expect(jsonValues('{"version": 1, "data": [{"q": "a"}]}', "json")).toEqual([{ place: 1, value: { q: "a" } }]);
		expect(jsonValues('{"a": [], "b": []}', "json")).toBeNull();
		expect(jsonValues('{"messages": [{"role": "user"}]}', "json")).toHaveLength(1);
		expect(jsonValues('{"q":"a"}\n{"q":', "jsonl")).toBeNull();
		expect(tableOfObjects([{ place: 1, value: [1] }], "row")).toBeNull();
	});
});
