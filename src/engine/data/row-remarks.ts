// Remarks on rows that are valid and may still be a mistake.

import type { PreferenceRow, Row } from "./row-kinds.ts";

/** Whether a text of the row has half of a surrogate pair, as a JSON escape can write it. No encoding can represent it. */
export function hasLoneSurrogate(value: unknown): boolean {
	if (typeof value === "string") return !value.isWellFormed();
	if (Array.isArray(value)) return typeof value[0] !== "number" && value.some(hasLoneSurrogate);
	return typeof value === "object" && value !== null && Object.values(value).some(hasLoneSurrogate);
}

export function hasEmptyAnswer(row: Row | PreferenceRow): boolean {
	if (row.kind === "prompt-completion") return row.completion === "";
	if (row.kind !== "chat-completion") return false;
	return row.completion.every(({ content, tool_calls }) => content === "" && !Array.isArray(tool_calls));
}
