// The tokenizer of a model (tokenizer.json), on @huggingface/tokenizers (see tokenizer-library.ts), with its special tokens.

import type { Tokenizer as LibraryTokenizer } from "@huggingface/tokenizers";
import { TabTuneError } from "../../shared/errors.ts";
import { SPECIAL, stringOrContent, withExtraTokens } from "../../shared/extra-tokens.ts";
import { isObject, type JsonObject } from "../../shared/json.ts";
import { tokenizerMessage } from "../../shared/messages/index.ts";
import type { Message } from "../../shared/messages/message.ts";
import { parseJsonObject } from "../../shared/parse-json.ts";
import { libraryTokenizer } from "./tokenizer-library.ts";

/** The contents of a model folder's files; all but the first are optional. */
export interface TokenizerFiles {
	readonly tokenizer: string; // tokenizer.json
	readonly tokenizer_config?: string;
	readonly special_tokens_map?: string;
	readonly added_tokens?: string; // added_tokens.json
	readonly config?: string; // config.json: eos_token_id if no tokenizer file names the token
	readonly generation_config?: string;
}

/** The special tokens that transformers passes to chat templates: bos_token, eos_token, … */
export type SpecialTokens = Readonly<Partial<Record<(typeof SPECIAL)[number], string>>>;

export class Tokenizer {
	/** eos_token and the other stop tokens of generation_config.json. The end of a chat turn is `ChatTemplate.turnEnd`. */
	readonly stopIds: readonly number[];
	/** The largest id plus one. */
	readonly vocabSize: number;
	readonly bosId: number | null;
	readonly eosId: number | null;
	readonly padId: number | null;
	/** Whether the tokenizer appends EOS to every text (add_eos_token). */
	private readonly appendsEos: boolean;
	private readonly added: ReadonlyMap<number, { content: string; special: boolean }>;

	private constructor(
		private readonly library: LibraryTokenizer,
		/** Texts of the special tokens. */
		readonly special: SpecialTokens,
		configs: readonly JsonObject[],
	) {
		this.added = library.get_added_tokens_decoder();
		let largest = -1;
		for (const id of library.get_vocab().values()) largest = Math.max(largest, id);
		this.vocabSize = largest + 1;
		const idOf = (name: keyof SpecialTokens) =>
			special[name] === undefined ? null : (library.token_to_id(special[name]) ?? null);
		this.bosId = idOf("bos_token");
		this.eosId = idOf("eos_token");
		this.padId = idOf("pad_token");
		const stops = configs
			.flatMap(({ eos_token_id }) => eos_token_id)
			.filter((id): id is number => typeof id === "number");
		this.stopIds = [...new Set([...(this.eosId === null ? [] : [this.eosId]), ...stops])];
		this.appendsEos = this.eosId !== null && library.encode("a").ids.at(-1) === this.eosId;
	}

	/** @throws TabTuneError "tokenizer" naming the file and the invalid key. */
	static load(files: TokenizerFiles): Tokenizer {
		const optional = (text: string | undefined, name: string) =>
			text === undefined ? {} : parseJsonObject(text, name, "tokenizer");
		const config = optional(files.tokenizer_config, "tokenizer_config.json");
		const map = optional(files.special_tokens_map, "special_tokens_map.json");
		const added = optional(files.added_tokens, "added_tokens.json");
		const own = checked(parseJsonObject(files.tokenizer, "tokenizer.json", "tokenizer"));
		const definition = withExtraTokens(own, { config, map, added });
		const modelConfigs = [
			optional(files.config, "config.json"),
			optional(files.generation_config, "generation_config.json"),
		];
		let library: LibraryTokenizer;
		try {
			library = libraryTokenizer(definition, config);
		} catch (cause) {
			if (cause instanceof TabTuneError) throw cause;
			const message = cause instanceof Error ? cause.message : String(cause);
			const [, part, kind] = /^Unknown (\w+) type: (.+)$/.exec(message) ?? [];
			if (kind !== undefined) throw unknownKind(part, kind, cause);
			throw broken(tokenizerMessage("load", { reason: message }), "tokenizer.json", cause);
		}
		const special: Partial<Record<(typeof SPECIAL)[number], string>> = {};
		for (const name of SPECIAL) {
			const text =
				stringOrContent(config[name]) ?? stringOrContent(map[name]) ?? namedById(modelConfigs, `${name}_id`, library);
			if (text === undefined || text === "") continue;
			special[name] = text;
		}
		return new Tokenizer(library, special, modelConfigs);
	}

	/**
	 * Token ids of `text`. `addSpecialTokens` adds BOS if the tokenizer has one, but never EOS, which encode.ts adds. Text that
	 * spells a special token becomes that token.
	 */
	encode(text: string, { addSpecialTokens }: { addSpecialTokens: boolean }): number[] {
		const { ids } = this.library.encode(text, { add_special_tokens: addSpecialTokens });
		if (addSpecialTokens && this.appendsEos) ids.pop();
		return ids;
	}

	/** Decodes `ids` without cleaning up spaces. Ids outside the vocabulary are dropped. */
	decode(ids: ArrayLike<number>, { skipSpecialTokens }: { skipSpecialTokens: boolean }): string {
		// The library filters special tokens by text, and only those of tokenizer.json; filtering by id is exact.
		const kept = Array.from(ids).filter(
			(id) => this.library.id_to_token(id) !== undefined && !(skipSpecialTokens && this.isSpecial(id)),
		);
		return kept.length === 0
			? ""
			: this.library.decode(kept, { skip_special_tokens: false, clean_up_tokenization_spaces: false });
	}

	/** The id of a token, by its text in the vocabulary. */
	idOf(token: string): number | undefined {
		return this.library.token_to_id(token);
	}

	/** True for control tokens: <|im_end|>, <s>, … */
	isSpecial(id: number): boolean {
		return this.added.get(id)?.special === true;
	}

	/** The added tokens by id, special or not; the text around them is tokenised separately. */
	get addedTokens(): ReadonlyMap<number, { content: string }> {
		return this.added;
	}

	/** The text that each token adds, for a preview. The pieces join to the decoded text; a partial character adds "". */
	pieces(ids: ArrayLike<number>): string[] {
		const stream = new TextStream(this, { skipSpecialTokens: false });
		const pieces = Array.from(ids, (id) => stream.push(id));
		if (pieces.length > 0) pieces[pieces.length - 1] += stream.flush();
		return pieces;
	}
}

/** Decodes token by token; emits text only up to the last complete character. */
export class TextStream {
	private ids: number[] = [];
	/** Ids before `shown` have been emitted; those from `context` are decoded again with the next ones, because spaces depend on them. */
	private context = 0;
	private shown = 0;

	constructor(
		private readonly tokenizer: Tokenizer,
		private readonly options: { skipSpecialTokens: boolean },
	) {}

	/** The text that `id` completes; "" while a character is incomplete. */
	push(id: number): string {
		this.ids.push(id);
		return this.advance(false);
	}

	/** The remaining text at the end, with incomplete bytes as U+FFFD. */
	flush(): string {
		return this.advance(true);
	}

	private advance(all: boolean): string {
		const before = this.tokenizer.decode(this.ids.slice(this.context, this.shown), this.options);
		const now = this.tokenizer.decode(this.ids.slice(this.context), this.options);
		if (now.length <= before.length || (now.endsWith("\ufffd") && !all)) return "";
		this.context = this.shown;
		this.shown = this.ids.length;
		if (this.context > 0) {
			this.ids = this.ids.slice(this.context);
			this.shown -= this.context;
			this.context = 0;
		}
		return now.slice(before.length);
	}
}

function broken(what: Message, where: string, cause?: unknown): TabTuneError {
	return new TabTuneError("tokenizer", { what, where, next: tokenizerMessage("load.next") }, { cause });
}

function unknownKind(part: string, kind: string, cause?: unknown): TabTuneError {
	return new TabTuneError(
		"tokenizer",
		{
			what: tokenizerMessage("unknownPart", { part, kind }),
			where: "tokenizer.json",
			next: tokenizerMessage("unknownPart.next"),
		},
		{ cause },
	);
}

/** For other kinds the library would silently look up whole words. */
const MODEL_KINDS: readonly string[] = ["BPE", "Unigram", "WordPiece", "WordLevel"];

/** Checks every key of tokenizer.json that the library reads. @throws naming the key that is missing or has the wrong type. */
function checked(definition: JsonObject): JsonObject {
	const { model, added_tokens = [] } = definition;
	if (!isObject(model)) throw broken(tokenizerMessage("noModel"), "tokenizer.json: model");
	if (typeof model.type === "string" && !MODEL_KINDS.includes(model.type)) throw unknownKind("model", model.type);
	if (typeof model.vocab !== "object" || model.vocab === null)
		throw broken(tokenizerMessage("noVocab"), "tokenizer.json: model.vocab");
	if ((model.type === "BPE" || model.merges !== undefined) && !Array.isArray(model.merges))
		throw broken(tokenizerMessage("noMerges"), "tokenizer.json: model.merges");
	if (!Array.isArray(added_tokens)) throw broken(tokenizerMessage("noAddedTokens"), "tokenizer.json: added_tokens");
	added_tokens.forEach((token: unknown, index) => {
		if (!isObject(token) || typeof token.content !== "string" || !Number.isInteger(token.id)) {
			throw broken(tokenizerMessage("addedToken"), `tokenizer.json: added_tokens[${index}]`);
		}
		checkId(token.content, token.id);
	});
	if (Array.isArray(model.vocab))
		model.vocab.forEach((entry: unknown, id) => {
			if (Array.isArray(entry) && typeof entry[0] === "string" && typeof entry[1] === "number") return;
			throw broken(tokenizerMessage("vocabEntry"), `tokenizer.json: model.vocab[${id}]`);
		});
	if (isObject(model.vocab)) for (const [token, id] of Object.entries(model.vocab)) checkId(token, id);
	return { normalizer: null, pre_tokenizer: null, post_processor: null, decoder: null, ...definition, added_tokens };
}

/** More tokens than any published tokenizer has; the library has an entry for every id up to the largest. */
const MOST_IDS = 1 << 22;

function checkId(token: string, id: unknown): void {
	if (Number.isInteger(id) && Number(id) >= 0 && Number(id) < MOST_IDS) return;
	throw broken(tokenizerMessage("tokenId", { token, id: String(id), most: MOST_IDS - 1 }), "tokenizer.json");
}

function namedById(configs: readonly JsonObject[], key: string, library: LibraryTokenizer): string | undefined {
	const id = configs.flatMap((config) => config[key]).find((value) => typeof value === "number");
	return typeof id === "number" ? library.id_to_token(id) : undefined;
}
