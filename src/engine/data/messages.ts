// Parses chat turns in the formats of data sets: role and content (OpenAI, TRL) or from and value (ShareGPT).

import { TabTuneError } from "../../shared/errors.ts";
import { isObject, type JsonObject } from "../../shared/json.ts";
import { dataMessage } from "../../shared/messages/data.en.ts";
import type { Message as ErrorMessage, MessageText } from "../../shared/messages/message.ts";
import type { Message } from "./chat-template.ts";
import { kindOf } from "./json.ts";

/** Maps ShareGPT's speakers to the roles of chat templates; others are unchanged. */
const ROLES: Readonly<Record<string, string>> = {
	human: "user",
	gpt: "assistant",
	chatgpt: "assistant",
	bot: "assistant",
	model: "assistant",
	function_call: "assistant",
	observation: "tool",
};

/** @throws TabTuneError "data" if `value` is not a list of {role, content}. */
export function readMessages(value: unknown, field: string, where: MessageText): Message[] {
	if (!Array.isArray(value)) throw wrong(dataMessage("notMessages", { field, kind: kindOf(value) }), where);
	if (value.length === 0) throw wrong(dataMessage("emptyList", { field }), where);
	return value.map((turn: unknown, i) => {
		const at = `${field}[${i}]`;
		if (!isObject(turn)) throw wrong(dataMessage("turnKind", { turn: at, kind: kindOf(turn) }), where);
		const { role = turn.from, content = turn.value } = turn;
		if (typeof role !== "string") throw wrong(dataMessage("noRole", { turn: at }), where);
		const { from: _from, value: _value, ...rest } = turn;
		return {
			...rest,
			role: turn.role === undefined ? (ROLES[role] ?? role) : role,
			content: contentOf(content, turn, at, where),
		};
	});
}

/** The turns of {conversations, system?}. */
export function shareGptMessages(value: JsonObject, where: MessageText): Message[] {
	const turns = readMessages(value.conversations, "conversations", where);
	return typeof value.system === "string" && value.system !== "" && turns[0].role !== "system"
		? [{ role: "system", content: value.system }, ...turns]
		: turns;
}

/** A string, the joined texts of a list of parts, or null for a tool call. */
function contentOf(content: unknown, turn: JsonObject, at: string, where: MessageText): string | null {
	if (typeof content === "string") return content;
	if (content === null || content === undefined) {
		if (Array.isArray(turn.tool_calls)) return content === null ? null : "";
		throw wrong(dataMessage("noContent", { turn: at }), where);
	}
	if (!Array.isArray(content)) throw wrong(dataMessage("contentKind", { turn: at, kind: kindOf(content) }), where);
	return content
		.map((part: unknown) => {
			if (typeof part === "string") return part;
			if (isObject(part) && typeof part.text === "string") return part.text;
			throw new TabTuneError("not-yet", {
				what:
					isObject(part) && typeof part.type === "string"
						? dataMessage("contentPart", { turn: at, type: part.type })
						: dataMessage("contentPartUnknown", { turn: at }),
				where,
				next: dataMessage("contentPart.next"),
			});
		})
		.join("");
}

function wrong(what: ErrorMessage, where: MessageText): TabTuneError {
	return new TabTuneError("data", { what, where, next: dataMessage("turn.next") });
}
