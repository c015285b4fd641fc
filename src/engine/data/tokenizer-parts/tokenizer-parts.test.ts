// The rare parts of tokenizer.json against the Rust tokenizers (fixtures/make_tokenizer_parts.py).
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { JsonObject } from "../../../shared/json.ts";
import { Tokenizer } from "../tokenizer.ts";
import { normalizerOf } from "./normalizers.ts";
import { preTokenizerOf } from "./pre-tokenizers.ts";

interface Case {
	base: string;
	name: string;
	changes: { model?: JsonObject; added_tokens?: JsonObject[] } & JsonObject;
	ids: number[][];
}
const fixture: {
	texts: string[];
	bases: Record<string, { model: JsonObject; added_tokens: JsonObject[] }>;
	cases: Case[];
} = JSON.parse(readFileSync("fixtures/tokenizer-parts.json", "utf8"));

function tokenizerOf({ base, changes }: Pick<Case, "base" | "changes">): Tokenizer {
	const { model, added_tokens } = fixture.bases[base];
	return Tokenizer.load({
		tokenizer: JSON.stringify({
			...fixture.bases[base],
			...changes,
			model: { ...model, ...changes.model },
			added_tokens: [...added_tokens, ...(changes.added_tokens ?? [])],
		}),
	});
}

describe("equals the Rust tokenizer", () => {
	test.each(fixture.cases)("$name", (one) => {
		const tokenizer = tokenizerOf(one);
		const got = fixture.texts.map((text) => [text, tokenizer.encode(text, { addSpecialTokens: false })]);
		expect(got).toEqual(fixture.texts.map((text, i) => [text, one.ids[i]]));
	});
});

test("characters newer than Rust's tables are neither accents nor punctuation (tokenizers 0.23)", () => {
	const normalize = normalizerOf({ type: "BertNormalizer" });
	const words = preTokenizerOf({ type: "BertPreTokenizer" });
	// U+0AFA, U+0897 and U+1E944 are marks, U+0A76 and U+2E52 punctuation, since Unicode 9 to 16; U+0A71 and U+0964 before.
	for (const mark of ["\u0afa", "\u0897", "\u{1e944}"]) expect(normalize(`a${mark}b`)).toBe(`a${mark}b`);
	expect(normalize("a\u0a71b")).toBe("ab");
	for (const sign of ["\u0a76", "\u2e52"]) expect(words(`a${sign}b`, true)).toEqual([`a${sign}b`]);
	expect(words("a\u0964b", true)).toEqual(["a", "\u0964", "b"]);
});

describe("a part that is not supported is refused by its name", () => {
	const split = (Regex: string) => ({ pre_tokenizer: { type: "Split", pattern: { Regex }, behavior: "Isolated" } });
	test.each<[string, JsonObject, RegExp]>([
		["UnicodeScripts", { pre_tokenizer: { type: "UnicodeScripts" } }, /PreTokenizer of the type "UnicodeScripts"/],
		["a behaviour", { pre_tokenizer: { ...split("a").pre_tokenizer, behavior: "Doubled" } }, /Split behavior.*Doubled/],
		["a conditional", split("(a)?(?(1)b|c)"), /has \(\?\(/],
		["dropout", { model: { dropout: 0.1 } }, /BPE with dropout/],
		["a prefix of BPE", { model: { continuing_subword_prefix: "##" } }, /BPE with continuing_subword_prefix/],
	])("%s", (_name, changes, message) => {
		expect(() => tokenizerOf({ base: "bpe", changes })).toThrow(message);
	});
});
