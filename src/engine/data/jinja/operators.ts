// Operators and attribute access of Jinja expressions, with Python's rules and errors.

import { pairs, percent } from "./filters.ts";
import { STRING_METHODS } from "./strings.ts";
import {
	asNumber,
	Callable,
	compare,
	contains,
	equal,
	Namespace,
	str,
	TemplateError,
	Tuple,
	typeName,
	type Value,
} from "./values.ts";

/** Every binary operator except `and` and `or`. */
export function binary(operator: string, left: Value, right: Value): Value {
	switch (operator) {
		case "==":
			return equal(left, right);
		case "!=":
			return !equal(left, right);
		case "in":
			return contains(right, left);
		case "not in":
			return !contains(right, left);
		case "~":
			return str(left) + str(right);
	}
	if (left === undefined || right === undefined) throw new TemplateError(`${operator} with an undefined value`);
	switch (operator) {
		case "<":
			return compare(left, right, operator) < 0;
		case ">":
			return compare(left, right, operator) > 0;
		case "<=":
			return compare(left, right, operator) <= 0;
		case ">=":
			return compare(left, right, operator) >= 0;
	}
	return arithmetic(operator, left, right);
}

function arithmetic(operator: string, left: Value, right: Value): Value {
	const [a, b] = [asNumber(left), asNumber(right)];
	if (a !== null && b !== null) {
		const ints = typeof a === "bigint" && typeof b === "bigint";
		const result = ints ? ofInts(operator, a, b) : ofFloats(operator, Number(a), Number(b));
		if (result !== undefined) return result;
	}
	if (operator === "+") {
		if (typeof left === "string" && typeof right === "string") return left + right;
		if (Array.isArray(left) && Array.isArray(right) && left instanceof Tuple === right instanceof Tuple)
			return left.concat(right);
		if (typeof left === "string") throw new TemplateError(`can only concatenate str (not "${typeName(right)}") to str`);
	}
	if (operator === "*") {
		if (typeof left === "string" && typeof b === "bigint") return left.repeat(Math.max(0, Number(b)));
		if (Array.isArray(left) && typeof b === "bigint")
			return Array.from({ length: Math.max(0, Number(b)) }, () => left).flat(1);
		if (typeof right === "string" && typeof a === "bigint") return right.repeat(Math.max(0, Number(a)));
	}
	if (operator === "%" && typeof left === "string")
		return right instanceof Map
			? percent(left, [], new Map([...right].map(([key, value]) => [str(key), value])))
			: percent(left, right instanceof Tuple ? right : [right], new Map());
	throw new TemplateError(`unsupported operand type(s) for ${operator}: '${typeName(left)}' and '${typeName(right)}'`);
}

function ofInts(operator: string, a: bigint, b: bigint): Value {
	switch (operator) {
		case "+":
			return a + b;
		case "-":
			return a - b;
		case "*":
			return a * b;
		case "/":
			return Number(a) / nonZero(Number(b));
		case "//":
			return (a - (((a % nonZero(b)) + b) % b)) / b;
		case "%":
			return ((a % nonZero(b)) + b) % b;
		case "**":
			return b < 0n ? Number(a) ** Number(b) : boundedPower(a, b);
	}
	return undefined;
}

function ofFloats(operator: string, a: number, b: number): Value {
	switch (operator) {
		case "+":
			return a + b;
		case "-":
			return a - b;
		case "*":
			return a * b;
		case "/":
			return a / nonZero(b);
		case "//":
			return Math.round((a - modulo(a, nonZero(b))) / b);
		case "%":
			return modulo(a, nonZero(b));
		case "**":
			return a ** b;
	}
	return undefined;
}

/** The remainder with the sign of the divisor. */
function modulo(a: number, b: number): number {
	const rest = a % b;
	if (rest === 0) return b < 0 ? -0 : 0;
	return rest < 0 !== b < 0 ? rest + b : rest;
}

function nonZero<T extends number | bigint>(divisor: T): T {
	// biome-ignore lint/suspicious/noDoubleEquals: 0n == 0
	if (divisor == 0) throw new TemplateError("division by zero");
	return divisor;
}

/** A template is untrusted code: 2 ** 10**9 would not end. */
function boundedPower(base: bigint, exponent: bigint): bigint {
	if (exponent > 1024n) throw new TemplateError(`an exponent of ${exponent}`);
	return base ** exponent;
}

export function negated(value: Value): Value {
	const number = asNumber(value);
	if (number === null) throw new TemplateError(`bad operand type for unary -: '${typeName(value)}'`);
	return -number;
}

/** `value.name`: a method before an item, as jinja2's getattr. @throws TemplateError on an undefined value */
export function attributeOf(value: Value, name: string): Value {
	if (value instanceof Namespace) return value.attributes.get(name);
	const method = methodOf(value, name);
	if (method !== undefined) return method;
	return value instanceof Map ? value.get(name) : undefined;
}

/** `value[key]`: an item before a method, as jinja2's getitem. */
export function itemOf(value: Value, key: Value): Value {
	if (value instanceof Map && value.has(key)) return value.get(key);
	const index = asNumber(key);
	if (typeof index === "bigint" && !(value instanceof Map)) {
		if (typeof value === "string") return Array.from(value).at(Number(index));
		return Array.isArray(value) ? value.at(Number(index)) : undefined;
	}
	if (typeof key !== "string") return undefined;
	return value instanceof Namespace ? value.attributes.get(key) : methodOf(value, key);
}

function methodOf(value: Value, name: string): Callable | undefined {
	if (typeof value === "string" && Object.hasOwn(STRING_METHODS, name))
		return new Callable(name, (args, kwargs) => STRING_METHODS[name](value, args, kwargs));
	if (value instanceof Map) {
		switch (name) {
			case "get":
				return new Callable(name, ([key, fallback = null]) => (value.has(key) ? value.get(key) : fallback));
			case "items":
				return new Callable(name, () => pairs(value));
			case "keys":
				return new Callable(name, () => [...value.keys()]);
			case "values":
				return new Callable(name, () => [...value.values()]);
			case "copy":
				return new Callable(name, () => new Map(value));
		}
		if (["clear", "pop", "popitem", "setdefault", "update"].includes(name)) return unsafe(name, "dict");
	}
	if (!Array.isArray(value)) return undefined;
	if (name === "copy") return new Callable(name, () => [...value]);
	if (name === "count") return new Callable(name, ([item]) => BigInt(value.filter((one) => equal(one, item)).length));
	if (name === "index")
		return new Callable(name, ([item]) => {
			const at = value.findIndex((one) => equal(one, item));
			if (at < 0) throw new TemplateError("the value is not in the list");
			return BigInt(at);
		});
	const changes = ["append", "clear", "extend", "insert", "pop", "remove", "reverse", "sort"];
	return changes.includes(name) ? unsafe(name, "list") : undefined;
}

/** The sandbox of transformers refuses methods that change a value. */
function unsafe(name: string, type: string): Callable {
	return new Callable(name, () => {
		throw new TemplateError(`access to attribute '${name}' of '${type}' object is unsafe.`);
	});
}

/** value[start:stop:step] */
export function sliceOf(value: Value, start: Value, stop: Value, step: Value): Value {
	const by = bound(step) ?? 1;
	if (by === 0) throw new TemplateError("slice step cannot be zero");
	if (typeof value !== "string" && !Array.isArray(value))
		throw new TemplateError(`'${typeName(value)}' object is not subscriptable`);
	const items: readonly Value[] = typeof value === "string" ? Array.from(value) : value;
	const size = items.length;
	const clamp = (at: number | null, missing: number, least: number, most: number) =>
		at === null ? missing : Math.min(most, Math.max(least, at < 0 ? at + size : at));
	const picked: Value[] = [];
	if (by > 0) {
		const end = clamp(bound(stop), size, 0, size);
		for (let i = clamp(bound(start), 0, 0, size); i < end; i += by) picked.push(items[i]);
	} else {
		const end = clamp(bound(stop), -1, -1, size - 1);
		for (let i = clamp(bound(start), size - 1, -1, size - 1); i > end; i += by) picked.push(items[i]);
	}
	if (typeof value === "string") return picked.join("");
	return value instanceof Tuple ? (Tuple.from(picked) as Tuple) : picked;
}

function bound(value: Value): number | null {
	if (value === undefined || value === null) return null;
	const number = asNumber(value);
	if (typeof number === "bigint") return Number(number);
	throw new TemplateError("slice indices must be integers or None");
}
