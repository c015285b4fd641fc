// Values of a Jinja template with Python's semantics. A bigint is an int, a number is a float, null is None, undefined is
// jinja2's Undefined, an array is a list and a Map is a dict.

import { pythonFloat } from "../../../shared/python-float.ts";

export type Value =
	| string
	| boolean
	| bigint
	| number
	| null
	| undefined
	| readonly Value[]
	| Dict
	| Namespace
	| Callable;

export type Dict = Map<Value, Value>;

/** A tuple, which prints with parentheses and differs from an equal list. */
export class Tuple extends Array<Value> {
	static of2(first: Value, second: Value): Tuple {
		const tuple = new Tuple();
		tuple.push(first, second);
		return tuple;
	}
}

/** An object with attributes: the result of namespace(), and `loop`. */
export class Namespace {
	constructor(readonly attributes: Map<string, Value>) {}
}

export type Kwargs = ReadonlyMap<string, Value>;

/** A function, method or macro. */
export class Callable {
	constructor(
		readonly name: string,
		readonly call: (args: readonly Value[], kwargs: Kwargs) => Value,
	) {}
}

/** An error of the template, with Python's text, if Python raises one. */
export class TemplateError extends Error {}

/** The name of the type in Python, for error messages. */
export function typeName(value: Value): string {
	if (value === null) return "NoneType";
	if (value === undefined) return "Undefined";
	if (value instanceof Tuple) return "tuple";
	if (Array.isArray(value)) return "list";
	if (value instanceof Map) return "dict";
	if (value instanceof Namespace) return "Namespace";
	if (value instanceof Callable) return "function";
	return { string: "str", boolean: "bool", bigint: "int", number: "float" }[typeof value as string] ?? typeof value;
}

export function truthy(value: Value): boolean {
	if (Array.isArray(value)) return value.length > 0;
	if (value instanceof Map) return value.size > 0;
	return Boolean(value);
}

/** str() */
export function str(value: Value): string {
	if (typeof value === "string") return value;
	return value === undefined ? "" : repr(value);
}

/** repr() */
function repr(value: Value): string {
	if (typeof value === "string") return stringRepr(value);
	if (typeof value === "number") return pythonFloat(value);
	if (typeof value === "bigint") return String(value);
	if (typeof value === "boolean") return value ? "True" : "False";
	if (value === null) return "None";
	if (value === undefined) return "Undefined";
	if (value instanceof Map) return `{${[...value].map(([key, item]) => `${repr(key)}: ${repr(item)}`).join(", ")}}`;
	if (value instanceof Namespace) return `<Namespace ${repr(new Map(value.attributes))}>`;
	// Python prints the address of a function, which no template can mean.
	if (value instanceof Callable) throw new TemplateError(`the template prints the function ${value.name}`);
	const items = value.map(repr).join(", ");
	return value instanceof Tuple ? `(${items}${value.length === 1 ? "," : ""})` : `[${items}]`;
}

const ESCAPES: Readonly<Record<string, string>> = { "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t" };

function stringRepr(text: string): string {
	const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
	// str.isprintable() is false for the categories Other and Separator, except for the space.
	const escaped = text.replace(/[\\'"]|[\p{C}\p{Z}]/gu, (char) => {
		if (char === " " || ((char === "'" || char === '"') && char !== quote)) return char;
		if (char === quote) return `\\${char}`;
		if (ESCAPES[char] !== undefined) return ESCAPES[char];
		const code = char.codePointAt(0) ?? 0;
		const [mark, digits] = code < 0x100 ? ["x", 2] : code < 0x10000 ? ["u", 4] : ["U", 8];
		return `\\${mark}${code.toString(16).padStart(Number(digits), "0")}`;
	});
	return quote + escaped + quote;
}

/** An int for bool and int; null for values that are not numbers. */
export function asNumber(value: Value): bigint | number | null {
	if (typeof value === "boolean") return value ? 1n : 0n;
	return typeof value === "bigint" || typeof value === "number" ? value : null;
}

/** == */
export function equal(a: Value, b: Value): boolean {
	const [x, y] = [asNumber(a), asNumber(b)];
	// biome-ignore lint/suspicious/noDoubleEquals: 1n == 1 compares an int with a float
	if (x !== null && y !== null) return x == y;
	if (Array.isArray(a) && Array.isArray(b)) {
		return (
			a instanceof Tuple === b instanceof Tuple && a.length === b.length && a.every((item, i) => equal(item, b[i]))
		);
	}
	if (a instanceof Map && b instanceof Map) {
		return a.size === b.size && [...a].every(([key, item]) => b.has(key) && equal(item, b.get(key)));
	}
	return a === b;
}

/** Negative, zero or positive, as Python orders numbers, strings and lists. @throws TemplateError for other pairs */
export function compare(a: Value, b: Value, operator = "<"): number {
	const [x, y] = [asNumber(a), asNumber(b)];
	if (x !== null && y !== null) return x < y ? -1 : x > y ? 1 : 0;
	if (typeof a === "string" && typeof b === "string") return compareStrings(a, b);
	if (Array.isArray(a) && Array.isArray(b)) {
		for (let i = 0; i < a.length && i < b.length; i++) if (!equal(a[i], b[i])) return compare(a[i], b[i], operator);
		return a.length - b.length;
	}
	throw new TemplateError(`'${operator}' not supported between instances of '${typeName(a)}' and '${typeName(b)}'`);
}

/** By code points. */
function compareStrings(a: string, b: string): number {
	const [left, right] = [Array.from(a), Array.from(b)];
	for (let i = 0; i < left.length && i < right.length; i++) {
		if (left[i] !== right[i]) return (left[i].codePointAt(0) ?? 0) - (right[i].codePointAt(0) ?? 0);
	}
	return left.length - right.length;
}

/** The items of an iterable: characters, elements or keys; none for undefined. @throws TemplateError for other values */
export function iterate(value: Value): readonly Value[] {
	if (value === undefined) return [];
	if (typeof value === "string") return Array.from(value);
	if (value instanceof Map) return [...value.keys()];
	if (Array.isArray(value)) return value;
	throw new TemplateError(`'${typeName(value)}' object is not iterable`);
}

/** len() */
export function lengthOf(value: Value): bigint {
	if (value === undefined) return 0n;
	if (typeof value === "string") return BigInt(Array.from(value).length);
	if (value instanceof Map) return BigInt(value.size);
	if (Array.isArray(value)) return BigInt(value.length);
	throw new TemplateError(`object of type '${typeName(value)}' has no len()`);
}

/** `needle in container` */
export function contains(container: Value, needle: Value): boolean {
	if (typeof container === "string") {
		if (typeof needle === "string") return container.includes(needle);
		throw new TemplateError(`'in <string>' requires string as left operand, not ${typeName(needle)}`);
	}
	if (container instanceof Map) return container.has(needle);
	if (container === undefined) return false;
	if (!Array.isArray(container)) throw new TemplateError(`argument of type '${typeName(container)}' is not iterable`);
	return container.some((item) => equal(item, needle));
}
