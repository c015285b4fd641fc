// The tojson filter of transformers: Python's json.dumps with ensure_ascii=False.

import { pythonFloat } from "../../../shared/python-float.ts";
import { asNumber, compare, type Kwargs, TemplateError, truthy, typeName, type Value } from "./values.ts";

interface Format {
	readonly ascii: boolean;
	readonly sortKeys: boolean;
	readonly indent: string | null;
	readonly item: string;
	readonly key: string;
}

/** tojson(value, ensure_ascii=False, indent=None, separators=None, sort_keys=False) (utils/chat_template_utils.py) */
export function toJson(value: Value, args: readonly Value[], kwargs: Kwargs): string {
	const option = (at: number, name: string) => args[at] ?? kwargs.get(name) ?? null;
	const indent = option(1, "indent");
	const separators = option(2, "separators");
	const spaces = asNumber(indent);
	const pair = Array.isArray(separators) && separators.length === 2 ? separators.map(String) : null;
	if (separators !== null && pair === null) throw new TemplateError("separators is not a pair");
	return write(
		value,
		{
			ascii: truthy(option(0, "ensure_ascii")),
			sortKeys: truthy(option(3, "sort_keys")),
			indent: typeof indent === "string" ? indent : spaces === null ? null : " ".repeat(Math.max(0, Number(spaces))),
			item: pair?.[0] ?? (indent === null ? ", " : ","),
			key: pair?.[1] ?? ": ",
		},
		"",
	);
}

function write(value: Value, format: Format, outer: string): string {
	if (typeof value === "string") return quoted(value, format);
	if (value === null || typeof value === "boolean" || typeof value === "bigint") return String(value);
	if (typeof value === "number") return jsonFloat(value);
	const inner = format.indent === null ? "" : outer + format.indent;
	const joined = (open: string, parts: readonly string[], close: string) => {
		if (parts.length === 0) return open + close;
		if (format.indent === null) return open + parts.join(format.item) + close;
		return `${open}\n${inner}${parts.join(`${format.item}\n${inner}`)}\n${outer}${close}`;
	};
	if (Array.isArray(value))
		return joined(
			"[",
			value.map((item) => write(item, format, inner)),
			"]",
		);
	if (value instanceof Map) {
		const entries = [...value];
		if (format.sortKeys) entries.sort(([a], [b]) => compare(a, b));
		const parts = entries.map(([key, item]) => quoted(keyText(key), format) + format.key + write(item, format, inner));
		return joined("{", parts, "}");
	}
	throw new TemplateError(`Object of type ${typeName(value)} is not JSON serializable`);
}

function keyText(key: Value): string {
	if (typeof key === "number") return jsonFloat(key);
	if (key === null || ["string", "boolean", "bigint"].includes(typeof key)) return String(key);
	throw new TemplateError(`keys must be str, int, float, bool or None, not ${typeName(key)}`);
}

function jsonFloat(value: number): string {
	return Number.isFinite(value) ? pythonFloat(value) : String(value);
}

function quoted(text: string, { ascii }: Format): string {
	const json = JSON.stringify(text);
	if (!ascii) return json;
	return json.replace(/[\u007f-\uffff]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
