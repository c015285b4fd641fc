// Converts tokenizer.ggml.* of a GGUF file to Hugging Face's tokenizer files: byte-level BPE by the name of its pre-tokenizer
// (`llama_vocab` in llama.cpp), and SentencePiece's BPE with merges computed from its scores as transformers does. To add a
// pre-tokenizer, add a line to PRE_TOKENIZERS. gguf-tokenizer-write.ts is the inverse.

import { TabTuneError } from "../../shared/errors.ts";
import { ggufMessage } from "../../shared/messages/gguf.en.ts";
import type { Message } from "../../shared/messages/message.ts";
import type { GgufValue } from "./gguf.ts";

type Metadata = ReadonlyMap<string, GgufValue>;
type Vocabulary = { readonly tokens: readonly string[]; readonly types: readonly number[] };

/** llama.cpp's token types. */
export const TOKEN_TYPES = { normal: 1, unknown: 2, control: 3, userDefined: 4, unused: 5, byte: 6 } as const;
const { unknown: UNKNOWN, control: CONTROL, userDefined: USER_DEFINED } = TOKEN_TYPES;

const byteLevel = (use_regex: boolean) => ({
	type: "ByteLevel",
	add_prefix_space: false,
	trim_offsets: true,
	use_regex,
});
const split = (Regex: string) => ({
	type: "Sequence",
	pretokenizers: [{ type: "Split", pattern: { Regex }, behavior: "Isolated", invert: false }, byteLevel(false)],
});
const WORDS = (digits: string) =>
	`(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|${digits}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+`;

/** Pre-tokenizers by llama.cpp's names. */
export const PRE_TOKENIZERS: Readonly<Record<string, object>> = {
	"gpt-2": byteLevel(true),
	smollm: { type: "Sequence", pretokenizers: [{ type: "Digits", individual_digits: true }, byteLevel(true)] },
	"llama-bpe": split(WORDS("\\p{N}{1,3}")),
	qwen2: split(WORDS("\\p{N}")),
};

/**
 * @param stripsRight whether a special token removes the white space after it, which a GGUF file does not store
 * @returns file name → text
 * @throws TabTuneError "tokenizer" for a kind that is not supported
 */
export function ggufTokenizer(
	metadata: Metadata,
	where: string,
	stripsRight: (token: string) => boolean = () => false,
): Record<string, string> {
	const kind = metadata.get("tokenizer.ggml.model");
	const types = list(metadata, "token_type", isNumber, where, []);
	const vocabulary = { tokens: list(metadata, "tokens", isString, where), types };
	const definition =
		kind === "gpt2"
			? byteBpe(metadata, vocabulary, where)
			: kind === "llama"
				? sentencePiece(metadata, vocabulary, where, stripsRight)
				: null;
	if (definition === null)
		throw notHandled(ggufMessage("tokenizerKind", { kind: JSON.stringify(kind ?? null) }), where);
	const named = (key: string) => {
		const id = metadata.get(`tokenizer.ggml.${key}_token_id`);
		return typeof id === "number" ? vocabulary.tokens[id] : undefined;
	};
	const template = metadata.get("tokenizer.chat_template");
	return {
		"tokenizer.json": JSON.stringify({ version: "1.0", truncation: null, padding: null, ...definition }),
		"tokenizer_config.json": `${JSON.stringify(
			{
				tokenizer_class: "PreTrainedTokenizerFast",
				bos_token: named("bos"),
				eos_token: named("eos"),
				pad_token: named("padding"),
				unk_token: named("unknown"),
				clean_up_tokenization_spaces: false,
				...(typeof template === "string" ? { chat_template: template } : {}),
			},
			null,
			2,
		)}\n`,
	};
}

function byteBpe(metadata: Metadata, vocabulary: Vocabulary, where: string) {
	const pre = metadata.get("tokenizer.ggml.pre") ?? "gpt-2";
	const pre_tokenizer = PRE_TOKENIZERS[String(pre)];
	if (pre_tokenizer === undefined) throw notHandled(ggufMessage("preTokenizer", { name: JSON.stringify(pre) }), where);
	return {
		added_tokens: addedTokens(vocabulary),
		normalizer: null,
		pre_tokenizer,
		post_processor: startsWithBos(metadata, vocabulary, pre === "llama-bpe"),
		decoder: byteLevel(true),
		model: model(vocabulary, list(metadata, "merges", isString, where), {
			unk_token: null,
			byte_fallback: false,
			ignore_merges: pre === "llama-bpe",
		}),
	};
}

function sentencePiece(
	metadata: Metadata,
	vocabulary: Vocabulary,
	where: string,
	stripsRight: (token: string) => boolean,
) {
	const scores = list(metadata, "scores", isNumber, where);
	const prefix = metadata.get("tokenizer.ggml.add_space_prefix") !== false;
	const unknown = vocabulary.types.indexOf(UNKNOWN);
	const replace = (from: string, content: string) => ({ type: "Replace", pattern: { String: from }, content });
	return {
		added_tokens: addedTokens(vocabulary).map((token) => ({
			...token,
			rstrip: stripsRight(token.content),
		})),
		normalizer: {
			type: "Sequence",
			normalizers: [...(prefix ? [{ type: "Prepend", prepend: "▁" }] : []), replace(" ", "▁")],
		},
		pre_tokenizer: null,
		post_processor: startsWithBos(metadata, vocabulary, true),
		decoder: {
			type: "Sequence",
			decoders: [
				replace("▁", " "),
				{ type: "ByteFallback" },
				{ type: "Fuse" },
				...(prefix ? [{ type: "Strip", content: " ", start: 1, stop: 0 }] : []),
			],
		},
		model: model(vocabulary, mergesOfScores(vocabulary.tokens, scores), {
			unk_token: unknown < 0 ? null : vocabulary.tokens[unknown],
			byte_fallback: true,
			ignore_merges: false,
		}),
	};
}

function model({ tokens }: Vocabulary, merges: readonly string[], rest: Record<string, unknown>) {
	// fromEntries defines even "__proto__" as an own key.
	const vocab = Object.fromEntries(tokens.map((token, id) => [token, id]));
	return { type: "BPE", dropout: null, fuse_unk: rest.byte_fallback, ...rest, vocab, merges };
}

/** Every pair of tokens whose concatenation is a token, best scores first (`generate_merges` in transformers). */
export function mergesOfScores(tokens: readonly string[], scores: readonly number[]): string[] {
	const ids = new Map(tokens.map((token, id) => [token, id]));
	const merges: { left: string; right: string; score: number }[] = [];
	tokens.forEach((token, id) => {
		const characters = [...token];
		const local: { left: string; right: string; order: number[] }[] = [];
		for (let i = 1; i < characters.length; i++) {
			const [left, right] = [characters.slice(0, i).join(""), characters.slice(i).join("")];
			const order = [ids.get(left), ids.get(right)];
			if (order.every((part) => part !== undefined)) local.push({ left, right, order });
		}
		local.sort((a, b) => a.order[0] - b.order[0] || a.order[1] - b.order[1]);
		for (const { left, right } of local) merges.push({ left, right, score: scores[id] ?? 0 });
	});
	return merges.sort((a, b) => b.score - a.score).map(({ left, right }) => `${left} ${right}`);
}

function addedTokens({ tokens, types }: Vocabulary) {
	return tokens.flatMap((content, id) => {
		const special = types[id] === CONTROL || types[id] === UNKNOWN;
		if (!special && types[id] !== USER_DEFINED) return [];
		return [{ id, content, single_word: false, lstrip: false, rstrip: false, normalized: false, special }];
	});
}

function startsWithBos(metadata: Metadata, { tokens }: Vocabulary, unlessSaid: boolean) {
	const id = metadata.get("tokenizer.ggml.bos_token_id");
	if (!(metadata.get("tokenizer.ggml.add_bos_token") ?? unlessSaid) || typeof id !== "number") return null;
	const bos = { SpecialToken: { id: tokens[id], type_id: 0 } };
	const sequence = (name: string, type_id: number) => ({ Sequence: { id: name, type_id } });
	return {
		type: "TemplateProcessing",
		single: [bos, sequence("A", 0)],
		pair: [bos, sequence("A", 0), sequence("B", 1)],
		special_tokens: { [tokens[id]]: { id: tokens[id], ids: [id], tokens: [tokens[id]] } },
	};
}

const isString = (value: unknown): value is string => typeof value === "string";
const isNumber = (value: unknown): value is number => typeof value === "number";

function list<T>(
	metadata: Metadata,
	key: string,
	is: (value: unknown) => value is T,
	where: string,
	unlessSaid?: T[],
): T[] {
	const value = metadata.get(`tokenizer.ggml.${key}`) ?? unlessSaid;
	if (Array.isArray(value) && value.every(is)) return value;
	throw new TabTuneError("tokenizer", {
		what: ggufMessage("badTokenizerList", { key }),
		where,
		next: ggufMessage("convertAgain.next"),
	});
}

function notHandled(feature: Message, where: string): TabTuneError {
	return new TabTuneError("tokenizer", {
		what: ggufMessage("tokenizerNotSupported", { feature }),
		where,
		next: ggufMessage("tokenizerNotSupported.next"),
	});
}
