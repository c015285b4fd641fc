// Answers judged: what the page and the command ask for, and what they get. See data/answers.ts for the rules.

import type { DataSource } from "./api-data.ts";
import type { HeldOutRows } from "./api-rank.ts";

export type AnswerRuleName = "exact-match" | "json" | "regex";

/** Which answers to judge and how. The held-out rows are asked, or, where there are `choices`, those questions. */
export interface ScoreRequest extends HeldOutRows {
	/** "choice" asks which of the choices is likelier, and needs `choices`. */
	metric: AnswerRuleName | "choice";
	/** For "regex". */
	pattern: string;
	/** Rows of {"question" or "prompt", "choices", "answer"}. */
	choices: DataSource | null;
	max_new_tokens: number;
}

export interface ScoreReport {
	totals: ScoreTotals;
	answers: JudgedAnswer[];
	choices: JudgedChoice[];
	/** Held-out rows that ask nothing: texts without an answer of their own. */
	skipped: number;
}

/** A row, its answer by the base and by the tuned model, and whether each is right. */
export interface JudgedAnswer {
	prompt: string;
	expected: string;
	base: JudgedText;
	/** Null without an adapter. */
	tuned: JudgedText | null;
}

export interface JudgedText {
	text: string;
	right: boolean;
}

/** A row with choices, and how likely each is: log-probabilities in nats, the end of the answer included. */
export interface JudgedChoice {
	prompt: string;
	choices: string[];
	right: number;
	base: JudgedLikelihood;
	tuned: JudgedLikelihood | null;
}

export interface JudgedLikelihood {
	/** One a choice. */
	logprobs: number[];
	/** Tokens of each choice, its end included. */
	tokens: number[];
	/** The likeliest choice. */
	chosen: number;
	/** The likeliest a token. */
	chosenPerToken: number;
}

/** Shares of right answers, from 0 to 1. */
export interface ScoreTotals {
	rows: number;
	base: number;
	tuned: number | null;
	/** For choices: by the log-probability a token, which does not favour short ones. */
	basePerToken: number | null;
	tunedPerToken: number | null;
}
