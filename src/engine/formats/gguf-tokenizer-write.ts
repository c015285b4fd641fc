// Converts a Hugging Face tokenizer to the tokenizer.ggml.* fields of a GGUF file, as llama.cpp's convert_hf_to_gguf.py does:
// byte-level BPE with a pre-tokenizer that gguf-tokenizer.ts knows, and SentencePiece's BPE with scores that reproduce the
// merges. A tokenizer that llama.cpp would apply differently is refused.

import { TabTuneError } from "../../shared/errors.ts";
import { type TokenFiles, withExtraTokens } from "../../shared/extra-tokens.ts";
import { isObject, type JsonObject } from "../../shared/json.ts";
import { ggufMessage } from "../../shared/messages/index.ts";
import type { Message } from "../../shared/messages/message.ts";
import { parseJsonObject } from "../../shared/parse-json.ts";
import { PRE_TOKENIZER_NAMES, preTokenizerName } from "./gguf-pre-tokenizers.ts";
import { mergesOfScores, TOKEN_TYPES } from "./gguf-tokenizer.ts";
import type { GgufField } from "./gguf-write.ts";
import type { ModelTexts } from "./model-folder.ts";

interface Definition {
	readonly vocab: Readonly<Record<string, number>>;
	readonly merges: readonly string[];
	readonly model: JsonObject;
	readonly normalizer: unknown;
	readonly pre_tokenizer: unknown;
	readonly post_processor: unknown;
	readonly added: readonly { readonly id: number; readonly content: string; readonly special: boolean }[];
}

/** What a model's config.json states about its tokens. */
interface TokenSettings {
	readonly vocab_size: number;
	readonly bos_token_id: number | null;
	readonly eos_token_ids: readonly number[];
	readonly pad_token_id: number | null;
}

/** @throws TabTuneError "tokenizer", with the reason, for a tokenizer that llama.cpp would apply differently */
export function ggufTokenizerFields(texts: ModelTexts, config: TokenSettings): GgufField[] {
	const settings = optional(texts.tokenizer_config, "tokenizer_config.json");
	const map = optional(texts.special_tokens_map, "special_tokens_map.json");
	const added = optional(texts.added_tokens, "added_tokens.json");
	const definition = readDefinition(texts.tokenizer, { config: settings, map, added });
	const tokens: string[] = [];
	for (const [token, id] of Object.entries(definition.vocab)) tokens[id] = token;
	for (const { id, content } of definition.added) tokens[id] = content;
	if (tokens.length > config.vocab_size)
		throw notWritten(ggufMessage("tooManyTokens", { tokens: tokens.length, rows: config.vocab_size }));
	const rows = Array.from({ length: config.vocab_size }, (_, id) => tokens[id] ?? `[PAD${id}]`);
	const twice = new Set(rows).size < rows.length ? rows.find((token, id) => rows.indexOf(token) !== id) : undefined;
	if (twice !== undefined) throw notWritten(ggufMessage("tokenTwice", { token: JSON.stringify(twice) }));
	const kind = definition.model.byte_fallback === true ? sentencePiece(definition, rows) : byteLevel(definition);
	const types = tokenTypes(definition, tokens, config.vocab_size);
	const named = (name: string, id: number | null): number | null => {
		const token = contentOf(settings[name]) ?? contentOf(map[name]);
		const found = token === undefined ? id : tokens.indexOf(token);
		return found === -1 ? null : found;
	};
	const ids: [string, number | null][] = [
		["bos", named("bos_token", config.bos_token_id)],
		["eos", named("eos_token", config.eos_token_ids[0] ?? null)],
		["unknown", named("unk_token", null)],
		["padding", named("pad_token", config.pad_token_id)],
	];
	const template = templateOf(texts, settings);
	return [
		...kind,
		{
			key: "tokenizer.ggml.tokens",
			kind: "texts",
			value: rows,
		},
		{ key: "tokenizer.ggml.token_type", kind: "int32s", value: types },
		...ids.flatMap(([name, value]): GgufField[] =>
			value === null ? [] : [{ key: `tokenizer.ggml.${name}_token_id`, kind: "uint32", value }],
		),
		{ key: "tokenizer.ggml.add_bos_token", kind: "bool", value: startsWith(definition, tokens[ids[0][1] ?? -1]) },
		{ key: "tokenizer.ggml.add_eos_token", kind: "bool", value: false },
		...(template === null ? [] : [{ key: "tokenizer.chat_template", kind: "text", value: template } as const]),
	];
}

function readDefinition(text: string, files: TokenFiles): Definition {
	const own = parseJsonObject(text, "tokenizer.json", "tokenizer");
	const { model, normalizer, pre_tokenizer, post_processor } = own;
	if (!isObject(model) || !isObject(model.vocab) || !Array.isArray(model.merges))
		throw notWritten(ggufMessage("notBpe"));
	const { added_tokens } = withExtraTokens(own, files);
	const added = (Array.isArray(added_tokens) ? added_tokens : []).filter(isObject);
	return {
		vocab: model.vocab as Record<string, number>,
		merges: model.merges.map((merge: unknown) => (Array.isArray(merge) ? merge.join(" ") : String(merge))),
		model,
		normalizer: normalizer ?? null,
		pre_tokenizer: pre_tokenizer ?? null,
		post_processor: post_processor ?? null,
		added: added.map(({ id, content, special }) => ({
			id: Number(id),
			content: String(content),
			special: special === true,
		})),
	};
}

function byteLevel({ merges, model, normalizer, pre_tokenizer }: Definition): GgufField[] {
	// llama.cpp ignores Qwen's NFC, and so does the check of its converter.
	if (normalizer !== null && !(isObject(normalizer) && normalizer.type === "NFC"))
		throw notWritten(ggufMessage("normalizer"));
	const isDefinition = (definition: object) => isSame(definition, pre_tokenizer);
	const ignoreMerges = model.ignore_merges === true;
	const pre = preTokenizerName(isDefinition, ignoreMerges);
	const other = preTokenizerName(isDefinition, !ignoreMerges);
	if (pre === undefined && other !== undefined) throw notWritten(ggufMessage("ignoreMerges", { pre: other }));
	if (pre === undefined)
		throw notWritten(ggufMessage("preTokenizerNotWritten", { names: PRE_TOKENIZER_NAMES.join(", ") }));
	return [
		{ key: "tokenizer.ggml.model", kind: "text", value: "gpt2" },
		{ key: "tokenizer.ggml.pre", kind: "text", value: pre },
		{ key: "tokenizer.ggml.merges", kind: "texts", value: merges },
	];
}

/** The score that llama.cpp's converter gives to rows without a token. */
const UNUSED_SCORE = -1000;

/** @param rows the token of each row of the embedding */
function sentencePiece(definition: Definition, rows: readonly string[]): GgufField[] {
	const { merges, normalizer } = definition;
	const parts = isObject(normalizer) && Array.isArray(normalizer.normalizers) ? normalizer.normalizers : [normalizer];
	const kinds = parts.map((part: unknown) => (isObject(part) ? part.type : null));
	const prefix = kinds[0] === "Prepend";
	if (kinds.slice(prefix ? 1 : 0).join() !== "Replace") throw notWritten(ggufMessage("sentencePieceNormalizer"));
	// A token's score is minus its position in the order of merges.
	const added = new Map(definition.added.map(({ id, content }) => [content, id]));
	const isToken = (token: string) => Object.hasOwn(definition.vocab, token) || added.has(token);
	const scores = rows.map((token): number => (isToken(token) ? 0 : UNUSED_SCORE));
	const known = new Map(rows.map((token, id) => [token, id]));
	const seen = new Set<number>();
	for (const merge of merges) {
		const id = known.get(merge.replace(" ", ""));
		if (id === undefined || seen.has(id)) continue;
		seen.add(id);
		scores[id] = -seen.size;
	}
	if (mergesOfScores(rows, scores).join("\n") !== merges.join("\n")) throw notWritten(ggufMessage("mergeOrder"));
	return [
		{ key: "tokenizer.ggml.model", kind: "text", value: "llama" },
		{ key: "tokenizer.ggml.pre", kind: "text", value: "default" },
		{ key: "tokenizer.ggml.scores", kind: "float32s", value: scores },
		{ key: "tokenizer.ggml.add_space_prefix", kind: "bool", value: prefix },
	];
}

/** The token type of each row of the embedding; rows without a token are unused. */
function tokenTypes({ added, model }: Definition, tokens: readonly string[], rows: number): number[] {
	const { normal, unknown, control, userDefined, unused, byte } = TOKEN_TYPES;
	const special = new Map(added.map((token) => [token.id, token.special]));
	return Array.from({ length: rows }, (_, id) => {
		const token = tokens[id];
		if (token === undefined) return unused;
		if (model.byte_fallback === true && token === model.unk_token) return unknown;
		const marked = special.get(id);
		if (marked !== undefined) return marked ? control : userDefined;
		return model.byte_fallback === true && /^<0x[0-9A-F]{2}>$/.test(token) ? byte : normal;
	});
}

/** Whether texts start with the token (a TemplateProcessing, alone or in a Sequence). */
function startsWith({ post_processor }: Definition, bos: string | undefined): boolean {
	const parts = isObject(post_processor)
		? Array.isArray(post_processor.processors)
			? post_processor.processors.filter(isObject)
			: [post_processor]
		: [];
	const firsts = parts.flatMap(({ single }) => (Array.isArray(single) ? [single[0] as unknown] : []));
	return firsts.some(
		(first) => isObject(first) && isObject(first.SpecialToken) && bos !== undefined && first.SpecialToken.id === bos,
	);
}

/** The chat template that transformers chooses: the file, else the configuration's; of several, the one named "default". */
function templateOf({ chat_template }: ModelTexts, settings: JsonObject): string | null {
	if (chat_template !== undefined) return chat_template;
	const template = settings.chat_template;
	const named = Array.isArray(template) ? template.filter(isObject) : [];
	const one = Array.isArray(template) ? (named.find(({ name }) => name === "default") ?? named[0])?.template : template;
	return typeof one === "string" ? one : null;
}

const optional = (text: string | undefined, name: string): JsonObject =>
	text === undefined ? {} : parseJsonObject(text, name, "tokenizer");

function contentOf(token: unknown): string | undefined {
	const content = isObject(token) ? token.content : token;
	return typeof content === "string" ? content : undefined;
}

/** Whether two definitions are equal for llama.cpp; `trim_offsets` affects only positions in the text. */
function isSame(a: unknown, b: unknown): boolean {
	if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((part, i) => isSame(part, b[i]));
	if (!isObject(a) || !isObject(b)) return a === b;
	const keys = new Set([...Object.keys(a), ...Object.keys(b)].filter((key) => key !== "trim_offsets"));
	// A ByteLevel of older files without use_regex means true.
	return [...keys].every((key) => isSame(a[key] ?? key === "use_regex", b[key] ?? key === "use_regex"));
}

function notWritten(reason: Message): TabTuneError {
	return new TabTuneError("tokenizer", {
		what: ggufMessage("tokenizerNotWritten", { reason }),
		where: "tokenizer.json",
		next: ggufMessage("tokenizerNotWritten.next"),
	});
}
