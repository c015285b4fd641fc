// The normalizers of tokenizer.json with the results of the Rust tokenizers (tokenizers/src/normalizers, 0.23).

import { isObject, type JsonObject } from "../../../shared/json.ts";
import { bytesAsText } from "./byte-level.ts";
import { charsmapOf } from "./charsmap.ts";
import { NEWER_MARKS } from "./newer-categories.ts";
import { patternOf } from "./split.ts";

export type Normalizer = (text: string) => string;

const CHINESE =
	/[\u4e00-\u9fff\u3400-\u4dbf\u{20000}-\u{2a6df}\u{2a700}-\u{2b73f}\u{2b740}-\u{2b81f}\u{2b920}-\u{2ceaf}\uf900-\ufaff\u{2f800}-\u{2fa1f}]/gu;

const REMOVED = new RegExp(`(?![\\t\\n\\r${NEWER_MARKS}])[\\p{Cc}\\p{Cf}\\p{Co}\\ufffd]`, "gu");
const ACCENT = new RegExp(`(?![${NEWER_MARKS}])\\p{Mn}`, "gu");

/** Character by character: a final sigma does not depend on its place, as in Rust's char::to_lowercase. */
const lowercase: Normalizer = (text) => Array.from(text, (char) => char.toLowerCase()).join("");

/** @throws Error "Unknown Normalizer type: …" for a kind that is not known */
export function normalizerOf(config: unknown): Normalizer {
	if (!isObject(config)) return (text) => text;
	const { type } = config;
	switch (type) {
		case "Sequence": {
			const parts = (Array.isArray(config.normalizers) ? config.normalizers : []).map(normalizerOf);
			return (text) => parts.reduce((before, part) => part(before), text);
		}
		case "NFC":
		case "NFD":
		case "NFKC":
		case "NFKD":
			return (text) => text.normalize(type);
		case "Lowercase":
			return lowercase;
		case "Strip": {
			const [left, right] = [config.strip_left !== false, config.strip_right !== false];
			return (text) => stripped(text, left, right);
		}
		case "StripAccents":
			return (text) => text.replace(/\p{M}/gu, "");
		case "Prepend":
			return (text) => (text === "" ? "" : String(config.prepend) + text);
		case "Replace": {
			const pattern = patternOf(config.pattern);
			const content = String(config.content ?? "");
			return (text) => (pattern === null ? text : text.replaceAll(pattern, () => content));
		}
		case "Nmt":
			return (text) =>
				text
					.replace(/[\u0001-\u0008\u000b\u000e-\u001f\u007f\u008f\u009f]/g, "")
					.replace(/[\u0009\u000a\u000c\u000d\u1680\u200b-\u200f\u2028\u2029\u2581\ufeff\ufffd]/g, " ");
		case "ByteLevel":
			return bytesAsText;
		case "Precompiled":
			return charsmapOf(config.precompiled_charsmap);
		case "BertNormalizer":
			return bert(config);
	}
	throw new Error(`Unknown Normalizer type: ${String(type)}`);
}

const SPACE = /^\p{White_Space}$/u;

/** Without the white space at its ends. Searching for it with an expression takes quadratic time. */
function stripped(text: string, left: boolean, right: boolean): string {
	let [start, end] = [0, text.length];
	while (left && start < end && SPACE.test(text[start])) start++;
	while (right && end > start && SPACE.test(text[end - 1])) end--;
	return text.slice(start, end);
}

function bert(config: JsonObject): Normalizer {
	const parts: Normalizer[] = [];
	const lower = config.lowercase !== false;
	if (config.clean_text !== false) parts.push((text) => text.replace(REMOVED, "").replace(/\p{White_Space}/gu, " "));
	if (config.handle_chinese_chars !== false) parts.push((text) => text.replace(CHINESE, " $& "));
	if (typeof config.strip_accents === "boolean" ? config.strip_accents : lower)
		parts.push((text) => text.normalize("NFD").replace(ACCENT, ""));
	if (lower) parts.push(lowercase);
	return (text) => parts.reduce((before, part) => part(before), text);
}
