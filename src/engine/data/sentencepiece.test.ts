// tokenizer.model alone: the ids of transformers' LlamaTokenizer (fixtures/make_sentencepiece.py).
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { hasTokenizer, memoryFolder, readModelTexts } from "../formats/index.ts";
import { errorOf } from "../formats/test-tools.ts";
import { Tokenizer } from "./tokenizer.ts";

interface Fixture {
	readonly texts: readonly string[];
	readonly cases: readonly { readonly tokenizer_config: object; readonly ids: readonly number[][] }[];
}
const { texts, cases } = JSON.parse(readFileSync("fixtures/sentencepiece.json", "utf8")) as Fixture;
const bytes = new Uint8Array(readFileSync("fixtures/sentencepiece.model"));

const folderOf = (tokenizer_config: object, model = bytes) =>
	memoryFolder("old", {
		"config.json": '{"model_type": "llama"}',
		"tokenizer_config.json": JSON.stringify(tokenizer_config),
		"tokenizer.model": model,
	});

test.each(cases)("$tokenizer_config", async ({ tokenizer_config, ids }) => {
	const folder = folderOf(tokenizer_config);
	expect(await hasTokenizer(folder)).toBe(true);
	const tokenizer = Tokenizer.load(await readModelTexts(folder));
	texts.forEach((text, i) => {
		expect(tokenizer.encode(text, { addSpecialTokens: true }), JSON.stringify(text)).toEqual(ids[i]);
	});
});

describe("refused by name", () => {
	const refusal = async (config: object, model = bytes) =>
		(await errorOf(() => readModelTexts(folderOf(config, model)))).message;

	test("another class, another kind of model", async () => {
		expect(await refusal({ tokenizer_class: "T5Tokenizer" })).toMatch(/kind that is not supported \(T5Tokenizer\)/);
		const unigram = bytes.slice();
		// trainer_spec.model_type: field 3, a number
		const at = unigram.findLastIndex((byte, i) => byte === 0x18 && unigram[i + 1] === 2 && unigram[i + 2] === 0x20);
		unigram[at + 1] = 1;
		expect(await refusal({ tokenizer_class: "LlamaTokenizer" }, unigram)).toMatch(
			/not supported \(unigram\).*tokenizer\.json/,
		);
	});

	test("a damaged file and a pointer of git LFS", async () => {
		expect(await refusal({ tokenizer_class: "LlamaTokenizer" }, bytes.slice(0, 5000))).toMatch(
			/tokenizer\.model is damaged/,
		);
		expect(await refusal({ tokenizer_class: "LlamaTokenizer" }, new Uint8Array(3))).toMatch(
			/tokenizer\.model is damaged/,
		);
		const pointer = new TextEncoder().encode("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 5\n");
		expect(await refusal({ tokenizer_class: "LlamaTokenizer" }, pointer)).toMatch(/LFS/i);
	});
});
