// Matches equal those of JavaScript's own engine; expressions that would keep it busy forever are refused.
import { expect, test } from "vitest";
import { processorTime } from "../test-fuzz.ts";
import { BoundedRegExp } from "./bounded-regexp.ts";

const ORIGIN = { code: "usage", where: "target_modules" } as const;

let state = 20;
function below(count: number): number {
	state = (Math.imul(state, 1103515245) + 12345) >>> 0;
	return Math.floor((state / 2 ** 32) * count);
}
const oneOf = <T>(values: readonly T[]): T => values[below(values.length)];

const ATOMS = ["a", "b", ".", "\\w", "\\d", "[ab]", "[^a]", "\\p{L}", "\\s", "\\x61", "\\u{62}", "[a-c\\]]", "A", "é"];
const POSITIONS = ["^", "$", "\\b", "\\B", "\\1", "\\2", "\\k<n>"];
const QUANTIFIERS = ["*", "+", "?", "{2}", "{1,2}", "{0,3}", "{2,}", "*?", "+?", "??", "{1,2}?"];

function expression(depth: number): string {
	const inner = () => expression(depth - 1);
	switch (below(depth === 0 ? 4 : 12)) {
		case 0:
		case 1:
		case 2:
			return oneOf(ATOMS);
		case 3:
			return oneOf(POSITIONS);
		case 4:
		case 5:
			return inner() + inner();
		case 6:
			return `(?:${inner()}|${inner()})`;
		case 7:
			return `(${inner()})`;
		case 8:
			return `(?<n>${inner()})`;
		case 9:
			return `(${oneOf(["?=", "?!", "?<=", "?<!"])}${inner()})`;
		case 10:
			return `${oneOf(ATOMS)}${oneOf(QUANTIFIERS)}`;
		default:
			return `(?:${inner()})${oneOf(QUANTIFIERS)}`;
	}
}

test("1,000 random expressions match what JavaScript's own engine matches", () => {
	for (let compared = 0; compared < 1000; ) {
		const source = expression(4);
		const flags = oneOf(["gu", "giu", "gsu", "gmu"]);
		let own: RegExp;
		try {
			own = new RegExp(source, flags);
		} catch {
			continue; // a group that is missing, or named twice
		}
		compared++;
		const bounded = new BoundedRegExp(source, flags, ORIGIN);
		for (let i = 0; i < 3; i++) {
			const text = Array.from({ length: below(9) }, () => oneOf(["a", "b", "c", "A", "1", " ", "\n", "-", "é"])).join(
				"",
			);
			const found = (pattern: RegExp) =>
				Array.from(text.matchAll(pattern), (match) => [match.index, ...match, match.groups?.n]);
			expect(found(bounded), `/${source}/${flags} in ${JSON.stringify(text)}`).toEqual(found(own));
		}
	}
});

test("characters outside the basic plane are one character, in both directions", () => {
	expect("a😀b".replace(new BoundedRegExp(".", "gu", ORIGIN), "<$&>")).toBe("<a><😀><b>");
	expect(new BoundedRegExp("(?<=^.😀)b", "u", ORIGIN).test("a😀b")).toBe(true);
	expect(new BoundedRegExp("\\ud83d\\ude00+$", "u", ORIGIN).exec("😀😀")?.[0]).toBe("😀😀");
});

test.each([
	["(a+)+!", "a".repeat(40)],
	["([a-z_.0-9]+)+!", "model.layers.0.self_attn.q_proj"],
	["(a|a)*$", `${"a".repeat(40)}!`],
	["(.*)*x", "y".repeat(40)],
	["(?<=!(a+)+)b", `${"a".repeat(40)}b`],
	["((a{1,20}){1,20}){1,20}!", "a".repeat(60)],
	["(?:(?:){1000000000}){1000000000}x", "y"],
	[".*.*.*.*.*.*x", "y".repeat(2000)],
	["a+b", "a".repeat(200_000)],
])("%s is refused within a bounded number of steps", (source, text) => {
	const before = processorTime();
	expect(() => text.replace(new BoundedRegExp(source, "gu", ORIGIN), "")).toThrow(
		/takes too long to match \(target_modules\): simplify it/,
	);
	expect(processorTime() - before).toBeLessThan(5000);
});

test("what is passed earns steps, so that a long text is no reason to refuse", () => {
	const words = new BoundedRegExp("\\p{L}+|\\s+(?!\\S)|\\s+", "gu", ORIGIN);
	expect(Array.from("many words ".repeat(40_000).matchAll(words)).length).toBe(160_000);
});

test("expressions that are too large or too deep are refused", () => {
	expect(() => new BoundedRegExp("a".repeat(20_001), "u", ORIGIN)).toThrow(/is too large \(target_modules\)/);
	expect(() => new BoundedRegExp(`${"(?:".repeat(300)}a${")".repeat(300)}`, "u", ORIGIN)).toThrow(/is too large/);
});
