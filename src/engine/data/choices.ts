// Multiple-choice questions, as in model benchmarks: {"question" or "prompt", "choices", "answer"}. Each choice becomes a
// row whose targets are the tokens of that choice, so that the loss is its likelihood.

import { TabTuneError } from "../../shared/errors.ts";
import { isObject } from "../../shared/json.ts";
import { dataMessage } from "../../shared/messages/index.ts";
import type { Message, MessageText } from "../../shared/messages/message.ts";
import { type EncodeOptions, RowEncoder } from "./encode.ts";
import { type DataFile, rawRows } from "./files.ts";
import type { Row } from "./row-kinds.ts";
import type { EncodedRow } from "./row-store.ts";
import { Warnings } from "./warnings.ts";

export interface ChoiceQuestion {
	readonly prompt: string;
	readonly choices: readonly string[];
	/** Index of the correct choice. */
	readonly right: number;
	/** One row per choice. */
	readonly rows: readonly EncodedRow[];
}

/**
 * Reads all questions. A `question` becomes a user turn if the model has a chat template; a `prompt` is plain text that the
 * choices continue.
 * @throws TabTuneError "data" naming the row and the missing field
 */
export async function readChoices(file: DataFile, options: EncodeOptions): Promise<ChoiceQuestion[]> {
	const settings = { ...options.settings, assistant_only_loss: false, completion_only_loss: true };
	const encoder = new RowEncoder({ ...options, settings }, new Warnings());
	const questions: ChoiceQuestion[] = [];
	for await (const { value, where } of rawRows(file)) {
		const { prompt, choices, right, asTurn } = parts(value, where);
		const rowOf = (completion: string): Row =>
			asTurn && options.template !== null
				? {
						kind: "chat-completion",
						prompt: [{ role: "user", content: prompt }],
						completion: [{ role: "assistant", content: completion }],
					}
				: { kind: "prompt-completion", prompt, completion: asTurn ? ` ${completion}` : completion };
		questions.push({ prompt, choices, right, rows: choices.map((choice) => encoder.encode(rowOf(choice), where)) });
	}
	return questions;
}

function parts(value: unknown, where: MessageText) {
	const wrong = (what: Message, next: Message) => new TabTuneError("data", { what, where, next });
	const shape = dataMessage("choices.next");
	if (!isObject(value)) throw wrong(dataMessage("noChoices"), shape);
	const asTurn = value.prompt === undefined;
	const prompt = asTurn ? value.question : value.prompt;
	const { choices, answer } = value;
	if (typeof prompt !== "string" || prompt === "") throw wrong(dataMessage("noQuestion"), shape);
	if (!Array.isArray(choices) || choices.length < 2 || !choices.every((choice) => typeof choice === "string"))
		throw wrong(dataMessage("choicesList"), shape);
	const texts: readonly string[] = choices;
	const right = placeOf(answer, texts);
	if (right === null)
		throw wrong(
			dataMessage("choiceAnswer", { answer: JSON.stringify(answer), count: texts.length }),
			dataMessage("choiceAnswer.next"),
		);
	return { prompt, choices: texts, right, asTurn };
}

/** The index of the correct choice, given as a number from 0, a letter from A, or the choice itself. */
function placeOf(answer: unknown, choices: readonly string[]): number | null {
	const within = (place: number) => (Number.isInteger(place) && place >= 0 && place < choices.length ? place : null);
	if (typeof answer === "number") return within(answer);
	if (typeof answer !== "string") return null;
	const place = choices.indexOf(answer);
	if (place >= 0) return place;
	return /^[A-Z]$/.test(answer) ? within(answer.charCodeAt(0) - 65) : null;
}
