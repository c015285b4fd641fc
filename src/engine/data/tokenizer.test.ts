import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { TabTuneError } from "../../shared/errors.ts";
import { bundled, fileIn, folderOf } from "./test-files.ts";
import { TextStream, Tokenizer } from "./tokenizer.ts";

/** [ids without special tokens, ids with (null: the same), text (null: the string itself), text without special tokens]. */
type Expected = [number[], number[] | null, string | null, string | null];
const fixture: { strings: string[]; tokenizers: Record<string, Expected[]> } = JSON.parse(
	readFileSync("fixtures/tokenizer.json", "utf8"),
);

/** The definition a fixture's table was made with, or null where its folder is missing. */
function definitionOf(name: string): string | null {
	const digits = name.startsWith("digits-");
	const folder = folderOf(digits ? "bundled" : name);
	const text = folder === null ? undefined : fileIn(folder, "tokenizer.json");
	if (text === undefined) return null;
	if (!digits) return text;
	const definition = JSON.parse(text);
	const inFront = { type: "Digits", individual_digits: name === "digits-individual" };
	definition.pre_tokenizer = { type: "Sequence", pretokenizers: [inFront, definition.pre_tokenizer] };
	return JSON.stringify(definition);
}

describe.each(Object.entries(fixture.tokenizers))("%s", (name, rows) => {
	const definition = definitionOf(name);
	if (definition === null) {
		console.log(`${name}: not compared with the Rust tokenizer, its tokenizer.json is not here (see test-files.ts)`);
		test("equals the Rust tokenizer", ({ skip }) => skip("its files are missing"));
		return;
	}
	const tokenizer = Tokenizer.load({ tokenizer: definition });
	// Rust decodes a special token that is marked "normalized" as its normalised spelling ("▁<unk>"), and then does not
	// skip it as special; here it is always the token's own text. No model spells with these tokens: ids are compared.
	const normalized = new Set<number>(
		JSON.parse(definition).added_tokens.flatMap((token: { id: number; normalized: boolean }) =>
			token.normalized ? [token.id] : [],
		),
	);
	test("equals the Rust tokenizer on difficult strings, in encoding and decoding", () => {
		const made = fixture.strings.map((text): Expected => {
			const ids = tokenizer.encode(text, { addSpecialTokens: false });
			const special = tokenizer.encode(text, { addSpecialTokens: true });
			const decoded = tokenizer.decode(ids, { skipSpecialTokens: false });
			const clean = tokenizer.decode(ids, { skipSpecialTokens: true });
			return [
				ids,
				`${special}` === `${ids}` ? null : special,
				decoded === text ? null : decoded,
				clean === text ? null : clean,
			];
		});
		const comparable = (table: Expected[]) =>
			table.map((row) => (row[0].some((id) => normalized.has(id)) ? row.slice(0, 2) : row));
		expect(comparable(made)).toEqual(comparable(rows));
	});

	test("streams decoded text in whole characters", () => {
		for (const text of fixture.strings) {
			const ids = tokenizer.encode(text, { addSpecialTokens: false });
			const pieces = tokenizer.pieces(ids);
			expect(pieces.join("")).toBe(tokenizer.decode(ids, { skipSpecialTokens: false }));
			if (!text.includes("\ufffd") && !pieces.at(-1)?.includes("\ufffd"))
				expect(pieces.some((piece) => piece.includes("\ufffd"))).toBe(false);
		}
	});
});

describe("the bundled tokenizer", () => {
	const { tokenizer } = bundled();

	test("has the expected special tokens", () => {
		expect(tokenizer.special).toMatchObject({
			bos_token: "<|endoftext|>",
			eos_token: "<|im_end|>",
			pad_token: "<|endoftext|>",
		});
		expect([tokenizer.bosId, tokenizer.eosId, tokenizer.padId, tokenizer.vocabSize]).toEqual([0, 2, 0, 2048]);
		expect([...tokenizer.stopIds].sort()).toEqual([0, 2]);
		expect([tokenizer.isSpecial(2), tokenizer.isSpecial(20)]).toEqual([true, false]);
	});

	// AutoTokenizer of transformers 5.23 gives these ids.
	test("with split_special_tokens, a special token in text is split as text", () => {
		const files = { tokenizer: readFileSync("public/base-model/tokenizer.json", "utf8") };
		const split = Tokenizer.load({ ...files, tokenizer_config: '{"split_special_tokens": true}' });
		expect(split.encode("hello <|im_start|> the", { addSpecialTokens: true })).toEqual([
			259, 291, 81, 223, 308, 283, 65, 378, 309, 265,
		]);
	});

	test("a character is shown with its last token", () => {
		const ids = tokenizer.encode("é🎉", { addSpecialTokens: false });
		const stream = new TextStream(tokenizer, { skipSpecialTokens: true });
		const shown = ids.map((id) => stream.push(id));
		expect(shown.join("")).toBe("é🎉");
		expect(shown.filter((piece) => piece !== "")).toEqual(["é", "🎉"]);
		expect(stream.flush()).toBe("");
	});

	test("flush returns an incomplete character, and special tokens can be omitted", () => {
		const ids = tokenizer.encode("🎉", { addSpecialTokens: false });
		const stream = new TextStream(tokenizer, { skipSpecialTokens: true });
		expect(stream.push(2)).toBe("");
		expect(stream.push(ids[0])).toBe("");
		expect(stream.flush()).toBe("\ufffd");
	});

	test("no ids give an empty text, and unknown ids are ignored", () => {
		expect(tokenizer.decode([], { skipSpecialTokens: true })).toBe("");
		expect(tokenizer.decode([999_999], { skipSpecialTokens: true })).toBe("");
	});
});

describe("the error for an invalid tokenizer names the file and the key", () => {
	const good = { model: { type: "BPE", vocab: { a: 0, b: 1 }, merges: [] }, added_tokens: [] };
	const cases: [string, string, RegExp][] = [
		["not JSON", '{"model": ', /not JSON.*tokenizer\.json/],
		["not an object", "[]", /not a JSON object.*tokenizer\.json/],
		["no model", "{}", /"model" is missing.*tokenizer\.json: model/],
		["no vocab", JSON.stringify({ model: { type: "BPE", merges: [] } }), /"vocab".*model\.vocab/],
		["no merges", JSON.stringify({ model: { type: "BPE", vocab: { a: 0 } } }), /"merges".*model\.merges/],
		[
			"a bad added token",
			JSON.stringify({ ...good, added_tokens: [{ content: "x" }] }),
			/added token.*added_tokens\[0\]/,
		],
		[
			"an unknown kind of model",
			JSON.stringify({ ...good, model: { type: "Nonsense", vocab: {}, merges: [] } }),
			/model of the type "Nonsense".*tokenizer\.json.*input_ids/,
		],
		[
			"an unknown kind of pre-tokenizer",
			JSON.stringify({ ...good, pre_tokenizer: { type: "Nonsense" } }),
			/PreTokenizer of the type "Nonsense".*tokenizer\.json.*input_ids/,
		],
	];
	test.each(cases)("%s", (_name, tokenizer, message) => {
		expect(() => Tokenizer.load({ tokenizer })).toThrow(message);
		expect(() => Tokenizer.load({ tokenizer })).toThrow(TabTuneError);
	});

	test("special_tokens_map.json and config.json name a special token that tokenizer_config.json does not", () => {
		const tokenizer = JSON.stringify(good);
		expect(Tokenizer.load({ tokenizer, special_tokens_map: '{"eos_token": {"content": "b"}}' }).eosId).toBe(1);
		expect(Tokenizer.load({ tokenizer, config: '{"eos_token_id": 0}' }).special.eos_token).toBe("a");
	});
});

test("an entry of a list vocabulary that is not a token and its score is refused by its index", () => {
	for (const entry of [null, "a", [], ["a"], [1, 0]]) {
		const tokenizer = JSON.stringify({ model: { type: "Unigram", unk_id: 0, vocab: [["<unk>", 0], entry] } });
		expect(() => Tokenizer.load({ tokenizer })).toThrow(/model\.vocab\[1\]/);
	}
});
