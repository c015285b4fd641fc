// Helpers for untyped JSON values.

import { dataMessage } from "../../shared/messages/index.ts";
import type { MessageText } from "../../shared/messages/message.ts";

/** Describes the type of a value for an error message: "a list", "a number", "null". */
export function kindOf(value: unknown): MessageText {
	if (value === null) return "null";
	if (Array.isArray(value)) return dataMessage("kind.list");
	switch (typeof value) {
		case "object":
			return dataMessage("kind.object");
		case "boolean":
			return dataMessage("kind.boolean");
		case "string":
			return dataMessage("kind.string");
		case "number":
			return dataMessage("kind.number");
		default:
			return `a ${typeof value}`;
	}
}

/** The first `most` characters, on one line. */
export function excerpt(text: string, most = 60): string {
	const line = text.replace(/\s+/g, " ").trim();
	return line.length > most ? `${line.slice(0, most)}…` : line;
}
