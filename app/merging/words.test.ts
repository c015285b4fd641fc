import { expect, test } from "vitest";
import { wordsEn } from "./words.en.ts";
import { wordsZh } from "./words.zh.ts";

const names = (text: string) => (text.match(/\{\w+\}/g) ?? []).sort();

test("both languages say the same with the same names, calmly", () => {
	for (const [key, text] of Object.entries(wordsEn)) {
		const other = wordsZh[key as keyof typeof wordsEn];
		expect(names(other), key).toEqual(names(text));
		expect(text + other, key).not.toMatch(/[!！]/);
	}
});
