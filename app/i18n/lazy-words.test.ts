// The words of views that come when they are opened: both languages say the same with the same {names}, calmly.
import { expect, test } from "vitest";

type Words = Readonly<Record<string, string>>;
const folders = ["export", "hub", "learn", "merge", "score"];
const names = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name).sort();

test.each(folders)("%s: the same keys with the same names, none empty, no exclamation marks", async (folder) => {
	const { wordsEn }: { wordsEn: Words } = await import(`../features/${folder}/texts.en.ts`);
	const { wordsZh }: { wordsZh: Words } = await import(`../features/${folder}/texts.zh.ts`);
	expect(Object.keys(wordsZh).sort()).toEqual(Object.keys(wordsEn).sort());
	for (const [key, text] of Object.entries(wordsEn)) {
		const other = wordsZh[key];
		expect(other.trim(), key).not.toBe("");
		expect(names(other), key).toEqual(names(text));
		expect(text + other, key).not.toMatch(/[!！]/);
	}
});
