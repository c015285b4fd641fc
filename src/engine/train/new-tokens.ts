// The base of a new adapter with more tokens than the base has rows, as after transformers' add_tokens and
// resize_token_embeddings. Only the rows of the new tokens are trained, as TRL does for tokens that it adds.
import { TabTuneError } from "../../shared/errors.ts";
import { isObject, type JsonObject } from "../../shared/json.ts";
import { adaptersMessage } from "../../shared/messages/index.ts";
import type { Message } from "../../shared/messages/message.ts";
import { parseJsonObject } from "../../shared/parse-json.ts";
import { Tokenizer } from "../data/tokenizer.ts";
import { hasTokenizer, isLanguageFile, languageOf, memoryFolder, readModelTexts } from "../formats/index.ts";
import { changedBase } from "../models/changed-base.ts";
import type { LoadedModel } from "../models/load.ts";

/** A tokenizer with more tokens than this many times the rows of a model belongs to another one. */
const MOST_GROWTH = 2;

export interface ModelWithTokens {
	readonly model: LoadedModel;
	readonly warnings: readonly Message[];
}

/**
 * Adds tokens to the tokenizer of a base, and resizes its embedding and head if the tokenizer has more tokens than rows.
 * @param texts tokens to add; those that the tokenizer has already are skipped
 * @throws TabTuneError "tokenizer" if there are texts to add, but no tokenizer
 */
export async function withNewTokens(base: LoadedModel, texts: readonly string[]): Promise<ModelWithTokens> {
	if (!(await hasTokenizer(base.folder))) {
		if (texts.length === 0) return { model: base, warnings: [] };
		throw new TabTuneError("tokenizer", {
			what: adaptersMessage("tokensWithoutTokenizer"),
			where: base.name,
			next: adaptersMessage("tokensWithoutTokenizer.next"),
		});
	}
	const files = await readModelTexts(base.folder);
	// A tokenizer of an unknown kind is an error where text is encoded; rows of ids need none.
	const before = texts.length > 0 ? Tokenizer.load(files) : attempt(() => Tokenizer.load(files));
	if (before === null) return { model: base, warnings: [] };
	const added = [...new Set(texts)].filter((text) => text !== "" && before.idOf(text) === undefined);
	const rows = base.config.vocab_size;
	const size = before.vocabSize + added.length;
	if (added.length === 0 && size <= rows) return { model: base, warnings: [] };
	if (size > MOST_GROWTH * rows)
		throw new TabTuneError("tokenizer", {
			what: adaptersMessage("tokensFar", { after: size, before: rows }),
			where: base.name,
			next: adaptersMessage("tokensFar.next"),
		});
	const grown = size > rows ? await changedBase(base, { vocab_size: size, weights: new Map() }) : base;
	const first = Math.min(before.vocabSize, rows);
	const newTokens = Array.from({ length: size - first }, (_, i) => first + i);
	const model = await withTokenizer(
		grown,
		base,
		added.length === 0 ? null : definitionWith(files.tokenizer, added, before),
	);
	return {
		model: { ...model, changes: { base, tensors: new Map(), texts: {}, ...model.changes, newTokens } },
		warnings: [
			...(size > rows ? [adaptersMessage("tokensGrow", { before: rows, after: size })] : []),
			...(added.length > 0 ? [adaptersMessage("tokensAdded", { count: added.length, first: before.vocabSize })] : []),
		],
	};
}

/** tokenizer.json with further tokens at the end of the vocabulary, as `add_tokens` of tokenizers adds them. */
function definitionWith(json: string, added: readonly string[], { vocabSize }: Tokenizer): string {
	const definition = parseJsonObject(json, "tokenizer.json", "tokenizer");
	const own = Array.isArray(definition.added_tokens) ? definition.added_tokens : [];
	const plain = { single_word: false, lstrip: false, rstrip: false, normalized: true, special: false };
	const entries = added.map((content, i): JsonObject => ({ id: vocabSize + i, content, ...plain }));
	return JSON.stringify({ ...definition, added_tokens: [...own.filter(isObject), ...entries] });
}

/** The model with another tokenizer.json, which an adapter's folder gets together with the other files of the tokenizer. */
async function withTokenizer(model: LoadedModel, base: LoadedModel, tokenizer: string | null): Promise<LoadedModel> {
	if (tokenizer === null) return model;
	const { folder } = base;
	const names = (await folder.list()).filter(
		(name) => isLanguageFile(name) && !/^(vocab\.json|merges\.txt)$/.test(name),
	);
	const texts = Object.fromEntries(await Promise.all(names.map(async (name) => [name, await folder.text(name)])));
	const language = await languageOf(folder, memoryFolder(folder.name, { ...texts, "tokenizer.json": tokenizer }));
	if (language === null) throw new Error("the tokenizer has more tokens than the base's");
	const changes = { base, tensors: model.changes?.tensors ?? new Map(), texts: language.texts };
	return { ...model, folder: language.folder, changes };
}

function attempt<T>(read: () => T): T | null {
	try {
		return read();
	} catch {
		return null;
	}
}
