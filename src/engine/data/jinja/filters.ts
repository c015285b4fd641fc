// Filters of Jinja (jinja2/filters.py), with the tojson filter of transformers.

import { toJson } from "./json.ts";
import { capitalize, replace, STRING_METHODS, splitLines, strip, whole } from "./strings.ts";
import { testNamed } from "./tests.ts";
import {
	asNumber,
	compare,
	equal,
	iterate,
	type Kwargs,
	lengthOf,
	Namespace,
	str,
	TemplateError,
	Tuple,
	truthy,
	typeName,
	type Value,
} from "./values.ts";

type Filter = (value: Value, args: readonly Value[], kwargs: Kwargs) => Value;

const count: Filter = (value) => lengthOf(value);
const otherwise: Filter = (value, args, kwargs) => {
	const given = optionOr(args, kwargs, 0, "default_value", "");
	return value === undefined || (truthy(option(args, kwargs, 1, "boolean")) && !truthy(value)) ? given : value;
};
const escapeHtml: Filter = (value) =>
	str(value).replace(/[&<>"']/g, (c) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&#34;" })[c] ?? "&#39;");

const FILTERS: Readonly<Record<string, Filter>> = {
	abs: (value) => {
		const number = asNumber(value);
		if (number === null) throw new TemplateError(`bad operand type for abs(): '${typeName(value)}'`);
		return number < 0 ? -number : number;
	},
	attr: (value, [name]) => (value instanceof Namespace ? value.attributes.get(str(name)) : undefined),
	batch: (value, [size, fill]) => {
		const items = iterate(value);
		const width = whole(size);
		const rows: Value[][] = [];
		for (let i = 0; i < items.length; i += width) rows.push(items.slice(i, i + width));
		const last = rows.at(-1);
		if (fill !== undefined && fill !== null && last !== undefined) while (last.length < width) last.push(fill);
		return rows;
	},
	bool: (value) => truthy(value),
	capitalize: (value) => capitalize(str(value)),
	center: (value, args, kwargs) => STRING_METHODS.center(str(value), [args[0] ?? 80n], kwargs),
	count,
	length: count,
	default: otherwise,
	d: otherwise,
	dictsort: (value, args, kwargs) => {
		if (!(value instanceof Map)) throw new TemplateError(`'${typeName(value)}' object has no attribute 'items'`);
		const at = option(args, kwargs, 1, "by") === "value" ? 1 : 0;
		const fold = foldCase(option(args, kwargs, 0, "case_sensitive"));
		const sorted = pairs(value).sort((a, b) => compare(fold(a[at]), fold(b[at])));
		return truthy(option(args, kwargs, 2, "reverse")) ? sorted.reverse() : sorted;
	},
	e: escapeHtml,
	escape: escapeHtml,
	first: (value) => iterate(value)[0],
	last: (value) => iterate(value).at(-1),
	float: (value, args, kwargs) => {
		const number = asNumber(value);
		if (number !== null) return Number(number);
		const text = typeof value === "string" ? value.trim() : "";
		return /^[+-]?(\d[\d_]*\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text)
			? Number(text.replaceAll("_", ""))
			: optionOr(args, kwargs, 0, "default", 0);
	},
	format: (value, args, kwargs) => percent(str(value), args, kwargs),
	groupby: (value, args, kwargs) => {
		const by = attribute(option(args, kwargs, 0, "attribute"), option(args, kwargs, 1, "default"));
		const fold = foldCase(option(args, kwargs, 2, "case_sensitive"));
		const sorted = [...iterate(value)].sort((a, b) => compare(fold(by(a)), fold(by(b))));
		const groups: [Value, Value[]][] = [];
		for (const item of sorted) {
			const last = groups.at(-1);
			if (last !== undefined && equal(fold(last[0]), fold(by(item)))) last[1].push(item);
			else groups.push([by(item), [item]]);
		}
		return groups.map(([key, items]) => Tuple.of2(key, items));
	},
	indent: (value, args, kwargs) => {
		const width = option(args, kwargs, 0, "width") ?? 4n;
		const by = typeof width === "string" ? width : " ".repeat(whole(width));
		const blank = truthy(option(args, kwargs, 2, "blank"));
		if (typeof value !== "string") throw new TemplateError(`'${typeName(value)}' object cannot be indented`);
		const lines = splitLines(`${value}\n`);
		const rest = lines.slice(1).map((line) => (blank || line !== "" ? by + line : line));
		return (truthy(option(args, kwargs, 1, "first")) ? by : "") + [lines[0], ...rest].join("\n");
	},
	int: (value, args, kwargs) => {
		const number = asNumber(value);
		if (typeof number === "bigint") return number;
		const base = option(args, kwargs, 1, "base");
		const text = typeof value === "string" ? value.trim().replaceAll("_", "") : "";
		if (base !== undefined && base !== 10n) throw new TemplateError("int() with another base is not supported");
		if (/^[+-]?\d+$/.test(text)) return BigInt(text.replace(/^\+/, ""));
		const float = number ?? (/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : Number.NaN);
		return Number.isFinite(float) ? BigInt(Math.trunc(float)) : optionOr(args, kwargs, 0, "default", 0n);
	},
	items: (value) => {
		if (value === undefined) return [];
		if (value instanceof Map) return pairs(value);
		throw new TemplateError("Can only get item pairs from a mapping.");
	},
	join: (value, args, kwargs) => {
		const by = attributeOption(option(args, kwargs, 1, "attribute"));
		return iterate(value)
			.map((item) => str(by(item)))
			.join(str(option(args, kwargs, 0, "d")));
	},
	list: (value) => [...iterate(value)],
	lower: (value) => str(value).toLowerCase(),
	upper: (value) => str(value).toUpperCase(),
	map: (value, args, kwargs) => {
		if (kwargs.has("attribute")) return iterate(value).map(attribute(kwargs.get("attribute"), kwargs.get("default")));
		const apply = filterNamed(str(args[0]));
		return iterate(value).map((item) => apply(item, args.slice(1), kwargs));
	},
	max: (value, args, kwargs) => extreme(value, args, kwargs, 1),
	min: (value, args, kwargs) => extreme(value, args, kwargs, -1),
	reject: (value, args) => iterate(value).filter((item) => !passes(item, args)),
	rejectattr: (value, [name, ...args]) => iterate(value).filter((item) => !passes(attribute(name)(item), args)),
	select: (value, args) => iterate(value).filter((item) => passes(item, args)),
	selectattr: (value, [name, ...args]) => iterate(value).filter((item) => passes(attribute(name)(item), args)),
	replace: (value, args, kwargs) =>
		replace(str(value), asText(args[0]), asText(args[1]), option(args, kwargs, 2, "count")),
	reverse: (value) => {
		const items = [...iterate(value)].reverse();
		return typeof value === "string" ? items.join("") : items;
	},
	round: (value, args, kwargs) => {
		const number = Number(asNumber(value) ?? Number.NaN);
		const digits = whole(option(args, kwargs, 0, "precision") ?? 0n);
		const method = option(args, kwargs, 1, "method") ?? "common";
		const scale = 10 ** digits;
		if (method === "ceil") return Math.ceil(number * scale) / scale;
		if (method === "floor") return Math.floor(number * scale) / scale;
		return roundHalfEven(number, digits);
	},
	safe: (value) => value,
	sort: (value, args, kwargs) => {
		const by = attributeOption(option(args, kwargs, 2, "attribute"));
		const fold = foldCase(option(args, kwargs, 1, "case_sensitive"));
		const sign = truthy(option(args, kwargs, 0, "reverse")) ? -1 : 1;
		return [...iterate(value)].sort((a, b) => sign * compare(fold(by(a)), fold(by(b))));
	},
	string: (value) => str(value),
	sum: (value, args, kwargs) => {
		const by = attributeOption(option(args, kwargs, 0, "attribute"));
		return iterate(value).reduce<Value>(
			(total, item) => {
				const [a, b] = [asNumber(total), asNumber(by(item))];
				if (a === null || b === null) throw new TemplateError(`cannot add '${typeName(by(item))}' to a sum`);
				return typeof a === "bigint" && typeof b === "bigint" ? a + b : Number(a) + Number(b);
			},
			option(args, kwargs, 1, "start") ?? 0n,
		);
	},
	title: (value) =>
		str(value)
			.split(/([-\s({[<]+)/)
			.map(capitalize)
			.join(""),
	tojson: (value, args, kwargs) => toJson(value, args, kwargs),
	trim: (value, args, kwargs) => strip(str(value), option(args, kwargs, 0, "chars"), true, true),
	unique: (value, args, kwargs) => {
		const by = attributeOption(option(args, kwargs, 1, "attribute"));
		const fold = foldCase(option(args, kwargs, 0, "case_sensitive"));
		const seen: Value[] = [];
		return iterate(value).filter((item) => {
			const key = fold(by(item));
			if (key instanceof Map || (Array.isArray(key) && !(key instanceof Tuple)))
				throw new TemplateError(`unhashable type: '${typeName(key)}'`);
			if (seen.some((known) => equal(known, key))) return false;
			seen.push(key);
			return true;
		});
	},
	wordcount: (value) => BigInt((str(value).match(/[\p{L}\p{N}_]+/gu) ?? []).length),
};

/** @throws TemplateError for a filter that Jinja does not have, or that chat templates have no use for */
export function filterNamed(name: string): Filter {
	if (Object.hasOwn(FILTERS, name)) return FILTERS[name];
	throw new TemplateError(`No filter named '${name}'.`);
}

/** The (key, value) tuples of a dict. */
export function pairs(value: ReadonlyMap<Value, Value>): Tuple[] {
	return [...value].map(([key, item]) => Tuple.of2(key, item));
}

function option(args: readonly Value[], kwargs: Kwargs, at: number, name: string): Value {
	return at < args.length ? args[at] : kwargs.get(name);
}

function optionOr(args: readonly Value[], kwargs: Kwargs, at: number, name: string, fallback: Value): Value {
	const given = option(args, kwargs, at, name);
	return given === undefined ? fallback : given;
}

function asText(value: Value): Value {
	return value === undefined ? value : str(value);
}

/** Compares strings in lower case unless `case_sensitive`. */
function foldCase(sensitive: Value): (value: Value) => Value {
	return truthy(sensitive) ? (value) => value : (value) => (typeof value === "string" ? value.toLowerCase() : value);
}

function attributeOption(name: Value): (item: Value) => Value {
	return name === undefined || name === null ? (item) => item : attribute(name);
}

/** Reads "a.b.0" of an item. */
function attribute(name: Value, fallback?: Value): (item: Value) => Value {
	const parts = typeof name === "bigint" ? [name] : str(name).split(".");
	return (item) => {
		let value = item;
		for (const part of parts) {
			const index = typeof part === "bigint" || /^\d+$/.test(part) ? BigInt(part) : null;
			if (value instanceof Map) value = value.get(part) ?? (index === null ? undefined : value.get(index));
			else if (value instanceof Namespace) value = value.attributes.get(String(part));
			else if (Array.isArray(value) && index !== null) value = value[Number(index)];
			else value = undefined;
		}
		return value === undefined ? fallback : value;
	};
}

function passes(value: Value, [name, ...args]: readonly Value[]): boolean {
	return name === undefined ? truthy(value) : testNamed(str(name))(value, args);
}

function extreme(value: Value, args: readonly Value[], kwargs: Kwargs, sign: number): Value {
	const fold = foldCase(option(args, kwargs, 0, "case_sensitive"));
	const by = attributeOption(option(args, kwargs, 1, "attribute"));
	return iterate(value).reduce<{ item: Value } | undefined>(
		(best, item) => (best === undefined || sign * compare(fold(by(item)), fold(by(best.item))) > 0 ? { item } : best),
		undefined,
	)?.item;
}

/** round() of Python on the exact value, halves to even. */
function roundHalfEven(value: number, digits: number): number {
	if (digits > 0) return Number(value.toFixed(Math.min(digits, 100)));
	const scale = 10 ** -digits;
	const scaled = value / scale;
	const near = Math.round(scaled);
	return (Math.abs(scaled % 1) === 0.5 && near % 2 !== 0 ? near - 1 : near) * scale;
}

/** printf-style formatting with %s, %r, %d and %%. */
export function percent(text: string, args: readonly Value[], kwargs: Kwargs): string {
	let next = 0;
	const written = text.replace(/%(?:\((\w+)\))?(.?)/gs, (match, name: string | undefined, kind: string) => {
		if (kind === "%") return "%";
		const value = name === undefined ? args[next++] : kwargs.get(name);
		if (kind === "s") return str(value);
		if (kind === "d" && asNumber(value) !== null) return String(BigInt(Math.trunc(Number(asNumber(value)))));
		throw new TemplateError(`the format ${JSON.stringify(match)} is not supported`);
	});
	if (next < args.length) throw new TemplateError("not all arguments converted during string formatting");
	return written;
}
