// The pre-tokenizers of tokenizer.json with the results of the Rust tokenizers (tokenizers/src/pre_tokenizers, 0.23).

import { isObject, type JsonObject } from "../../../shared/json.ts";
import { bytesAsText } from "./byte-level.ts";
import { NEWER_PUNCTUATION } from "./newer-categories.ts";
import { behaviorOf, patternOf, splitText } from "./split.ts";

/** @param first whether the text starts at the beginning of the input */
export type PreTokenizer = (text: string, first: boolean) => string[];

const WORD = "\\p{Alphabetic}\\p{M}\\p{Nd}\\p{Pc}\\p{Join_Control}";
/** GPT-2's expression (openai/gpt-2, encoder.py), with Unicode's white space. */
const GPT2 =
	/'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\p{White_Space}\p{L}\p{N}]+|\p{White_Space}+(?!\P{White_Space})|\p{White_Space}+/gu;
const PUNCTUATION = new RegExp(`(?![${NEWER_PUNCTUATION}])[\\p{P}!-/:-@[-\`{-~]`, "gu");
const SPACE = /\p{White_Space}/gu;

/** @throws Error "Unknown PreTokenizer type: …" for a kind that is not known */
export function preTokenizerOf(config: unknown): PreTokenizer {
	if (!isObject(config)) return (text) => [text];
	const { type } = config;
	switch (type) {
		case "Sequence": {
			const parts = (Array.isArray(config.pretokenizers) ? config.pretokenizers : []).map(preTokenizerOf);
			return (text, first) =>
				parts.reduce(
					(pieces, part) => pieces.flatMap((piece, i) => part(piece, first && i === 0 && text.startsWith(piece))),
					[text],
				);
		}
		case "ByteLevel":
			return byteLevel(config);
		case "Metaspace":
			return metaspace(config);
		case "Split": {
			const [pattern, behavior] = [patternOf(config.pattern), behaviorOf(config.behavior)];
			return (text) => splitText(text, pattern, behavior, config.invert === true);
		}
		case "CharDelimiterSplit": {
			const pattern = patternOf({ String: config.delimiter });
			return (text) => splitText(text, pattern, "Removed");
		}
		case "Digits": {
			const pattern = config.individual_digits === true ? /\p{N}/gu : /\p{N}+/gu;
			return (text) => splitText(text, pattern, "Isolated");
		}
		case "Punctuation": {
			const behavior = behaviorOf(config.behavior ?? "Isolated");
			return (text) => splitText(text, PUNCTUATION, behavior);
		}
		case "Whitespace": {
			const pattern = new RegExp(`[${WORD}]+|[^${WORD}\\p{White_Space}]+`, "gu");
			return (text) => splitText(text, pattern, "Removed", true);
		}
		case "WhitespaceSplit":
			return (text) => splitText(text, SPACE, "Removed");
		case "BertPreTokenizer":
			return (text) => splitText(text, SPACE, "Removed").flatMap((word) => splitText(word, PUNCTUATION, "Isolated"));
		case "FixedLength":
			return (text) => fixedLength(text, typeof config.length === "number" ? config.length : 5);
	}
	throw new Error(`Unknown PreTokenizer type: ${String(type)}`);
}

function byteLevel({ add_prefix_space, use_regex }: JsonObject): PreTokenizer {
	return (text) => {
		const spaced = add_prefix_space !== false && !text.startsWith(" ") ? ` ${text}` : text;
		return (use_regex === false ? [spaced] : splitText(spaced, GPT2, "Isolated")).map(bytesAsText);
	};
}

function metaspace(config: JsonObject): PreTokenizer {
	const replacement = String(config.replacement ?? "▁");
	// Older files have add_prefix_space instead.
	const scheme = config.prepend_scheme ?? (config.add_prefix_space === false ? "never" : "always");
	const pattern = patternOf({ String: replacement });
	return (text, first) => {
		const replaced = text.replaceAll(" ", replacement);
		const prepends = scheme === "always" || (scheme === "first" && first);
		const whole = prepends && !replaced.startsWith(replacement) ? replacement + replaced : replaced;
		return config.split === false ? [whole] : splitText(whole, pattern, "MergedWithNext");
	};
}

function fixedLength(text: string, length: number): string[] {
	const characters = Array.from(text);
	const pieces: string[] = [];
	for (let i = 0; i < characters.length; i += length) pieces.push(characters.slice(i, i + length).join(""));
	return pieces;
}
