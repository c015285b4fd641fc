// Checking a rejected file: every invalid line with its number, and the valid rows as a file that trains.

import { expect, test } from "vitest";
import { textOf } from "../../shared/messages/message.ts";
import type { DataFormat, RowCheck } from "../api.ts";
import { checkRows } from "./check-rows.ts";
import { prepareData } from "./describe.ts";
import { bundled } from "./test-files.ts";

const SETTINGS = { max_length: 64, assistant_only_loss: false, completion_only_loss: true };
const OPTIONS = { ...bundled(), vocabSize: 2048, settings: SETTINGS };
const check = (text: string, format: DataFormat = "jsonl"): Promise<RowCheck> =>
	checkRows({ name: `d.${format}`, format, blob: new Blob([text]) }, OPTIONS);
const places = ({ problems }: RowCheck) => problems.map(({ unit, number }) => `${unit} ${number}`);

test("lists invalid JSON, unknown fields and wrong values, and returns the valid rows as a file", async () => {
	const lines = [
		'{"text": "One fox."}',
		'{"text": "Two',
		"",
		'{"txt": "Three"}',
		'{"text": 4}',
		'{"input_ids": [9999]}',
		'{"prompt": "Who?", "completion": " Five."}',
	];
	const found = await check(lines.join("\n"));
	expect(places(found)).toEqual(["line 2", "line 4", "line 5", "line 6"]);
	expect(found.problems.map(({ what }) => textOf(what))).toEqual([
		expect.stringMatching(/not JSON, it ends too early/),
		expect.stringMatching(/fields "txt"/),
		expect.stringMatching(/"text" is a number/),
		expect.stringMatching(/token 9999 is outside/),
	]);
	expect(found).toMatchObject({ badRows: 4, goodRows: 2, complete: true });
	const good = { name: "good", format: "jsonl" as const, blob: found.good ?? new Blob() };
	const settings = {
		...SETTINGS,
		packing: false,
		seed: 1,
		per_device_train_batch_size: 1,
		gradient_accumulation_steps: 1,
	};
	expect((await prepareData(good, 0, { ...OPTIONS, settings })).info.rows).toBe(2);
});

test("of many invalid rows, twenty are listed and all are counted", async () => {
	const found = await check(Array.from({ length: 30 }, () => "{").join("\n"));
	expect(found).toMatchObject({ badRows: 30, goodRows: 0, good: null });
	expect(found.problems).toHaveLength(20);
});

test("rows of a list are counted as rows; a table's as lines", async () => {
	expect(places(await check('[{"text":"a"}, 7, {"text":"b"}]', "json"))).toEqual(["row 2"]);
	const table = await check('prompt,completion\na,b\nc\n"d\ne",f\ng,h,i\n', "csv");
	expect(places(table)).toEqual(["line 3", "line 6"]);
	expect(table.goodRows).toBe(2);
});

test("reports where it had to stop reading", async () => {
	const table = await check('prompt,completion\na,b\nc,"d\ne,f\n', "csv");
	expect(table).toMatchObject({ goodRows: 1, complete: false });
	expect(places(table)).toEqual(["line 3"]);
	expect((await check('[{"text": "a"}, {', "json")).complete).toBe(false);
});
