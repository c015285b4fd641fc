// Both languages say the same with the same {names}.
import { expect, test } from "vitest";
import { wordsEn } from "./words.en.ts";
import { wordsZh } from "./words.zh.ts";

test("the same keys with the same names, none empty, no exclamation marks", () => {
	const names = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name).sort();
	expect(Object.keys(wordsZh).sort()).toEqual(Object.keys(wordsEn).sort());
	for (const [key, text] of Object.entries(wordsEn)) {
		const other = wordsZh[key as keyof typeof wordsEn];
		expect(other.trim(), key).not.toBe("");
		expect(names(other), key).toEqual(names(text));
		expect(text + other, key).not.toMatch(/[!！]/);
	}
});
