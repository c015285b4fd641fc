// Finds what a conversation gives to its chat template and the template never reads, so that nothing is left out without a word.

import { rowsMessage } from "../../shared/messages/index.ts";
import type { ChatTemplate, Message } from "./chat-template.ts";
import type { Context } from "./conversation.ts";
import type { Warnings } from "./warnings.ts";

/** Warns about tools, tool calls and variables whose names do not occur in the template. */
export function noteUnread(
	template: ChatTemplate,
	messages: readonly Message[],
	{ tools, variables = {}, where }: Context,
	warnings: Warnings,
): void {
	const { source } = template.forTools(tools);
	const reads = (name: string) => new RegExp(`(^|[^\\w])${name.replace(/\W/g, "\\$&")}(?!\\w)`).test(source);
	if (tools !== undefined && !reads("tools"))
		warnings.add("unused-tools", where, (rows) => rowsMessage("unusedTools", { rows }));
	// A template may write whole turns as JSON.
	if (messages.some(({ tool_calls }) => Array.isArray(tool_calls)) && !reads("tool_calls") && !reads("tojson"))
		warnings.add("unused-calls", where, (rows) => rowsMessage("unusedCalls", { rows }));
	const unread = Object.keys(variables).filter((name) => !reads(name));
	if (unread.length === 0) return;
	const names = unread.map((name) => JSON.stringify(name)).join(", ");
	warnings.add(`unused-variables ${names}`, where, (rows) => rowsMessage("unusedVariables", { names, rows }));
}
