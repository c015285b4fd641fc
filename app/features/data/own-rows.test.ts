// Rows of JSON lines to rows of the editor and back, and edits with undo.
import { describe, expect, test } from "vitest";
import { blankLike, isJson, type OwnRow, readOwnRows, writeOwnRows } from "./own-rows.ts";
import {
	addRow,
	duplicateRow,
	editRow,
	firstChange,
	rateRows,
	redo,
	removeRow,
	startHistory,
	undo,
} from "./row-history.ts";

const talk = (prompt: string, answer: string, system = "") => ({
	messages: [
		...(system === "" ? [] : [{ role: "system", content: system }]),
		{ role: "user", content: prompt },
		{ role: "assistant", content: answer },
	],
});
const kinds = (rows: readonly OwnRow[]) => rows.map((row) => (row.kind === "pair" ? row.shape : row.kind));
const jsonl = (...values: unknown[]) => values.map((value) => JSON.stringify(value)).join("\n");

describe("readOwnRows", () => {
	const values = [
		talk("Hi", "Ahoy"),
		{ ...talk("Hi", "Ahoy", "Be a pirate"), id: 7 },
		{ messages: [...talk("Hi", "Ahoy").messages, { role: "user", content: "And?" }] },
		{ ...talk("Hi", "Ahoy"), tools: [{}] },
		{
			conversations: [
				{ from: "human", value: "q" },
				{ from: "gpt", value: "a" },
			],
			system: "s",
		},
		{ prompt: "q", completion: " a" },
		{ prompt: [{ role: "user", content: "q" }], completion: [{ role: "assistant", content: "a" }] },
		{ instruction: "Add.", input: "1 2", output: "3" },
		{ instruction: "x", output: "y", history: [["a", "b"]] },
		{ text: "Once.", source: "book" },
		"only a string",
		{ input_ids: [1, 2], labels: [-100, 2] },
		{ prompt: "q", completion: "a", label: true },
		{ ...talk("Hi", "Go away"), label: false },
		{ prompt: "q", completion: "a", label: "good" },
		3,
	];

	test("reads each kind of row", () => {
		expect(kinds(readOwnRows(jsonl(...values)))).toEqual(
			"messages messages raw raw sharegpt prompt-completion raw alpaca raw text text raw prompt-completion messages raw raw".split(
				" ",
			),
		);
	});

	test("unedited rows are written back unchanged", () => {
		expect(writeOwnRows(readOwnRows(jsonl(...values)))).toBe(jsonl(...values));
	});

	test("an edited row keeps its shape and its other fields", () => {
		const rows = readOwnRows(jsonl(...values)).map((row): OwnRow => {
			if (row.kind === "pair") return { ...row, answer: "new" };
			return row.kind === "text" ? { ...row, text: "new" } : row;
		});
		const written = writeOwnRows(rows)
			.split("\n")
			.map((line) => JSON.parse(line));
		expect(written[1]).toEqual({ ...talk("Hi", "new", "Be a pirate"), id: 7 });
		expect(written[4]).toMatchObject({ system: "s", conversations: [{ value: "q" }, { from: "gpt", value: "new" }] });
		expect(written[5]).toEqual({ prompt: "q", completion: "new" });
		expect(written[7]).toEqual({ instruction: "Add.\n1 2", input: "", output: "new" });
		expect(written[9]).toEqual({ text: "new", source: "book" });
		expect(written[10]).toBe("new");
	});

	test("a rating is edited, kept with the other fields, and given to new rows", () => {
		const rows = readOwnRows(
			jsonl({ prompt: "q", completion: "a", label: true, id: 3 }, { ...talk("Hi", "No"), label: false }),
		);
		const down = editRow(startHistory(rows), 0, { rating: false }, 0).rows;
		const answered = editRow(startHistory(down), 1, { answer: "Yes", rating: true }, 0).rows;
		expect(writeOwnRows(answered)).toBe(
			jsonl({ prompt: "q", completion: "a", label: false, id: 3 }, { ...talk("Hi", "Yes"), label: true }),
		);
		expect(blankLike(rows, false)).toMatchObject({ rating: true });
		expect(blankLike(readOwnRows(jsonl(talk("Hi", "Yo"))), true)).toMatchObject({ rating: null });
	});

	test("all answers are rated in one step, which undo takes back", () => {
		const before = startHistory(readOwnRows(jsonl(talk("Hi", "Yo"), { prompt: "q", completion: "a" })));
		const rated = rateRows(before);
		expect(writeOwnRows(rated.rows)).toBe(
			jsonl({ ...talk("Hi", "Yo"), label: true }, { prompt: "q", completion: "a", label: true }),
		);
		expect(undo(rated).rows).toBe(before.rows);
	});

	test("a line that is not JSON is kept unchanged", () => {
		const [, broken] = readOwnRows('{"text":"a"}\n{"text":');
		expect(broken).toEqual({ id: 1, kind: "raw", json: '{"text":' });
		expect(writeOwnRows([broken])).toBe('{"text":');
		expect(isJson('{"text":')).toBe(false);
	});

	test("a new row has the most common shape; an empty one is not written", () => {
		const rows = readOwnRows(jsonl(...values));
		expect(blankLike(rows, false)).toMatchObject({ kind: "pair", shape: "messages" });
		expect(blankLike(readOwnRows(jsonl({ text: "a" }, { text: "b" })), true).kind).toBe("text");
		expect(blankLike([], false)).toMatchObject({ shape: "prompt-completion" });
		const blank = { ...blankLike([], true), id: 1 } as OwnRow;
		expect(writeOwnRows([blank])).toBe("");
		expect(writeOwnRows([{ ...blank, prompt: "Hi", answer: "Yo" } as OwnRow])).toBe(jsonl(talk("Hi", "Yo")));
		const plain = { ...blankLike([], false), id: 1, prompt: "Hi", answer: "Yo" } as OwnRow;
		expect(writeOwnRows([plain])).toBe(jsonl({ prompt: "Hi", completion: " Yo" }));
	});
});

describe("history", () => {
	const start = startHistory(readOwnRows(jsonl(talk("a", "1"), talk("b", "2"))));
	const answers = ({ rows }: { rows: readonly OwnRow[] }) => rows.map((row) => (row.kind === "pair" ? row.answer : ""));

	test("typing a word is one step; a pause or another field starts the next", () => {
		let h = editRow(start, 0, { answer: "1x" }, 0);
		h = editRow(h, 0, { answer: "1xy" }, 300);
		h = editRow(h, 0, { answer: "1xyz" }, 2000);
		h = editRow(h, 0, { prompt: "A" }, 2100);
		expect(h.past).toHaveLength(3);
		expect(answers(undo(undo(h)))).toEqual(["1xy", "2"]);
		expect(answers(undo(undo(undo(h))))).toEqual(["1", "2"]);
		expect(answers(redo(redo(undo(undo(undo(h))))))).toEqual(["1xyz", "2"]);
	});

	test("add, duplicate and delete with undo and redo; a new edit clears the redo list", () => {
		const added = addRow(start, blankLike(start.rows, true), 0);
		expect(added.rows.map(({ id }) => id)).toEqual([0, 2, 1]);
		const twice = duplicateRow(added, 1);
		expect(answers(twice)).toEqual(["1", "", "2", "2"]);
		const less = removeRow(twice, 0);
		expect(answers(less)).toEqual(["", "2", "2"]);
		expect(undo(undo(undo(less))).rows).toBe(start.rows);
		expect(undo(start)).toBe(start);
		expect(redo(less)).toBe(less);
		expect(redo(removeRow(undo(less), 1)).rows.map(({ id }) => id)).toEqual([0, 2, 3]);
		expect(addRow(start, blankLike(start.rows, true), null).rows[0].id).toBe(2);
	});

	test("an undo returns the first row that changed", () => {
		const edited = editRow(start, 1, { answer: "3" }, 0);
		expect(firstChange(edited.rows, undo(edited).rows)).toBe(1);
		expect(firstChange(start.rows, removeRow(start, 1).rows)).toBe(0);
	});

	test("only the last 200 steps are kept", () => {
		let h = start;
		for (let i = 0; i < 300; i++) h = editRow(h, 0, { answer: String(i) }, i * 2000);
		expect(h.past).toHaveLength(200);
	});
});
