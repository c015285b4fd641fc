// Writes JSON as Python's json module does (PEFT's adapter_config.json), and parses JSON with errors that name the line.

import type { ErrorCode } from "../../shared/errors.ts";
import { isObject, type JsonObject } from "../../shared/json.ts";
import { locateJsonError } from "../../shared/json-scan.ts";
import { parseJsonObject } from "../../shared/parse-json.ts";
import { pythonFloat } from "../../shared/python-float.ts";

/** A number that Python writes as a float, such as `0.0` instead of `0`. */
export class PythonFloat {
	constructor(readonly value: number) {}
}

/** `json.dumps(value, indent=2, sort_keys=True)`: keys sorted, non-ASCII escaped, empty containers on one line. */
export function pythonJson(value: unknown, indent = 0): string {
	const inner = " ".repeat(indent + 2);
	const outer = " ".repeat(indent);
	if (value instanceof PythonFloat) return jsonFloat(value.value);
	if (typeof value === "string") return asciiString(value);
	if (typeof value === "number") return Number.isSafeInteger(value) ? String(value) : jsonFloat(value);
	if (Array.isArray(value)) {
		if (value.length === 0) return "[]";
		return `[\n${value.map((item) => inner + pythonJson(item, indent + 2)).join(",\n")}\n${outer}]`;
	}
	if (isObject(value)) {
		const keys = Object.keys(value).sort(byCodePoint);
		if (keys.length === 0) return "{}";
		return `{\n${keys.map((key) => `${inner}${asciiString(key)}: ${pythonJson(value[key], indent + 2)}`).join(",\n")}\n${outer}}`;
	}
	return JSON.stringify(value ?? null);
}

/** Parses an object; every number that is written as a float (`8.0`, `1e-5`) becomes a PythonFloat. */
export function parseMarkingFloats(text: string, where: string, code: ErrorCode): JsonObject {
	return parseJsonObject(text, where, code, (checked) => {
		let marked = "";
		let done = 0;
		const onNumber = (start: number, end: number) => {
			const number = checked.slice(start, end);
			if (!/[.eE]/.test(number)) return;
			marked += `${checked.slice(done, start)}{"${FLOAT_MARK}":${number}}`;
			done = end;
		};
		locateJsonError(checked, { onNumber });
		return JSON.parse(marked + checked.slice(done), (_key, value) =>
			isObject(value) && typeof value[FLOAT_MARK] === "number" ? new PythonFloat(value[FLOAT_MARK]) : value,
		);
	});
}

/** Replaces the PythonFloats of a value by plain numbers. */
export function withoutMarks(value: unknown): unknown {
	if (value instanceof PythonFloat) return value.value;
	if (Array.isArray(value)) return value.map(withoutMarks);
	if (!isObject(value)) return value;
	return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, withoutMarks(inner)]));
}

/** Compares by Unicode code points, the order of UTF-8 bytes: as Python and Rust do, unlike JavaScript's `<`. */
export function byCodePoint(a: string, b: string): number {
	for (let i = 0; i < a.length && i < b.length; i++) {
		const [left, right] = [a.charCodeAt(i), b.charCodeAt(i)];
		if (left === right) continue;
		const [leftPair, rightPair] = [isSurrogate(left), isSurrogate(right)];
		return leftPair === rightPair ? left - right : leftPair ? 1 : -1;
	}
	return a.length - b.length;
}

/** Key of the object that replaces a float while the text is parsed. */
const FLOAT_MARK = "tabtune:float";

function isSurrogate(unit: number): boolean {
	return unit >= 0xd800 && unit < 0xe000;
}

function jsonFloat(value: number): string {
	return Number.isFinite(value) ? pythonFloat(value) : String(value);
}

function asciiString(text: string): string {
	return JSON.stringify(text).replace(
		/[\u007f-\uffff]/g,
		(char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`,
	);
}
