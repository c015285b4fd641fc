// Converts tokenizer.ggml.* of a GGUF file to Hugging Face's tokenizer files: byte-level BPE by the name of its pre-tokenizer
// (`llama_vocab` in llama.cpp), and SentencePiece's BPE with merges computed from its scores as transformers does. To add a
// pre-tokenizer, see gguf-pre-tokenizers.ts. gguf-tokenizer-write.ts is the inverse.

import { TabTuneError } from "../../shared/errors.ts";
import { ggufMessage } from "../../shared/messages/index.ts";
import type { Message } from "../../shared/messages/message.ts";
import type { GgufValue } from "./gguf.ts";
import { byteLevel, DEFAULT_PRE_TOKENIZER, preTokenizer } from "./gguf-pre-tokenizers.ts";

type Metadata = Pick<ReadonlyMap<string, GgufValue>, "get">;
type Vocabulary = { readonly tokens: readonly string[]; readonly types: readonly number[] };

/** llama.cpp's token types. */
export const TOKEN_TYPES = { normal: 1, unknown: 2, control: 3, userDefined: 4, unused: 5, byte: 6 } as const;
const { unknown: UNKNOWN, control: CONTROL, userDefined: USER_DEFINED } = TOKEN_TYPES;

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
	if (kind !== "gpt2" && kind !== "llama")
		throw notHandled(
			kind === undefined
				? ggufMessage("noTokenizerFields")
				: ggufMessage("tokenizerKind", { kind: JSON.stringify(kind) }),
			where,
		);
	const types = list(metadata, "token_type", isNumber, where, []);
	const vocabulary = { tokens: list(metadata, "tokens", isString, where), types };
	const definition =
		kind === "gpt2" ? byteBpe(metadata, vocabulary, where) : sentencePiece(metadata, vocabulary, where, stripsRight);
	return {
		"tokenizer.json": JSON.stringify({ version: "1.0", truncation: null, padding: null, ...definition }),
		"tokenizer_config.json": ggufTokenizerConfig(metadata),
	};
}

/** tokenizer_config.json: the special tokens and the chat template, which a file has whatever its tokenizer is. */
export function ggufTokenizerConfig(metadata: Metadata): string {
	const tokens = metadata.get("tokenizer.ggml.tokens");
	const named = (key: string) => {
		const id = tokenId(metadata, key);
		return id === undefined || !Array.isArray(tokens) ? undefined : tokens[id];
	};
	const settings = {
		tokenizer_class: "PreTrainedTokenizerFast",
		bos_token: named("bos"),
		eos_token: named("eos"),
		pad_token: named("padding"),
		unk_token: named("unknown"),
		clean_up_tokenization_spaces: false,
		chat_template: chatTemplate(metadata),
	};
	return `${JSON.stringify(settings, null, 2)}\n`;
}

function byteBpe(metadata: Metadata, vocabulary: Vocabulary, where: string) {
	const pre = metadata.get("tokenizer.ggml.pre") ?? DEFAULT_PRE_TOKENIZER;
	const found = preTokenizer(String(pre));
	if (found === undefined) throw notHandled(ggufMessage("preTokenizer", { name: JSON.stringify(pre) }), where);
	return {
		added_tokens: addedTokens(vocabulary),
		normalizer: null,
		pre_tokenizer: found.definition,
		post_processor: specialTokens(metadata, vocabulary, found.bos ?? false),
		decoder: byteLevel(true),
		model: model(vocabulary, list(metadata, "merges", isString, where), {
			unk_token: null,
			byte_fallback: false,
			ignore_merges: found.ignoreMerges ?? false,
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
		post_processor: specialTokens(metadata, vocabulary, true),
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

/** The post-processor that adds BOS and EOS. @param unlessSaid whether BOS is added if the file does not say */
function specialTokens(metadata: Metadata, { tokens }: Vocabulary, unlessSaid: boolean) {
	const adds = (name: "bos" | "eos", otherwise: boolean) => {
		const said = metadata.get(`tokenizer.ggml.add_${name}_token`) ?? otherwise;
		const id = tokenId(metadata, name);
		return said === true && id !== undefined ? [id] : [];
	};
	const [bos, eos] = [adds("bos", unlessSaid), adds("eos", false)];
	if (bos.length + eos.length === 0) return null;
	const special = (ids: readonly number[], type_id: number) =>
		ids.map((id) => ({ SpecialToken: { id: tokens[id], type_id } }));
	const text = (name: string, type_id: number) => [
		...special(bos, type_id),
		{ Sequence: { id: name, type_id } },
		...special(eos, type_id),
	];
	return {
		type: "TemplateProcessing",
		single: text("A", 0),
		pair: [...text("A", 0), ...text("B", 1)],
		special_tokens: Object.fromEntries(
			[...bos, ...eos].map((id) => [tokens[id], { id: tokens[id], ids: [id], tokens: [tokens[id]] }]),
		),
	};
}

/** llama.cpp's ids where a SentencePiece vocabulary does not state them. */
const SENTENCE_PIECE_IDS: Readonly<Record<string, number>> = { bos: 1, eos: 2, unknown: 0 };

/** The id of "bos", "eos", "unknown", "padding", "eot" or "eom"; undefined if the vocabulary has no such token. */
export function tokenId(metadata: Metadata, name: string): number | undefined {
	const tokens = metadata.get("tokenizer.ggml.tokens");
	const otherwise = metadata.get("tokenizer.ggml.model") === "llama" ? SENTENCE_PIECE_IDS[name] : undefined;
	const id = metadata.get(`tokenizer.ggml.${name}_token_id`) ?? otherwise;
	return typeof id === "number" && id >= 0 && Array.isArray(tokens) && id < tokens.length ? id : undefined;
}

/** chat_template of tokenizer_config.json: the only one, or a list of named ones. */
function chatTemplate(metadata: Metadata): string | readonly { name: string; template: string }[] | undefined {
	const template = metadata.get("tokenizer.chat_template");
	const names = metadata.get("tokenizer.chat_templates");
	const named = (Array.isArray(names) ? names : []).flatMap((name) => {
		const found = metadata.get(`tokenizer.chat_template.${name}`);
		return typeof found === "string" && name !== "default" ? [{ name: String(name), template: found }] : [];
	});
	if (named.length === 0) return typeof template === "string" ? template : undefined;
	return [...(typeof template === "string" ? [{ name: "default", template }] : []), ...named];
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
