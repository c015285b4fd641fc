import { expect, test } from "vitest";
import { StopText } from "./stop-text.ts";

const shown = (stops: string[], pieces: string[]): string[] => {
	const text = new StopText(stops);
	return [...pieces.map((piece) => text.push(piece)), text.flush()];
};

test("text without stop texts passes unchanged", () => {
	expect(shown([], ["a", "b"])).toEqual(["a", "b", ""]);
});

test("the start of a stop text is held back until it is known not to be one", () => {
	expect(shown(["END"], ["one E", "N", "x two"])).toEqual(["one ", "", "ENx two", ""]);
	expect(shown(["END"], ["one EN"])).toEqual(["one ", "EN"]);
});

test("the answer ends before the first stop text, which may span pieces", () => {
	expect(shown(["two", "\n\n"], ["one\n", "\ntwo", " three"])).toEqual(["one", "", "", ""]);
	expect(shown(["b", "ab"], ["xaby"])).toEqual(["x", ""]);
});
