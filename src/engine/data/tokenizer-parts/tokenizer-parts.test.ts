// The rare parts of tokenizer.json against the Rust tokenizers (fixtures/make_tokenizer_parts.py).
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { JsonObject } from "../../../shared/json.ts";
import { Tokenizer } from "../tokenizer.ts";

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
