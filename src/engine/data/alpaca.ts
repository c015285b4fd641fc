// Rows with an instruction: as turns for a chat template, or as the text of Stanford's Alpaca prompt.

import { dataMessage } from "../../shared/messages/index.ts";
import type { MessageText } from "../../shared/messages/message.ts";
import type { Message } from "./chat-template.ts";
import type { Fields } from "./fields.ts";
import { firstText, rowError, structureOf, systemOf, textOf } from "./row-fields.ts";

/** Names of the answer to an instruction: Alpaca's, Dolly's and others. */
export const ANSWERS = ["output", "response", "answer", "completion"] as const;
/** Names of the question in pairs of answers. */
export const QUESTIONS = ["instruction", "question", "query", "input"] as const;

interface Asked {
	readonly system: string;
	readonly history: readonly (readonly [string, string])[];
	readonly instruction: string;
	readonly input: string;
}

/** What is asked: as turns, or as the text of a prompt for a model without a chat template. */
export function askedOf(fields: Fields, question: string, where: MessageText): Asked {
	const instruction = textOf(fields, question, where);
	const input = question === "instruction" ? firstText(fields, ["input", "context"], where) : "";
	return { system: systemOf(fields, where), history: historyOf(fields, where), instruction, input };
}

export function askedTurns({ system, history, instruction, input }: Asked): Message[] {
	return [
		...(system === "" ? [] : [{ role: "system", content: system }]),
		...history.flatMap(([asked, answered]) => [
			{ role: "user", content: asked },
			{ role: "assistant", content: answered },
		]),
		{ role: "user", content: input === "" ? instruction : `${instruction}\n${input}` },
	];
}

/**
 * The prompts of github.com/tatsu-lab/stanford_alpaca (train.py, PROMPT_DICT). As in LLaMA-Factory's template "alpaca", a
 * system prompt replaces the first sentence, and earlier rounds come before the last one.
 */
export function askedText({ system, history, instruction, input }: Asked): string {
	const preamble =
		system !== ""
			? system
			: input === ""
				? "Below is an instruction that describes a task. Write a response that appropriately completes the request."
				: "Below is an instruction that describes a task, paired with an input that provides further context. Write a response that appropriately completes the request.";
	const rounds = history.map(([asked, answered]) => `### Instruction:\n${asked}\n\n### Response:\n${answered}`);
	const context = input === "" ? "" : `\n\n### Input:\n${input}`;
	return [preamble, ...rounds, `### Instruction:\n${instruction}${context}\n\n### Response:\n`].join("\n\n");
}

/** LLaMA-Factory's `history`: earlier [question, answer] pairs. */
function historyOf(fields: Fields, where: MessageText): [string, string][] {
	if (!fields.filled("history")) return [];
	const history = structureOf(fields, "history", where);
	if (!Array.isArray(history)) throw rowError(dataMessage("history"), where);
	return history.map((pair: unknown) => {
		if (!Array.isArray(pair) || pair.length !== 2 || !pair.every((part) => typeof part === "string"))
			throw rowError(dataMessage("history"), where);
		return [pair[0], pair[1]];
	});
}
