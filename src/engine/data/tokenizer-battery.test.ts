// Over 2,000 strings of every script, space, control and special token through each tokenizer that is here, against the
// Rust tokenizers: fixtures/make_tokenizer_battery.py keeps a CRC-32 of each string's ids, and documents how they were chosen.
import { readFileSync } from "node:fs";
import { crc32 } from "node:zlib";
import { describe, expect, test } from "vitest";
import { fileIn, folderOf } from "./test-files.ts";
import { Tokenizer } from "./tokenizer.ts";

const fixture: {
	strings: string[];
	/** Definitions that are in no other file. */
	made: Record<string, object>;
	tokenizers: Record<string, { ids: string; special: string }>;
} = JSON.parse(readFileSync("fixtures/tokenizer-battery.json", "utf8"));
const DIGITS = 8;

test("the battery has at least 2,000 different strings", () => {
	expect(new Set(fixture.strings).size).toBeGreaterThanOrEqual(2000);
});

describe.each(Object.entries(fixture.tokenizers))("%s", (name, sums) => {
	const folder = folderOf(name);
	const definition =
		name in fixture.made
			? JSON.stringify(fixture.made[name])
			: folder === null
				? undefined
				: fileIn(folder, "tokenizer.json");
	if (definition === undefined) {
		console.log(`${name}: no battery, its tokenizer.json is not here (see test-files.ts)`);
		test("equals the Rust tokenizer", ({ skip }) => skip("its files are missing"));
		return;
	}
	test.each([
		["without special tokens", false, sums.ids],
		["with special tokens", true, sums.special],
	] as const)("equals the Rust tokenizer on every string, %s", (_, addSpecialTokens, expected) => {
		const tokenizer = Tokenizer.load({ tokenizer: definition });
		const wrong = fixture.strings.filter((text, i) => {
			const ids = tokenizer.encode(text, { addSpecialTokens });
			const sum = crc32(`${ids}`).toString(16).padStart(DIGITS, "0");
			return sum !== expected.slice(i * DIGITS, (i + 1) * DIGITS);
		});
		expect(wrong.map((text) => JSON.stringify(text))).toEqual([]);
	});
});
