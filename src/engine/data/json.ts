// Small readers of untyped JSON, shared by the files of this room.
import { type ErrorCode, TabTuneError } from "../../shared/errors.ts";

export type JsonObject = { readonly [key: string]: unknown };

/** True for `{…}`: not null, not a list. */
export function isObject(value: unknown): value is JsonObject {
	return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Parses a file that must hold one object. @throws TabTuneError `code` naming the file. */
export function parseObject(text: string, file: string, code: ErrorCode): JsonObject {
	let value: unknown;
	try {
		value = JSON.parse(text.replace(/^\ufeff/, ""));
	} catch (cause) {
		throw new TabTuneError(
			code,
			{
				what: `it is not JSON: ${cause instanceof Error ? cause.message : String(cause)}`,
				where: file,
				next: "download it again: it may have been cut",
			},
			{ cause },
		);
	}
	if (!isObject(value))
		throw new TabTuneError(code, { what: "it does not hold a JSON object", where: file, next: "download it again" });
	return value;
}

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
