// What @huggingface/tokenizers does differently from the Rust tokenizers, made the same: in the definition before the
// library reads it, or in the parts it has made. To mend more: a function here, and strings that show the difference in
// fixtures/make_tokenizer_battery.py.
import type { Tokenizer } from "@huggingface/tokenizers";
import { isObject, type JsonObject } from "./json.ts";

/** All that is mended in the parts a definition was made into. @returns the same tokenizer */
export function mendTokenizer(library: Tokenizer): Tokenizer {
	mendDecoder(library.decoder);
	mendSpaces(library);
	mendNormalizedTokens(library);
	mendUnigram(library);
	return library;
}

/**
 * The library's `Digits` splits at `\d`; the Rust one at any Unicode number (Nd, Nl, No: "½", "²", "Ⅷ"). A `Split` at
 * `\p{N}` is what Rust does.
 */
export function mendDefinition(definition: JsonObject): JsonObject {
	return { ...definition, pre_tokenizer: mendPreTokenizer(definition.pre_tokenizer) };
}

/** The library's `ByteFallback` decoder drops a U+FEFF that bytes spell; the Rust one keeps it. */
function mendDecoder(part: unknown): void {
	if (part === null || (typeof part !== "object" && typeof part !== "function")) return; // its decoders are callable
	if ("text_decoder" in part) part.text_decoder = new TextDecoder("utf-8", { ignoreBOM: true });
	if ("decoders" in part && Array.isArray(part.decoders)) part.decoders.forEach(mendDecoder);
}

/**
 * The library's `ByteLevel` splits with JavaScript's `\s`; the Rust one's is Unicode's White_Space, which has U+0085 and
 * not U+FEFF. The expression is GPT-2's (openai/gpt-2, encoder.py).
 */
function mendSpaces(part: unknown): void {
	if (part === null || (typeof part !== "object" && typeof part !== "function")) return; // its parts are callable
	if ("use_regex" in part && "pattern" in part)
		part.pattern =
			/'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\p{White_Space}\p{L}\p{N}]+|\p{White_Space}+(?!\P{White_Space})|\p{White_Space}+/gu;
	if ("pre_tokenizer" in part) mendSpaces(part.pre_tokenizer);
	if ("tokenizers" in part && Array.isArray(part.tokenizers)) part.tokenizers.forEach(mendSpaces);
}

/**
 * An added token that is marked "normalized" is looked for in the normalised text, in its normalised spelling ("▁<s>")
 * alone: the second half of "<s><s>" is text. The library takes a rest that happens to equal the token as it is written.
 */
function mendNormalizedTokens(library: object): void {
	if (!("added_tokens_map" in library && library.added_tokens_map instanceof Map)) return;
	const map: Map<string, { content: string; normalized: boolean }> = library.added_tokens_map;
	for (const [spelling, { content, normalized }] of [...map])
		if (normalized && spelling !== content) map.delete(content);
}

function mendPreTokenizer(part: unknown): unknown {
	if (!isObject(part)) return part;
	if (part.type === "Sequence" && Array.isArray(part.pretokenizers))
		return { ...part, pretokenizers: part.pretokenizers.map(mendPreTokenizer) };
	if (part.type !== "Digits") return part;
	return {
		type: "Split",
		pattern: { Regex: part.individual_digits === true ? "\\p{N}" : "\\p{N}+" },
		behavior: "Isolated",
		invert: false,
	};
}

/** The library's Unigram writes <unk> for what no piece spells; with byte_fallback the Rust one writes its UTF-8 bytes. */
function mendUnigram(library: object): void {
	// The library's parts are callable.
	const model = (library as { model?: unknown }).model as
		| { config?: unknown; tokens_to_ids?: unknown; encode?: unknown }
		| undefined;
	const { config, tokens_to_ids, encode } = model ?? {};
	if (!(isObject(config) && config.type === "Unigram" && config.byte_fallback === true)) return;
	if (model === undefined || !(tokens_to_ids instanceof Map && typeof encode === "function")) return;
	const utf8 = new TextEncoder();
	model.encode = (tokens: readonly string[]): string[] =>
		encode.call(model, tokens).flatMap((piece: string) => {
			if (tokens_to_ids.has(piece)) return piece;
			const bytes = Array.from(utf8.encode(piece), (byte) => `<0x${byte.toString(16).toUpperCase().padStart(2, "0")}>`);
			return bytes.every((byte) => tokens_to_ids.has(byte)) ? bytes : piece;
		});
}
