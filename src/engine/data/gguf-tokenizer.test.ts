// Tokenizers written into a GGUF file and read out of it again: the same ids on the battery, or a reason why not.
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { type GgufValue, openGguf } from "../formats/gguf.ts";
import { ggufTokenizer, TOKEN_TYPES } from "../formats/gguf-tokenizer.ts";
import { ggufTokenizerFields } from "../formats/gguf-tokenizer-write.ts";
import { planGguf, writeGguf } from "../formats/gguf-write.ts";
import { bytesSource } from "../formats/index.ts";
import { errorOf } from "../formats/test-tools.ts";
import { familyOf } from "../models/index.ts";
import type { ModelConfig } from "../models/model-config.ts";
import { fileIn, folderOf } from "./test-files.ts";
import { Tokenizer } from "./tokenizer.ts";

const { strings } = JSON.parse(readFileSync("fixtures/tokenizer-battery.json", "utf8")) as { strings: string[] };

async function roundTrip(tokenizer: string, tokenizer_config: string | undefined, vocab_size: number) {
	const config = { vocab_size, bos_token_id: null, eos_token_ids: [], pad_token_id: null } as unknown as ModelConfig;
	const fields = ggufTokenizerFields({ config: "{}", tokenizer, tokenizer_config }, config);
	const file = await writeGguf(planGguf(fields, []));
	const { metadata } = await openGguf(bytesSource(file), "made.gguf");
	return { metadata, texts: ggufTokenizer(metadata, "made.gguf") };
}

describe.each(["bundled", "gpt2", "llama3_1", "qwen3", "smollm2-135m-instruct", "stories260K", "llama2"])(
	"%s",
	(name) => {
		const folder = folderOf(name);
		const definition = folder === null ? undefined : fileIn(folder, "tokenizer.json");
		if (folder === null || definition === undefined) {
			console.log(`${name}: not written into a GGUF file, its tokenizer.json is not here (see test-files.ts)`);
			test("survives a round trip", ({ skip }) => skip("its files are missing"));
			return;
		}
		test("survives a round trip", async () => {
			const config = fileIn(folder, "tokenizer_config.json");
			const before = Tokenizer.load({ tokenizer: definition, tokenizer_config: config });
			const { metadata, texts } = await roundTrip(definition, config, before.vocabSize + 3);
			const after = Tokenizer.load({
				tokenizer: texts["tokenizer.json"],
				tokenizer_config: texts["tokenizer_config.json"],
			});
			const { normalizer, added_tokens } = JSON.parse(definition);
			const marks = added_tokens.filter((token: { normalized: boolean }) => token.normalized);
			const given = strings
				// A third of the battery: a tokenizer is read by the same code that passes the whole of it.
				.filter((_, i) => i % 3 === 0)
				// A GGUF file cannot state Qwen's NFC normalizer: llama.cpp does not have it.
				.map((text) => (normalizer?.type === "NFC" ? text.normalize("NFC") : text))
				// Llama 2 looks for special tokens in the text with its spaces replaced; llama.cpp, and the file, before.
				.filter((text) => !marks.some(({ content }: { content: string }) => text.includes(content)));
			const wrong = given.filter(
				(text) =>
					`${before.encode(text, { addSpecialTokens: true })}` !== `${after.encode(text, { addSpecialTokens: true })}`,
			);
			expect(wrong).toEqual([]);
			expect([after.bosId, after.eosId]).toEqual([before.bosId, before.eosId]);
			expect((metadata.get("tokenizer.ggml.tokens") as string[]).at(-1)).toBe(`[PAD${before.vocabSize + 2}]`);
			expect((metadata.get("tokenizer.ggml.token_type") as number[]).at(-1)).toBe(5);
			// llama.cpp refuses a file with fewer scores than tokens.
			const scores = metadata.get("tokenizer.ggml.scores") as number[] | undefined;
			if (scores !== undefined) expect([scores.length, scores.at(-1)]).toEqual([before.vocabSize + 3, -1000]);
		});
	},
);

test("a tokenizer that llama.cpp would apply differently is refused with the reason", async () => {
	const definition = JSON.parse(readFileSync("public/base-model/tokenizer.json", "utf8"));
	const refusal = async (changes: object) =>
		(await errorOf(() => roundTrip(JSON.stringify({ ...definition, ...changes }), undefined, 2048))).message;
	expect(await refusal({ pre_tokenizer: { type: "Whitespace" } })).toMatch(
		/its pre-tokenizer is not one of gpt-2, smollm/,
	);
	expect(await refusal({ normalizer: { type: "Lowercase" } })).toMatch(/cannot describe its normalizer/);
	expect(await refusal({ model: { ...definition.model, merges: undefined } })).toMatch(/it is not a BPE tokenizer/);
	expect(await refusal({ model: { ...definition.model, byte_fallback: true } })).toMatch(/not SentencePiece's/);
	expect(await refusal({ model: { ...definition.model, ignore_merges: true } })).toMatch(/different ignore_merges/);
	const long = await errorOf(() => roundTrip(JSON.stringify(definition), undefined, 2000));
	expect(long.message).toMatch(/it has 2048 tokens, but the model's embedding has 2000 rows/);
});

/** Gemma 3's as llama.cpp's converter lays SentencePiece out: spaces for ▁ in added tokens, whose scores are -1000. */
function gemmaMetadata(definition: string): ReadonlyMap<string, GgufValue> {
	const { model, added_tokens } = JSON.parse(definition);
	const tokens: string[] = [];
	for (const [token, id] of Object.entries<number>(model.vocab)) tokens[id] = token;
	const types = tokens.map((token) => (/^<0x..>$/.test(token) ? TOKEN_TYPES.byte : TOKEN_TYPES.normal) as number);
	const scores = tokens.map((_, id) => -id);
	for (const { id, content, special } of added_tokens) {
		scores[id] = -1000;
		types[id] = special ? TOKEN_TYPES.control : TOKEN_TYPES.userDefined;
		tokens[id] = special ? content : content.replaceAll("▁", " ");
	}
	const fields: [string, GgufValue][] = [
		["model", "llama"],
		["tokens", tokens],
		["scores", scores],
		["token_type", types],
		["add_space_prefix", false],
		["bos_token_id", tokens.indexOf("<bos>")],
		["eos_token_id", tokens.indexOf("<eos>")],
		["unknown_token_id", tokens.indexOf("<unk>")],
	];
	return new Map(fields.map(([key, value]) => [`tokenizer.ggml.${key}`, value]));
}

test("Gemma 3's SentencePiece, with spaces among its added tokens", { timeout: 240_000 }, ({ skip }) => {
	const folder = folderOf("gemma3");
	const definition = folder === null ? undefined : fileIn(folder, "tokenizer.json");
	if (definition === undefined) return skip("its files are missing");
	const texts = ggufTokenizer(gemmaMetadata(definition), "made.gguf");
	const [before, after] = [definition, texts["tokenizer.json"]].map((tokenizer) => Tokenizer.load({ tokenizer }));
	// A ▁ that is in the text itself is not the space of an added token.
	const given = strings.filter((text, i) => i % 3 === 0 && !text.includes("▁"));
	const ids = (tokenizer: Tokenizer, text: string) => `${tokenizer.encode(text, { addSpecialTokens: true })}`;
	expect(given.length).toBeGreaterThan(800);
	expect(given.filter((text) => ids(before, text) !== ids(after, text))).toEqual([]);
});

test("Phi-3's special tokens strip the white space after them, as in its tokenizer.json; its GGUF file does not store it", () => {
	const tokens = ["<unk>", "<s>", "<|endoftext|>", "<|end|>", "▁", "a"];
	const fields: [string, GgufValue][] = [
		["tokenizer.ggml.model", "llama"],
		["tokenizer.ggml.tokens", tokens],
		["tokenizer.ggml.scores", tokens.map((_, id) => -id)],
		["tokenizer.ggml.token_type", [2, 3, 3, 3, 1, 1]],
	];
	const rstrips = (model_type: string) =>
		JSON.parse(
			ggufTokenizer(new Map(fields), "made.gguf", familyOf(model_type).gguf?.stripsRight)["tokenizer.json"],
		).added_tokens.map(({ rstrip }: { rstrip: boolean }) => rstrip);
	expect(rstrips("phi3")).toEqual([false, false, false, true]);
	expect(rstrips("llama")).toEqual([false, false, false, false]);
});
