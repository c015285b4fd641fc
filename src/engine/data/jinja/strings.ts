// Methods of Python's str that chat templates use.

import { asNumber, iterate, type Kwargs, lengthOf, str, TemplateError, Tuple, typeName, type Value } from "./values.ts";

type Method = (text: string, args: readonly Value[], kwargs: Kwargs) => Value;

/** The characters that str.isspace() accepts and str.strip() removes. */
const WHITE_SPACE =
	"\t\n\v\f\r\x1c\x1d\x1e\x1f \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000";
const SPACE = new Set(WHITE_SPACE);
const SPACES = new RegExp(
	`[${WHITE_SPACE.replace(/[\x1c-\x1f]/g, (c) => `\\x${c.charCodeAt(0).toString(16)}`)}]+`,
	"u",
);
/** The line boundaries of str.splitlines(). */
const LINE_END = /\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]/;

export const STRING_METHODS: Readonly<Record<string, Method>> = {
	upper: (text) => text.toUpperCase(),
	lower: (text) => text.toLowerCase(),
	casefold: (text) => text.toLowerCase(),
	swapcase: (text) => Array.from(text, (c) => (c === c.toLowerCase() ? c.toUpperCase() : c.toLowerCase())).join(""),
	capitalize: (text) => capitalize(text),
	title: (text) => text.replace(/\p{L}+/gu, (word) => capitalize(word)),
	strip: (text, [characters]) => strip(text, characters, true, true),
	lstrip: (text, [characters]) => strip(text, characters, true, false),
	rstrip: (text, [characters]) => strip(text, characters, false, true),
	startswith: (text, [affix]) => affixes(affix, "startswith").some((one) => text.startsWith(one)),
	endswith: (text, [affix]) => affixes(affix, "endswith").some((one) => text.endsWith(one)),
	removeprefix: (text, [prefix]) => (text.startsWith(string(prefix)) ? text.slice(string(prefix).length) : text),
	removesuffix: (text, [suffix]) =>
		string(suffix) !== "" && text.endsWith(string(suffix)) ? text.slice(0, -string(suffix).length) : text,
	split: (text, args, kwargs) => split(text, args[0] ?? kwargs.get("sep"), args[1] ?? kwargs.get("maxsplit"), false),
	rsplit: (text, args, kwargs) => split(text, args[0] ?? kwargs.get("sep"), args[1] ?? kwargs.get("maxsplit"), true),
	splitlines: (text) => splitLines(text),
	partition: (text, [separator]) => partition(text, text.indexOf(string(separator)), string(separator), false),
	rpartition: (text, [separator]) => partition(text, text.lastIndexOf(string(separator)), string(separator), true),
	replace: (text, args, kwargs) => replace(text, args[0], args[1], args[2] ?? kwargs.get("count")),
	join: (text, [items]) =>
		iterate(items)
			.map((item, i) => {
				if (typeof item === "string") return item;
				throw new TemplateError(`sequence item ${i}: expected str instance, ${typeName(item)} found`);
			})
			.join(text),
	find: (text, [part]) => position(text, text.indexOf(string(part))),
	rfind: (text, [part]) => position(text, text.lastIndexOf(string(part))),
	index: (text, [part]) => {
		const at = text.indexOf(string(part));
		if (at < 0) throw new TemplateError("substring not found");
		return position(text, at);
	},
	count: (text, [part]) =>
		string(part) === "" ? (lengthOf(text) as bigint) + 1n : BigInt(text.split(string(part)).length - 1),
	isdigit: (text) => /^[\p{Nd}²³¹]+$/u.test(text),
	isdecimal: (text) => /^\p{Nd}+$/u.test(text),
	isnumeric: (text) => /^\p{N}+$/u.test(text),
	isalpha: (text) => /^\p{L}+$/u.test(text),
	isalnum: (text) => /^[\p{L}\p{N}]+$/u.test(text),
	isspace: (text) => text !== "" && Array.from(text).every((c) => SPACE.has(c)),
	isupper: (text) => /\p{Lu}/u.test(text) && !/[\p{Ll}\p{Lt}]/u.test(text),
	islower: (text) => /\p{Ll}/u.test(text) && !/[\p{Lu}\p{Lt}]/u.test(text),
	zfill: (text, [width]) => {
		const [sign, rest] = /^[+-]/.test(text) ? [text[0], text.slice(1)] : ["", text];
		return sign + rest.padStart(Math.max(0, whole(width) - sign.length), "0");
	},
	ljust: (text, [width, fill]) => pad(text, whole(width), fill, 0),
	rjust: (text, [width, fill]) => pad(text, whole(width), fill, 1),
	center: (text, [width, fill]) => pad(text, whole(width), fill, 0.5),
	format: (text, args, kwargs) => format(text, args, kwargs),
};

export function strip(text: string, set: Value, left: boolean, right: boolean): string {
	const characters = typeof set === "string" ? new Set(set) : SPACE;
	const points = Array.from(text);
	let start = 0;
	let end = points.length;
	while (left && start < end && characters.has(points[start])) start++;
	while (right && end > start && characters.has(points[end - 1])) end--;
	return points.slice(start, end).join("");
}

export function capitalize(text: string): string {
	const [first = "", ...rest] = Array.from(text);
	return first.toUpperCase() + rest.join("").toLowerCase();
}

export function splitLines(text: string): string[] {
	const lines = text.split(LINE_END);
	if (lines.at(-1) === "") lines.pop();
	return lines;
}

export function replace(text: string, from: Value, to: Value, count: Value): string {
	const most = count === undefined || count === null ? -1 : whole(count);
	const [old, fresh] = [string(from), string(to)];
	if (most < 0) {
		if (old !== "") return text.replaceAll(old, () => fresh);
		return fresh + Array.from(text, (c) => c + fresh).join("");
	}
	const parts = old === "" ? ["", ...Array.from(text), ""] : text.split(old);
	return parts.map((part, i) => part + (i === parts.length - 1 ? "" : i < most ? fresh : old)).join("");
}

/** An argument that must be an int. */
export function whole(value: Value): number {
	const number = asNumber(value);
	if (typeof number === "bigint") return Number(number);
	throw new TemplateError(`'${typeName(value)}' object cannot be interpreted as an integer`);
}

function string(value: Value): string {
	if (typeof value === "string") return value;
	throw new TemplateError(`must be str, not ${typeName(value)}`);
}

function affixes(value: Value, method: string): readonly string[] {
	if (typeof value === "string") return [value];
	if (value instanceof Tuple || Array.isArray(value)) return value.map(string);
	throw new TemplateError(`${method} first arg must be str or a tuple of str, not ${typeName(value)}`);
}

function position(text: string, at: number): bigint {
	return at < 0 ? -1n : BigInt(Array.from(text.slice(0, at)).length);
}

function partition(text: string, at: number, separator: string, last: boolean): Tuple {
	const parts =
		at >= 0
			? [text.slice(0, at), separator, text.slice(at + separator.length)]
			: last
				? ["", "", text]
				: [text, "", ""];
	return Tuple.from(parts) as Tuple;
}

function split(text: string, separator: Value, most: Value, fromRight: boolean): string[] {
	const limit = most === undefined || most === null ? -1 : whole(most);
	if (separator === "") throw new TemplateError("empty separator");
	if (typeof separator !== "string" && separator !== undefined && separator !== null)
		throw new TemplateError(`must be str or None, not ${typeName(separator)}`);
	const parts = typeof separator === "string" ? text.split(separator) : words(text);
	if (limit < 0 || parts.length <= limit + 1) return parts;
	if (typeof separator === "string") {
		return fromRight
			? [parts.slice(0, parts.length - limit).join(separator), ...parts.slice(parts.length - limit)]
			: [...parts.slice(0, limit), parts.slice(limit).join(separator)];
	}
	return fromRight ? lastWords(text, limit) : firstWords(text, limit);
}

function words(text: string): string[] {
	return text.split(SPACES).filter((word) => word !== "");
}

function firstWords(text: string, limit: number): string[] {
	const found: string[] = [];
	let rest = strip(text, undefined, true, false);
	while (found.length < limit) {
		const gap = SPACES.exec(rest);
		if (gap === null) break;
		found.push(rest.slice(0, gap.index));
		rest = rest.slice(gap.index + gap[0].length);
	}
	return rest === "" ? found : [...found, rest];
}

function lastWords(text: string, limit: number): string[] {
	const reversed = (value: string) => Array.from(value).reverse().join("");
	return firstWords(reversed(text), limit).map(reversed).reverse();
}

function pad(text: string, width: number, fill: Value, before: number): string {
	const missing = Math.max(0, width - Number(lengthOf(text)));
	// CPython puts the odd character of center() on the left if the width is odd.
	const left = before === 0.5 ? Math.floor(missing / 2) + (missing & width & 1) : before * missing;
	const by = fill === undefined ? " " : string(fill);
	return by.repeat(left) + text + by.repeat(missing - left);
}

/** str.format with plain fields: {}, {0}, {name}. */
function format(text: string, args: readonly Value[], kwargs: Kwargs): string {
	let next = 0;
	return text.replace(/\{\{|\}\}|\{([^{}]*)\}/g, (match, field: string | undefined) => {
		if (field === undefined) return match[0];
		if (!/^\w*$/.test(field)) throw new TemplateError(`the field {${field}} of format() is not supported`);
		const at = field === "" ? next++ : /^\d+$/.test(field) ? Number(field) : null;
		if (at !== null && at >= args.length)
			throw new TemplateError(`Replacement index ${at} out of range for positional args tuple`);
		if (at === null && !kwargs.has(field)) throw new TemplateError(`'${field}'`);
		return str(at === null ? kwargs.get(field) : args[at]);
	});
}
