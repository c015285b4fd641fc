import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { engineZh } from "../app/i18n/engine.zh.ts";
import { engineTranslator } from "../app/i18n/engine-text.ts";
import { engineMessages } from "./engine-messages.mjs";
import { filesIn, ROOT } from "./files.mjs";

// Composed from parts: ranges by the checks in settings.ts, types of JSON values by kindOf.
const MADE = /^(a|an) (whole number|number|string|list|object)/;

const holes = (text: string): string[] => [...new Set(text.match(/\{\d+\}/g))].sort();

it("every engine message has a Chinese translation with the same placeholders", () => {
	const missing = [...engineMessages()].filter(([text]) => engineZh[text] === undefined);
	expect(missing.map(([text, place]) => `${place}: ${text}`)).toEqual([]);
	const other = Object.entries(engineZh).filter(([from, to]) => holes(from).join() !== holes(to).join());
	expect(other).toEqual([]);
});

it("no Chinese message is unused", () => {
	const known = engineMessages();
	// Words and clauses inside a message are not found as messages, but the sources still contain them.
	const code = filesIn(["src/engine", "src/shared", "src/worker"])
		.map((file) => readFileSync(join(ROOT, file), "utf8"))
		.join("\n");
	const words = (text: string) => text.split(/\{\d+\}/).filter((part) => part.trim().length > 3);
	const gone = Object.keys(engineZh).filter(
		(text) => !known.has(text) && !words(text).every((part) => code.includes(part) || MADE.test(text)),
	);
	expect(gone).toEqual([]);
});

it("holes are filled, translated in their turn, and unknown text stays", () => {
	const zh = engineTranslator(engineZh);
	expect(zh("held-out rows: 3 rows (the first: a.jsonl, line 7) with no trained token left, skipped")).toBe(
		"留出的数据：3 行（第一行：a.jsonl，第 7 行）没有剩下可训练的 token，已跳过",
	);
	expect(zh("it broke at noon")).toBe("it broke at noon");
	expect(zh("something nobody wrote")).toBe("something nobody wrote");
});
