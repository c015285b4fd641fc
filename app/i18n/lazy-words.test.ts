// The words of views that come when they are opened: both languages say the same with the same {names}, calmly. A view's folder
// is found by its words.en.ts.
import { readdirSync } from "node:fs";
import { expect, test } from "vitest";

type Words = Readonly<Record<string, string>>;
const folders = readdirSync("app", { withFileTypes: true })
	.filter((entry) => entry.isDirectory() && readdirSync(`app/${entry.name}`).includes("words.en.ts"))
	.map(({ name }) => name);
const names = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name).sort();

test("there are such views", () => expect(folders.length).toBeGreaterThan(3));

test.each(folders)("%s: the same keys with the same names, none empty, no exclamation marks", async (folder) => {
	const { wordsEn }: { wordsEn: Words } = await import(`../${folder}/words.en.ts`);
	const { wordsZh }: { wordsZh: Words } = await import(`../${folder}/words.zh.ts`);
	expect(Object.keys(wordsZh).sort()).toEqual(Object.keys(wordsEn).sort());
	for (const [key, text] of Object.entries(wordsEn)) {
		const other = wordsZh[key];
		expect(other.trim(), key).not.toBe("");
		expect(names(other), key).toEqual(names(text));
		expect(text + other, key).not.toMatch(/[!！]/);
	}
});
