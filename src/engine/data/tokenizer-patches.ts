// Patches for @huggingface/tokenizers where its results differ from those of the Rust tokenizers. Some change the
// definition before the library reads it, the others the objects that the library built from it. A new patch needs
// strings that show the difference in fixtures/make_tokenizer_battery.py.
import type { Tokenizer } from "@huggingface/tokenizers";
import { isObject, type JsonObject } from "../../shared/json.ts";

/** Patches the objects that the library built. @returns the same tokenizer */
export function patchTokenizer(library: Tokenizer): Tokenizer {
	patchDecoder(library.decoder);
	patchSpaces(library);
	patchNormalizedTokens(library);
	patchUnigram(library);
	return library;
}

/**
 * The library's `Digits` splits at `\d`; the Rust one at any Unicode number (Nd, Nl, No: "½", "²", "Ⅷ"). A `Split` at
 * `\p{N}` is what Rust does.
 */
export function patchDefinition(definition: JsonObject): JsonObject {
	return { ...definition, pre_tokenizer: patchPreTokenizer(definition.pre_tokenizer) };
}

/** The library's `ByteFallback` decoder drops U+FEFF when bytes encode it; the Rust decoder keeps it. */
function patchDecoder(part: unknown): void {
	if (part === null || (typeof part !== "object" && typeof part !== "function")) return; // its decoders are callable
	if ("text_decoder" in part) part.text_decoder = new TextDecoder("utf-8", { ignoreBOM: true });
	if ("decoders" in part && Array.isArray(part.decoders)) part.decoders.forEach(patchDecoder);
}

/**
 * The library's `ByteLevel` splits with JavaScript's `\s`; the Rust one's is Unicode's White_Space, which has U+0085 and
 * not U+FEFF. The expression is GPT-2's (openai/gpt-2, encoder.py).
 */
function patchSpaces(part: unknown): void {
	if (part === null || (typeof part !== "object" && typeof part !== "function")) return; // its parts are callable
	if ("use_regex" in part && "pattern" in part)
		part.pattern =
			/'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\p{White_Space}\p{L}\p{N}]+|\p{White_Space}+(?!\P{White_Space})|\p{White_Space}+/gu;
	if ("pre_tokenizer" in part) patchSpaces(part.pre_tokenizer);
	if ("tokenizers" in part && Array.isArray(part.tokenizers)) part.tokenizers.forEach(patchSpaces);
}

/**
 * The Rust tokenizer matches an added token marked "normalized" in the normalised text, and only in its normalised
 * spelling ("▁<s>"): the second half of "<s><s>" is plain text. The library also matches the original spelling.
 */
function patchNormalizedTokens(library: object): void {
	if (!("added_tokens_map" in library && library.added_tokens_map instanceof Map)) return;
	const map: Map<string, { content: string; normalized: boolean }> = library.added_tokens_map;
	for (const [spelling, { content, normalized }] of [...map])
		if (normalized && spelling !== content) map.delete(content);
}

function patchPreTokenizer(part: unknown): unknown {
	if (!isObject(part)) return part;
	if (part.type === "Sequence" && Array.isArray(part.pretokenizers))
		return { ...part, pretokenizers: part.pretokenizers.map(patchPreTokenizer) };
	if (part.type !== "Digits") return part;
	return {
		type: "Split",
		pattern: { Regex: part.individual_digits === true ? "\\p{N}" : "\\p{N}+" },
		behavior: "Isolated",
		invert: false,
	};
}

/** The library's Unigram emits <unk> for characters outside its vocabulary; with byte_fallback the Rust one emits their UTF-8 bytes. */
function patchUnigram(library: object): void {
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
