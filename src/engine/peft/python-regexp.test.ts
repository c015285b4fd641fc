// Patterns are read as Python's `re` reads them (fixtures/make_python_regexp.py), or refused by the construct.
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { fullMatch, matchStart } from "./python-regexp.ts";

interface Fixture {
	readonly paths: readonly string[];
	readonly cases: readonly { readonly pattern: string; readonly matches: readonly boolean[] | null }[];
}
const { paths, cases } = JSON.parse(readFileSync("fixtures/python-regexp.json", "utf8")) as Fixture;

/** Patterns that Python reads, with what JavaScript has no equal for. */
const UNSUPPORTED: Readonly<Record<string, string>> = {
	"(a)?(?(1)ab|lm_head)": "(?(",
	"\\N{LATIN SMALL LETTER L}m_head": "\\N",
};
const NEWER: readonly string[] = [".*\\z"]; // Python 3.14

test.each(cases.filter(({ pattern }) => !NEWER.includes(pattern)))("$pattern", ({ pattern, matches }) => {
	const construct = UNSUPPORTED[pattern];
	if (construct !== undefined)
		expect(() => fullMatch(pattern, "target_modules")).toThrow(`has ${construct}, which is not supported`);
	else if (matches === null)
		expect(() => fullMatch(pattern, "target_modules")).toThrow("is not a regular expression in Python");
	else expect(paths.map((path) => fullMatch(pattern, "target_modules").test(path))).toEqual(matches);
});

test("a newer end of the text, and a flag that cannot be turned off", () => {
	expect(fullMatch(".*_head\\z", "target_modules").test("lm_head")).toBe(true);
	expect(() => fullMatch("(?i)(?-i:lm)_head", "target_modules")).toThrow("has (?-i:, which is not supported");
});

test("groups have Python's numbers, whatever atomic groups are before them", () => {
	expect(
		matchStart("(?>model\\.)++layers\\.(\\d+)", "layers_pattern").exec("model.layers.12.mlp")?.groups,
	).toMatchObject({
		group1: "12",
	});
});
