// Both languages say the same with the same {names}; the type check already holds the keys equal.
import { expect, test } from "vitest";
import { en } from "./en.ts";
import { loadWords, pieces, translator } from "./index.ts";
import { zh } from "./zh.ts";

const names = (text: string): string[] => [...text.matchAll(/\{(\w+)\}/g)].map((m) => m[1]).sort();

test("the same keys with the same names, none empty", () => {
	expect(Object.keys(zh).sort()).toEqual(Object.keys(en).sort());
	for (const [key, text] of Object.entries(en)) {
		const other = zh[key as keyof typeof en];
		expect(text.trim(), key).not.toBe("");
		expect(other.trim(), key).not.toBe("");
		expect(names(other), key).toEqual(names(text));
	}
});

test("no exclamation marks, in either", () => {
	for (const text of [...Object.values(en), ...Object.values(zh)]) expect(text).not.toMatch(/[!！]/);
});

test("t fills in names, in English until the other words have come", async () => {
	expect(translator("en")("run.step", { step: 3, total: 60 })).toBe("step 3/60");
	expect(translator("zh")("run.step", { step: 3, total: 60 })).toBe("step 3/60");
	await loadWords("zh");
	expect(translator("zh")("run.step", { step: 3, total: 60 })).toBe("第 3/60 步");
});

test("pieces keeps names apart from text", () => {
	expect(pieces("open {url} now")).toEqual([
		{ text: "open ", name: false },
		{ text: "url", name: true },
		{ text: " now", name: false },
	]);
});
