// Helpers for untyped JSON values.

import { isObject } from "../../shared/json.ts";

/** A special token as tokenizer files write it: "<s>" or {"content": "<s>", …}. */
export function stringOrContent(value: unknown): string | undefined {
	if (typeof value === "string") return value;
	return isObject(value) && typeof value.content === "string" ? value.content : undefined;
}

/** "a list", "a number", "null": what a value is, for an error message. */
export function kindOf(value: unknown): string {
	if (value === null) return "null";
	if (Array.isArray(value)) return "a list";
	const kind = typeof value;
	return kind === "object" ? "an object" : kind === "boolean" ? "true or false" : `a ${kind}`;
}

/** The first `most` characters on one line. */
export function excerpt(text: string, most = 60): string {
	const line = text.replace(/\s+/g, " ").trim();
	return line.length > most ? `${line.slice(0, most)}…` : line;
}
