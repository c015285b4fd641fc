// Compiles the regular expressions of tokenizer.json, which are Oniguruma's, as JavaScript's. @huggingface/tokenizers rewrites
// most of the syntax; this rewrites first what it does otherwise: inline flags, possessive quantifiers, atomic groups.

import { SplitPreTokenizer } from "@huggingface/tokenizers";
import { BoundedRegExp, refuseLongPattern } from "../../../shared/regexp/bounded-regexp.ts";

const ORIGIN = { code: "tokenizer", where: "tokenizer.json" } as const;

/** @throws Error naming the construct that JavaScript does not have, or SyntaxError; TabTuneError for one that is too large */
export function compileRegex(source: string): RegExp {
	refuseLongPattern(source, ORIGIN);
	const { pattern } = new SplitPreTokenizer({
		type: "Split",
		pattern: { Regex: rewrite(source) },
		behavior: "Isolated",
		invert: false,
	}) as unknown as { pattern: RegExp };
	return new BoundedRegExp(pattern.source, pattern.flags, ORIGIN);
}

/** What has no equal in JavaScript: conditionals, recursion, absent groups, other inline flags, \K, \R, \X and \G. */
const UNSUPPORTED = /\(\?\(|\\g<|\(\?~|\(\?[imx]*-[imx]+|\(\?[mx]+[i)]|\(\?i?[mx]+[:)]|\\[KRX]|\\G|\(\?P[<=>]/;

function rewrite(source: string): string {
	const [unsupported] = UNSUPPORTED.exec(source) ?? [];
	if (unsupported !== undefined) throw new Error(`the regular expression has ${unsupported}, which is not supported`);
	return possessive(inlineFlags(source));
}

/** `a(?i)b|c` is `a(?i:b|c)`: the flag holds to the end of the group. */
function inlineFlags(source: string): string {
	const at = source.indexOf("(?i)");
	if (at < 0) return source;
	const rest = source.slice(at + 4);
	let depth = 0;
	let end = 0;
	for (; end < rest.length; end++) {
		if (rest[end] === "\\") end++;
		else if (rest[end] === "[") end = classEnd(rest, end) - 1;
		else if (rest[end] === "(") depth++;
		else if (rest[end] === ")" && depth-- === 0) break;
	}
	return inlineFlags(`${source.slice(0, at)}(?i:${rest.slice(0, end)})${rest.slice(end)}`);
}

/** The index after a character class. */
function classEnd(source: string, start: number): number {
	let depth = 0;
	for (let i = start; i < source.length; i++) {
		if (source[i] === "\\") i++;
		else if (source[i] === "[") depth++;
		else if (source[i] === "]" && i > start + (source[start + 1] === "^" ? 2 : 1) && --depth === 0) return i + 1;
	}
	return source.length;
}

/** `X++` and `(?>X)` are a lookahead that captures and a reference to it, which do not backtrack. */
function possessive(source: string): string {
	let groups = 0;
	const atomic = (inner: string) => `(?:(?=(?<atomic${groups}>${inner}))\\k<atomic${groups++}>)`;
	const walk = (text: string): string => {
		let out = "";
		for (let i = 0; i < text.length; ) {
			const start = i;
			let atom: string;
			if (text[i] === "\\") {
				[atom] = /^\\(?:[pPxuk]\{[^}]*\}|k<[^>]*>|.)/su.exec(text.slice(i)) ?? ["\\"];
				i += atom.length;
			} else if (text[i] === "[") {
				i = classEnd(text, i);
				atom = text.slice(start, i);
			} else if (text[i] === "(") {
				i = groupEnd(text, i);
				const [prefix] = /^\((?:\?(?:[:=!>]|<[=!]|<\w+>|i:))?/.exec(text.slice(start)) ?? ["("];
				const inner = walk(text.slice(start + prefix.length, i - 1));
				atom = prefix === "(?>" ? atomic(inner) : `${prefix}${inner})`;
			} else {
				atom = String.fromCodePoint(text.codePointAt(i) ?? 0);
				i += atom.length;
				if ("|^$".includes(atom)) {
					out += atom;
					continue;
				}
			}
			const [quantifier = ""] = /^[*+?]\+|^[*+?]\??|^\{\d*,?\d*\}\??/.exec(text.slice(i)) ?? [];
			i += quantifier.length;
			out += /^[*+?]\+$/.test(quantifier) ? atomic(atom + quantifier[0]) : atom + quantifier;
		}
		return out;
	};
	return walk(source);
}

/** The index after the group that opens at `start`. */
function groupEnd(source: string, start: number): number {
	let depth = 0;
	for (let i = start; i < source.length; i++) {
		if (source[i] === "\\") i++;
		else if (source[i] === "[") i = classEnd(source, i) - 1;
		else if (source[i] === "(") depth++;
		else if (source[i] === ")" && --depth === 0) return i + 1;
	}
	return source.length;
}
