// Reads the fields of a row by their type: texts, lists, the system prompt, and what the chat template receives.

import { TabTuneError } from "../../shared/errors.ts";
import { isObject, type JsonObject } from "../../shared/json.ts";
import { dataMessage, rowsMessage } from "../../shared/messages/index.ts";
import type { Message as ErrorMessage, MessageText } from "../../shared/messages/message.ts";
import type { Message } from "./chat-template.ts";
import { parseJson } from "./exact-json.ts";
import type { Fields } from "./fields.ts";
import { kindOf } from "./json.ts";

/** What the chat template receives beside the turns. */
export interface TemplateInputs {
	readonly tools?: readonly unknown[];
	/** The row's chat_template_kwargs: {enable_thinking: false}. */
	readonly variables?: JsonObject;
}

export function rowError(what: ErrorMessage, where: MessageText, next = dataMessage("row.next")): TabTuneError {
	return new TabTuneError("data", { what, where, next });
}

export function textOf(fields: Fields, name: string, where: MessageText): string {
	const text = fields.take(name);
	if (typeof text === "string") return text;
	throw rowError(dataMessage("notString", { name, kind: kindOf(text) }), where);
}

/** The first of these fields that has content; "" if there is none. */
export function firstText(fields: Fields, names: readonly string[], where: MessageText): string {
	const name = fields.first(names);
	return name === undefined ? "" : textOf(fields, name, where);
}

/** A list or an object. Tables can only write it as text, and some data sets do: that text is JSON. */
export function structureOf(fields: Fields, name: string, where: MessageText): unknown {
	const value = fields.take(name);
	if (typeof value !== "string" || !/^\s*[[{]/.test(value)) return value;
	try {
		return parseJson(value);
	} catch {
		if (!/^\s*[[{]\s*[{]?\s*'/.test(value)) return value;
		throw rowError(rowsMessage("pythonList", { field: name }), where, rowsMessage("pythonList.next"));
	}
}

/** The system prompt; "" if there is none. */
export const systemOf = (fields: Fields, where: MessageText): string =>
	firstText(fields, ["system", "system_prompt", "system_message"], where);

/** The turns, after the row's system prompt unless they have one. */
export function withSystem(fields: Fields, turns: readonly Message[], where: MessageText): readonly Message[] {
	if (turns[0]?.role === "system") return turns;
	const system = systemOf(fields, where);
	return system === "" ? turns : [{ role: "system", content: system }, ...turns];
}

export function templateInputs(fields: Fields, where: MessageText): TemplateInputs {
	const tools = toolsOf(fields, where);
	const kwargs = fields.filled("chat_template_kwargs") ? structureOf(fields, "chat_template_kwargs", where) : undefined;
	if (kwargs !== undefined && !isObject(kwargs)) throw rowError(dataMessage("templateKwargs"), where);
	return {
		...(tools === undefined ? {} : { tools }),
		...(kwargs === undefined ? {} : { variables: kwargs }),
	};
}

/** A list, or a string with the JSON of a list, as in some data sets on the Hub. */
function toolsOf(fields: Fields, where: MessageText): readonly unknown[] | undefined {
	if (!fields.filled("tools")) return undefined;
	let list = fields.take("tools");
	if (typeof list === "string") {
		try {
			list = parseJson(list);
		} catch {
			throw rowError(dataMessage("toolsNotJson"), where);
		}
	}
	if (!Array.isArray(list)) throw rowError(dataMessage("toolsList"), where);
	return list.length === 0 ? undefined : list;
}
