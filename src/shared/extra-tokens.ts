// Tokens that only the files beside tokenizer.json name: tokenizer_config.json, special_tokens_map.json, added_tokens.json.
// transformers adds them to the tokenizer (_from_pretrained of tokenization_utils_base.py, __init__ of
// tokenization_utils_tokenizers.py, transformers 5.23).

import { isObject, type JsonObject } from "./json.ts";

/** A special token as tokenizer files write it: "<s>" or {"content": "<s>", …}. */
export function stringOrContent(value: unknown): string | undefined {
	if (typeof value === "string") return value;
	return isObject(value) && typeof value.content === "string" ? value.content : undefined;
}

/** The special tokens that have names. */
export const SPECIAL = [
	"bos_token",
	"eos_token",
	"pad_token",
	"unk_token",
	"sep_token",
	"cls_token",
	"mask_token",
] as const;

/** An entry of added_tokens, without its id. */
interface AddedToken {
	readonly content: string;
	readonly single_word: boolean;
	readonly lstrip: boolean;
	readonly rstrip: boolean;
	readonly normalized: boolean;
	readonly special: boolean;
}

export interface TokenFiles {
	readonly config: JsonObject; // tokenizer_config.json
	readonly map: JsonObject; // special_tokens_map.json
	readonly added: JsonObject; // added_tokens.json
}

/** The definition with the tokens of the other files: known ones get those files' attributes, new ones the next ids. */
export function withExtraTokens(definition: JsonObject, files: TokenFiles): JsonObject {
	const tokens = new Map<string, JsonObject>();
	const own = Array.isArray(definition.added_tokens) ? definition.added_tokens.filter(isObject) : [];
	for (const token of own) tokens.set(String(token.content), token);
	const known = tokens.size;
	const vocabulary = vocabularyOf(definition.model as JsonObject);
	const idOf = (content: string): number => {
		const id = tokens.get(content)?.id ?? vocabulary.get(content);
		if (typeof id === "number") return id;
		const largest = Math.max(-1, ...[...tokens.values()].map((token) => Number(token.id)));
		return Math.max(largest + 1, vocabulary.size);
	};
	let changed = false;
	for (const token of extraTokens(files, new Set(tokens.keys()))) {
		const old = tokens.get(token.content);
		if (old !== undefined && sameToken(old, token)) continue;
		tokens.set(token.content, { ...token, id: idOf(token.content) });
		changed = true;
	}
	return changed || tokens.size > known ? { ...definition, added_tokens: [...tokens.values()] } : definition;
}

function sameToken(old: JsonObject, token: AddedToken): boolean {
	return Object.entries(token).every(([name, value]) => (old[name] ?? false) === value);
}

function vocabularyOf(model: JsonObject): Map<string, number> {
	const { vocab } = model;
	if (Array.isArray(vocab)) return new Map(vocab.map((entry: unknown, id) => [String((entry as unknown[])[0]), id]));
	return new Map(Object.entries(vocab as Record<string, number>));
}

/** In the order in which transformers adds them: by index, then the named special tokens, then the extra ones. */
function extraTokens({ config, map, added }: TokenFiles, inTokenizer: ReadonlySet<string>): AddedToken[] {
	const isNew = isObject(config.added_tokens_decoder);
	// special_tokens_map.json and added_tokens.json are only read where tokenizer_config.json has no added_tokens_decoder.
	const named = isNew ? config : { ...config, ...map };
	const special = SPECIAL.map((name) => named[name]);
	const extra = [config.additional_special_tokens, config.extra_special_tokens]
		.concat(isNew ? [] : [map.additional_special_tokens, map.extra_special_tokens])
		.flatMap((list) => (Array.isArray(list) ? list : isObject(list) ? Object.values(list) : []));
	const isSpecial = new Set([...special, ...extra].map(stringOrContent));
	const tokens = new Map<string, AddedToken>();
	const byIndex = isNew
		? Object.entries(config.added_tokens_decoder as JsonObject).sort(([a], [b]) => Number(a) - Number(b))
		: [];
	for (const [, value] of byIndex) {
		const content = stringOrContent(value);
		if (content === undefined || !isObject(value)) continue;
		const token = tokenOf(content, value, value.special === true);
		tokens.set(content, special.map(stringOrContent).includes(content) ? { ...token, special: true } : token);
	}
	if (!isNew)
		for (const content of Object.keys(added).sort((a, b) => Number(added[a]) - Number(added[b])))
			if (!inTokenizer.has(content)) tokens.set(content, tokenOf(content, {}, isSpecial.has(content)));
	for (const value of [...special, ...extra]) {
		const content = stringOrContent(value);
		if (content === undefined || content === "" || tokens.has(content) || inTokenizer.has(content)) continue;
		tokens.set(content, tokenOf(content, isObject(value) ? value : {}, true));
	}
	return [...tokens.values()];
}

function tokenOf(content: string, value: JsonObject, special: boolean): AddedToken {
	const flag = (name: string, fallback = false) => (typeof value[name] === "boolean" ? value[name] : fallback);
	return {
		content,
		single_word: flag("single_word"),
		lstrip: flag("lstrip"),
		rstrip: flag("rstrip"),
		normalized: flag("normalized", !special),
		special,
	};
}
