import { expect, test } from "vitest";
import { textOf } from "../../shared/messages/message.ts";
import type { DataSource } from "../api.ts";
import { inspectRows } from "./inspect-rows.ts";
import { overlap, rowKey } from "./row-keys.ts";

const inspect = (text: string, format: DataSource["format"] = "jsonl") =>
	inspectRows({ name: `a.${format}`, format, blob: new Blob([text]) });

test("all invalid rows, duplicates, fields that are not used, and pairs that prefer nothing", async () => {
	const report = await inspect(
		[
			'{"prompt": "Who?", "chosen": " A cat.", "rejected": " A dog.", "id": 1}',
			'{"prompt": "Who?",',
			'{"prompt": "Why?", "chosen": " So.", "rejected": " So."}',
			'{"prompt": "Who?  ", "chosen": "A cat.", "rejected": " A dog.\\n", "id": 2}',
			'{"prompt": "Where?", "completion": null}',
		].join("\n"),
	);
	expect(report).toMatchObject({ rows: 3, shapes: { preference: 3 }, invalid_rows: 2, duplicate_rows: 1 });
	expect(report.problems.map(({ line }) => line)).toEqual([2, 5]);
	expect(report.problems[1].problem).toContain('"completion" is null');
	expect(report.warnings.map(textOf)).toEqual([
		"1 row (a.jsonl, line 3) whose chosen and rejected answers are the same, skipped: they express no preference",
		'these fields are not used: "id"',
	]);
});

test("a file without a valid row is refused with its first error", async () => {
	await expect(inspect('{"promt": "a"}\n{"x": 1}')).rejects.toThrow(/"promt".*line 1/s);
});

test("rows are the same whatever their white space", () => {
	const key = (text: string) => rowKey({ kind: "text", text });
	expect(key("A  fox.\n")).toBe(key(" A fox."));
	expect(key("A fox.")).not.toBe(key("A fox!"));
	expect(overlap([key("a"), key("b")], [key("b "), key("c"), key("b")])).toBe(2);
});
