// Prompts and expected answers of rows, and the metrics that score a generated answer. To add a metric: a name in
// AnswerRuleName (api-score.ts) and a case in `answerRule`.

import { TabTuneError } from "../../shared/errors.ts";
import { dataMessage } from "../../shared/messages/index.ts";
import { BoundedRegExp } from "../../shared/regexp/bounded-regexp.ts";
import type { AnswerRuleName } from "../api-score.ts";
import { type EncodedRow, IGNORED } from "./row-store.ts";
import type { Tokenizer } from "./tokenizer.ts";

export interface Question {
	/** All tokens before the answer. */
	readonly input_ids: number[];
	readonly prompt: string;
	/** The expected answer. */
	readonly expected: string;
}

/**
 * Splits an encoded row into its last answer and everything before it. Null for a row that is trained from its first token,
 * such as plain text, because it has no prompt.
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

/** Decides whether an answer is correct. */
export type AnswerRule = (answer: string, expected: string) => boolean;

const FLAGS = "us";

/** A regular expression sees at most this many characters of an answer. */
const MOST_MATCHED = 4096;

/**
 * "exact-match": equal to the expected answer up to white space and Unicode normalisation; "json": the whole answer is
 * JSON; "regex": the pattern matches somewhere in the answer (JavaScript syntax, flags u and s).
 * @throws TabTuneError "usage" for a missing or invalid pattern, and, when an answer is judged, for one that takes too long
 */
export function answerRule(name: AnswerRuleName, pattern: string | undefined): AnswerRule {
	if (name === "exact-match") return (answer, expected) => squeezed(answer) === squeezed(expected);
	if (name === "json") return isJson;
	if (pattern === undefined || pattern === "")
		throw new TabTuneError("usage", {
			what: dataMessage("noPattern"),
			where: "pattern",
			next: dataMessage("noPattern.next"),
		});
	try {
		const regexp = new BoundedRegExp(pattern, FLAGS, { code: "usage", where: "pattern" });
		return (answer) => regexp.test(answer.trim().slice(0, MOST_MATCHED));
	} catch (cause) {
		if (cause instanceof TabTuneError) throw cause;
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
