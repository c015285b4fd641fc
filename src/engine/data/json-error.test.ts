import { expect, test } from "vitest";
import { jsonErrorAt } from "./json-error.ts";

test("agrees with JSON.parse on what is JSON", () => {
	const parses = (text: string) => {
		try {
			JSON.parse(text);
			return true;
		} catch {
			return false;
		}
	};
	const good = ['{"a": [1, -2.5e-3, true, false, null, "x\\n\\u00e9", {}, []]}', "[]", ' "s" ', "0", "\t[ { } ]\r\n"];
	for (const text of good) expect(jsonErrorAt(text)).toBeNull();
	// Every text that one deletion or one stray character makes of them: right and wrong ones alike.
	for (const text of good) {
		for (let i = 0; i <= text.length; i++) {
			for (const changed of [
				text.slice(0, i) + text.slice(i + 1),
				...',:"]}1x\\\n\u00a0'.split("").map((c) => text.slice(0, i) + c + text.slice(i)),
			]) {
				expect([changed, jsonErrorAt(changed) === null]).toEqual([changed, parses(changed)]);
			}
		}
	}
});

test.each([
	['{"a" 1}', 5],
	['{"a": b}', 6],
	["[1, 2,]", 6],
	["{,}", 1],
	["[1] 2", 4],
	["[01]", 1],
	['["a', 3],
	['{"a": 1', 7],
	["", 0],
])("%s stops at %i", (text, at) => {
	expect(jsonErrorAt(text)).toBe(at);
});
