// Parses chat turns in the formats of data sets: role and content (OpenAI, TRL) or from and value (ShareGPT).

import { TabTuneError } from "../../shared/errors.ts";
import { isObject, type JsonObject } from "../../shared/json.ts";
import { dataMessage } from "../../shared/messages/index.ts";
import type { Message as ErrorMessage, MessageText } from "../../shared/messages/message.ts";
import type { ChatTemplate, Message } from "./chat-template.ts";
import { copySpelling } from "./exact-json.ts";
import { kindOf } from "./json.ts";
import { checkTurnWeight } from "./turn-weights.ts";

/** The roles of chat templates by the names of data sets: ShareGPT, OpenAssistant, LLaMA-Factory, axolotl, Gemini and others. */
const ROLES: Readonly<Record<string, string>> = Object.fromEntries(
	Object.entries({
		user: "user human prompter questioner instruction customer",
		assistant: "assistant gpt chatgpt gpt4 bot chatbot model ai llm claude bard bing answer output function_call",
		system: "system system_prompt developer",
		tool: "tool tools function observation tool_response function_response ipython",
	}).flatMap(([role, names]) => names.split(" ").map((name) => [name, role])),
);
/** Roles that some templates render differently from the role they otherwise stand for. */
const OWN_ROLES = /^(developer|function|observation|ipython|tool_response)$/;

/** The role of chat templates that a name stands for. Unknown names, and roles that the template has itself, are unchanged. */
function roleOf(name: string, template: Pick<ChatTemplate, "source"> | null): string {
	const plain = name.trim().toLowerCase().replace(/[ -]/g, "_");
	if (OWN_ROLES.test(plain) && template !== null && new RegExp(`['"]${plain}['"]`).test(template.source)) return plain;
	return ROLES[plain] ?? name;
}

/**
 * @param template the template that renders the turns, if it is known
 * @throws TabTuneError "data" if `value` is not a list of {role, content}.
 */
export function readMessages(
	value: unknown,
	field: string,
	where: MessageText,
	template: Pick<ChatTemplate, "source"> | null = null,
): Message[] {
	if (!Array.isArray(value)) throw wrong(dataMessage("notMessages", { field, kind: kindOf(value) }), where);
	if (value.length === 0) throw wrong(dataMessage("emptyList", { field }), where);
	return value.map((turn: unknown, i) => {
		const at = `${field}[${i}]`;
		if (!isObject(turn)) throw wrong(dataMessage("turnKind", { turn: at, kind: kindOf(turn) }), where);
		const role = turn.role ?? turn.from;
		const content = turn.content ?? turn.value;
		if (typeof role !== "string") throw wrong(dataMessage("noRole", { turn: at }), where);
		const { from: _from, value: _value, ...rest } = turn;
		checkTurnWeight(turn, at, where);
		return copySpelling(turn, {
			...rest,
			role: roleOf(role, template),
			content: contentOf(content, turn, at, where),
		});
	});
}

/** A string, the joined texts of a list of parts, or null for a tool call. */
function contentOf(content: unknown, turn: JsonObject, at: string, where: MessageText): string | null {
	if (typeof content === "string") return content;
	if (content === null || content === undefined) {
		if (Array.isArray(turn.tool_calls)) return turn.content === null ? null : "";
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
