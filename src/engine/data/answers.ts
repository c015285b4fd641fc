// What a row asks and the answer it expects, and the rules that say whether an answer is right. To add a rule: a name in
// AnswerRuleName (api-score.ts) and a case in `answerRule`.

import { TabTuneError } from "../../shared/errors.ts";
import { dataMessage } from "../../shared/messages/data.en.ts";
import type { AnswerRuleName } from "../api-score.ts";
import { type EncodedRow, IGNORED } from "./row-store.ts";
import type { Tokenizer } from "./tokenizer.ts";

export interface Question {
	/** All tokens before the answer. */
	readonly input_ids: number[];
	readonly prompt: string;
	/** The answer the row has. */
	readonly expected: string;
}

/**
 * The last answer of an encoded row and what stands before it, or null for a row that is trained from its first token
 * on: a text asks nothing.
 */
export function questionOf({ input_ids, labels }: EncodedRow, tokenizer: Tokenizer): Question | null {
	let end = labels.length;
	while (end > 0 && labels[end - 1] === IGNORED) end--;
	let start = end;
	while (start > 0 && labels[start - 1] !== IGNORED) start--;
	if (start === 0 || start === end) return null;
	const text = (ids: Int32Array) => tokenizer.decode([...ids], { skipSpecialTokens: true });
	return {
		input_ids: [...input_ids.subarray(0, start)],
		prompt: text(input_ids.subarray(0, start)),
		expected: text(input_ids.subarray(start, end)).trim(),
	};
}

/** An answer's right or wrong, by what was asked for. */
export type AnswerRule = (answer: string, expected: string) => boolean | Promise<boolean>;

/** Whether a pattern that is known to be right is found in a text. */
export type Match = (pattern: string, text: string) => boolean | Promise<boolean>;

const FLAGS = "us";

export const matchHere = (pattern: string, text: string): boolean => new RegExp(pattern, FLAGS).test(text);

/** A regular expression is tried on this many characters at most: some take a time that grows with every one. */
const MOST_MATCHED = 4096;

/**
 * "exact-match": the expected answer, but for case of white space and its Unicode form; "json": the whole answer is
 * JSON; "regex": the pattern is found in it (JavaScript's syntax, flags u and s).
 * @param match looks for the pattern; by default here, which a pattern from hell keeps busy for ever
 * @throws TabTuneError "usage" for a pattern that is missing or broken
 */
export function answerRule(name: AnswerRuleName, pattern: string | undefined, match: Match = matchHere): AnswerRule {
	if (name === "exact-match") return (answer, expected) => squeezed(answer) === squeezed(expected);
	if (name === "json") return isJson;
	if (pattern === undefined || pattern === "")
		throw new TabTuneError("usage", {
			what: dataMessage("noPattern"),
			where: "pattern",
			next: dataMessage("noPattern.next"),
		});
	try {
		new RegExp(pattern, FLAGS);
	} catch (cause) {
		throw new TabTuneError(
			"usage",
			{
				what: dataMessage("badPattern", { reason: cause instanceof Error ? cause.message : String(cause) }),
				where: "pattern",
				next: dataMessage("badPattern.next"),
			},
			{ cause },
		);
	}
	return (answer) => match(pattern, answer.trim().slice(0, MOST_MATCHED));
}

function squeezed(text: string): string {
	return text.normalize("NFC").trim().replace(/\s+/g, " ");
}

function isJson(text: string): boolean {
	try {
		JSON.parse(text);
		return true;
	} catch {
		return false;
	}
}
