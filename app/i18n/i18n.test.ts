// Both languages have the same keys with the same {names}, in the first load and in the lazily loaded features.
import { expect, test } from "vitest";
import { en } from "./en.ts";
import { loadWords, pieces, translator } from "./index.ts";
import { zh } from "./zh.ts";

/** Without plural endings, which Chinese lacks. */
const names = (text: string): string[] => [...text.matchAll(/\{(\w+)\}/g)].map((m) => m[1]).sort();

type Strings = Readonly<Record<string, string>>;
type Module = Readonly<Record<string, Strings>>;

/** Every table of every feature, by its path: lazily loaded ones are not part of `en`. */
const english = import.meta.glob<Module>("../features/*/*.en.ts", { eager: true });
const chinese = import.meta.glob<Module>("../features/*/*.zh.ts", { eager: true });
const table = (module: Module): Strings => Object.values(module)[0];
const TABLES: Record<string, { en: Strings; zh: Strings }> = {
	page: { en, zh },
	...Object.fromEntries(
		Object.entries(english).map(([path, module]) => [
			path.slice("../features/".length),
			{ en: table(module), zh: table(chinese[path.replace(".en.ts", ".zh.ts")]) },
		]),
	),
};

test.each(Object.entries(TABLES))("%s: same keys and names, no empty text, no exclamation marks", (_, table) => {
	expect(Object.keys(table.zh).sort()).toEqual(Object.keys(table.en).sort());
	for (const [key, text] of Object.entries(table.en)) {
		const other = table.zh[key];
		expect(text.trim(), key).not.toBe("");
		expect(other.trim(), key).not.toBe("");
		expect(names(other), key).toEqual(names(text));
		expect(text + other, key).not.toMatch(/[!！]/);
	}
});

test("t fills in names, in English until the other language has loaded", async () => {
	expect(translator("en")("run.step", { step: 3, total: 60 })).toBe("step 3/60");
	expect(translator("zh")("run.step", { step: 3, total: 60 })).toBe("step 3/60");
	await loadWords("zh");
	expect(translator("zh")("run.step", { step: 3, total: 60 })).toBe("第 3/60 步");
});

test("an ending in the plural follows its number", () => {
	const t = translator("en");
	expect(t("run.steps", { n: 1 })).toBe("1 step");
	expect(t("run.steps", { n: 21 })).toBe("21 steps");
	expect(t("data.edit.found", { n: "0", all: "1" })).toBe("0 of 1 row");
});

test("pieces separates names from text", () => {
	expect(pieces("open {url} now")).toEqual([
		{ text: "open ", name: false },
		{ text: "url", name: true },
		{ text: " now", name: false },
	]);
});
