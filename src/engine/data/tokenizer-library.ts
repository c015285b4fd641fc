// Builds a tokenizer of @huggingface/tokenizers that gives the ids of the Rust tokenizers. The library has the models, the
// post-processors and the decoders; added tokens, normalizers and pre-tokenizers are those of tokenizer-parts/, and the
// differences of the others are patched here. Strings that show a difference are in fixtures/make_tokenizer_battery.py and
// fixtures/make_tokenizer_parts.py.
import { Tokenizer } from "@huggingface/tokenizers";
import { isObject, type JsonObject } from "../../shared/json.ts";
import { type AddedToken, AddedVocabulary } from "./tokenizer-parts/added-vocabulary.ts";
import { BYTE_ALPHABET } from "./tokenizer-parts/byte-level.ts";
import { normalizerOf } from "./tokenizer-parts/normalizers.ts";
import { preTokenizerOf } from "./tokenizer-parts/pre-tokenizers.ts";
import { patternOf } from "./tokenizer-parts/split.ts";

/** The library's model: tokens of words. Its parts are callable. */
interface Model {
	readonly tokens_to_ids: Map<string, number>;
	unk_token?: string;
	unk_token_id?: number;
	encode(words: readonly string[]): string[];
	cache?: unknown;
}

/** @throws Error "Unknown … type: …" for a part that is not known, or with the library's message */
export function libraryTokenizer(definition: JsonObject, config: JsonObject): Tokenizer {
	const model = definition.model as JsonObject;
	refuseOptions(model);
	const normalize = normalizerOf(definition.normalizer);
	const preTokenize = preTokenizerOf(definition.pre_tokenizer);
	const library = new Tokenizer({ ...definition, normalizer: null, pre_tokenizer: null }, config);
	patchDecoder(library.decoder);
	const { model: built } = library as unknown as { model: Model };
	if (built.cache !== undefined) built.cache = new WordCache();
	if (model.type === "WordLevel") {
		built.unk_token = String(model.unk_token);
		built.unk_token_id = built.tokens_to_ids.get(built.unk_token);
	}
	const encode = wordEncoder(built, model);
	const tokens = definition.added_tokens as readonly JsonObject[];
	// With split_special_tokens, only the other added tokens are found in text.
	const found = config.split_special_tokens === true ? tokens.filter(({ special }) => special !== true) : tokens;
	const specialFirst = found.toSorted((a, b) => Number(b.special === true) - Number(a.special === true));
	const added = new AddedVocabulary(specialFirst.map(addedToken), normalize);
	Object.assign(library, {
		encode_text: (text: string | null): string[] | null => {
			if (text === null) return null;
			const tokens: string[] = [];
			for (const section of added.sections(text)) {
				if (section.token !== null) tokens.push(section.token);
				else for (const token of encode(preTokenize(section.text, section.first))) tokens.push(token);
			}
			return tokens;
		},
	});
	return library;
}

function addedToken(token: JsonObject): AddedToken {
	return {
		content: String(token.content),
		single_word: token.single_word === true,
		lstrip: token.lstrip === true,
		rstrip: token.rstrip === true,
		normalized: typeof token.normalized === "boolean" ? token.normalized : token.special !== true,
	};
}

/** Options of BPE that the library does not have. */
function refuseOptions({ type, continuing_subword_prefix, dropout }: JsonObject): void {
	if (type !== "BPE") return;
	if (typeof continuing_subword_prefix === "string" && continuing_subword_prefix !== "")
		throw new Error("Unknown model type: BPE with continuing_subword_prefix");
	if (typeof dropout === "number" && dropout > 0) throw new Error("Unknown model type: BPE with dropout");
}

/** Without an unknown token, Rust's BPE drops unknown characters before it merges the others. */
function withoutUnknown({ tokens_to_ids }: Model): (word: string) => string {
	if (BYTE_ALPHABET.every((byte) => tokens_to_ids.has(byte))) return (word) => word;
	return (word) =>
		Array.from(word)
			.filter((char) => tokens_to_ids.has(char))
			.join("");
}

/** Tokens of words. The Rust models join unknown characters within a word; the library joins them across words. */
function wordEncoder(model: Model, { type, fuse_unk, byte_fallback }: JsonObject): (words: string[]) => string[] {
	const bytes = type === "Unigram" && byte_fallback === true;
	if (type === "BPE" && typeof model.unk_token !== "string" && byte_fallback !== true) {
		const known = withoutUnknown(model);
		return (words) => model.encode(words.map(known));
	}
	if (type !== "Unigram" && !(type === "BPE" && fuse_unk === true)) return (words) => model.encode(words);
	const isUnknown = (piece: string) => piece === model.unk_token || !model.tokens_to_ids.has(piece);
	const unknown = model.unk_token ?? "";
	const ofWord = (word: string): string[] => {
		const tokens: string[] = [];
		let inUnknown = false;
		for (const piece of model.encode([word])) {
			const known = !isUnknown(piece);
			const fallback = known || !bytes ? null : bytesOf(piece, model);
			if (fallback !== null) tokens.push(...fallback);
			else if (known || !inUnknown) tokens.push(known ? piece : unknown);
			inUnknown = !known && fallback === null;
		}
		return tokens;
	};
	return (words) => words.flatMap(ofWord);
}

const utf8 = new TextEncoder();

/** The tokens of the UTF-8 bytes of a piece; null if the vocabulary lacks one. */
function bytesOf(piece: string, { tokens_to_ids }: Model): string[] | null {
	const bytes = Array.from(utf8.encode(piece), (byte) => `<0x${byte.toString(16).toUpperCase().padStart(2, "0")}>`);
	return bytes.every((byte) => tokens_to_ids.has(byte)) ? bytes : null;
}

/** Expressions get a bound. The `ByteFallback` decoder drops U+FEFF when bytes encode it; the Rust decoder keeps it. */
function patchDecoder(part: unknown): void {
	if (part === null || (typeof part !== "object" && typeof part !== "function")) return; // its decoders are callable
	if ("pattern" in part && part.pattern instanceof RegExp && "config" in part && isObject(part.config))
		part.pattern = patternOf(part.config.pattern);
	if ("text_decoder" in part) part.text_decoder = new TextDecoder("utf-8", { ignoreBOM: true });
	if ("decoders" in part && Array.isArray(part.decoders)) part.decoders.forEach(patchDecoder);
}

/** Entries of a cache. A full cache is cleared, which is cheaper than tracking the oldest entry. */
const MOST_WORDS = 100_000;
/** Longer words are not cached, as in Rust (tokenizers/src/utils/cache.rs): their tokens could fill the memory. */
const LONGEST_CACHED = 256;

/** The library's own cache moves an entry to the end of a Map at every look-up, nearly half of the time of a large file. */
class WordCache {
	private readonly known = new Map<string, unknown>();

	get(word: string): unknown {
		return this.known.get(word);
	}

	put(word: string, value: unknown): void {
		if (word.length >= LONGEST_CACHED) return;
		if (this.known.size >= MOST_WORDS) this.known.clear();
		this.known.set(word, value);
	}

	clear(): void {
		this.known.clear();
	}
}
