import { expect, test } from "vitest";
import { rangesOf, splitOf } from "./split.ts";

// ReadInstruction.from_spec(split).to_absolute of datasets 5.2, for 25 rows and for 5.
test.each([
	["train", [0, 25], [0, 5]],
	["train[:200]", [0, 25], [0, 5]],
	["train[10:20]", [10, 20], [5, 5]],
	["train[-5:]", [20, 25], [0, 5]],
	["train[:-5]", [0, 20], [0, 0]],
	["train[:10%]", [0, 2], [0, 0]],
	["train[25%:75%]", [6, 19], [1, 4]],
	["train[-10%:]", [23, 25], [0, 5]],
	["train[2:50%]", [0, 12], [0, 2]],
	["train[30:]", [25, 25], [5, 5]],
	["train[-200:]", [0, 25], [0, 5]],
])("%s is the rows that datasets reads", (text, of25, of5) => {
	const split = splitOf(text);
	const rows = (counts: readonly number[]) => rangesOf(split, counts).map(({ start, end }) => [start, end]);
	expect(rows([25])).toEqual([of25]);
	expect(rows([5])).toEqual([of5]);
});

test("rows of several files are those of the files joined", () => {
	expect(rangesOf(splitOf("train[8:22]"), [10, 10, 10])).toEqual([
		{ start: 8, end: 10 },
		{ start: 0, end: 10 },
		{ start: 0, end: 2 },
	]);
});

test.each(["train[", "train[5]", "train[:200%]", "train+test", "train[a:b]", ""])("%j is refused", (text) => {
	expect(() => splitOf(text)).toThrow("the split is");
});
