// Collects the parts of a row with a chosen and a rejected answer, in the formats of TRL, LLaMA-Factory and OpenAI. The answers
// are parsed and encoded in preferences.ts.

import { isObject } from "../../shared/json.ts";
import type { MessageText } from "../../shared/messages/message.ts";
import { askedOf, askedText, askedTurns, QUESTIONS } from "./alpaca.ts";
import type { Fields } from "./fields.ts";
import { wholeNumbers } from "./given-ids.ts";
import { readMessages } from "./messages.ts";
import { structureOf, systemOf, templateInputs } from "./row-fields.ts";
import type { PreferenceRow, RowContext } from "./row-kinds.ts";

/** @param names of the two answers; or of the token ids of prompt and answers */
export function readPair(
	fields: Fields,
	names: readonly string[],
	where: MessageText,
	template: RowContext["template"],
): PreferenceRow {
	if (names.length === 3) {
		const [prompt, chosen, rejected] = names.map((name) => wholeNumbers(fields, name, where));
		return {
			kind: "preference",
			ids: { prompt, chosen, rejected },
			chosen: null,
			rejected: null,
			prompt: null,
			system: "",
		};
	}
	const [chosen, rejected] = names.map((name) => answerOf(fields.take(name)));
	const given = openAiInput(fields, names) ?? { prompt: promptOf(fields, { chosen, rejected }, where, template) };
	const texts = typeof chosen === "string" && typeof rejected === "string";
	const asTurns = texts && Array.isArray(given.prompt);
	return {
		kind: "preference",
		chosen: asTurns ? [{ role: "assistant", content: chosen }] : chosen,
		rejected: asTurns ? [{ role: "assistant", content: rejected }] : rejected,
		prompt: given.prompt,
		system: systemOf(fields, where),
		...templateInputs(fields, where),
		...(Array.isArray(given.tools) && given.tools.length > 0 ? { tools: given.tools } : {}),
	};
}

/** LLaMA-Factory writes an answer as one turn: {"from": "gpt", "value": "…"}. */
const answerOf = (value: unknown): unknown => (isObject(value) ? [value] : value);

/** OpenAI's format: {"input": {"messages", "tools"}, "preferred_output", "non_preferred_output"}. */
function openAiInput(fields: Fields, [chosen]: readonly string[]): { prompt: unknown; tools?: unknown } | null {
	if (chosen !== "preferred_output") return null;
	const input = fields.take("input");
	return isObject(input) ? { prompt: input.messages, tools: input.tools } : null;
}

/** What was asked: a text, or turns; undefined if the answers contain it. */
function promptOf(
	fields: Fields,
	{ chosen, rejected }: { chosen: unknown; rejected: unknown },
	where: MessageText,
	template: RowContext["template"],
): unknown {
	if (fields.filled("prompt")) return fields.take("prompt");
	const opening = (answer: unknown) => (Array.isArray(answer) ? JSON.stringify(answer[0]) : null);
	if (opening(chosen) !== null && opening(chosen) === opening(rejected)) return undefined;
	const turns = fields.first(["conversations", "messages"]);
	if (turns !== undefined) return readMessages(structureOf(fields, turns, where), turns, where, template);
	const question = fields.first(QUESTIONS);
	if (question === undefined) return fields.has("prompt") ? fields.take("prompt") : undefined;
	const asked = askedOf(fields, question, where);
	return template === null && typeof chosen === "string" ? askedText(asked) : askedTurns(asked);
}
