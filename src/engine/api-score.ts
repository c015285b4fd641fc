// Types of scoring: answers of the base and of the adapter, compared with the expected answers. The metrics are in
// data/answers.ts.

import type { DataSource } from "./api-data.ts";
import type { HeldOutRows } from "./api-rank.ts";

/** Metrics of generated answers. */
export type AnswerRuleName = "exact-match" | "json" | "regex";

/** What to score: answers to the held-out rows, or multiple-choice questions if `choices` is set. */
export interface ScoreRequest extends HeldOutRows {
	/** "choice" compares the likelihoods of the choices and requires `choices`. */
	metric: AnswerRuleName | "choice";
	/** Regular expression for the metric "regex"; ignored otherwise. */
	pattern: string;
	/** File of multiple-choice questions: rows with "question" or "prompt", "choices" and "answer". */
	choices: DataSource | null;
	max_new_tokens: number;
}

/** Scores and the answers that they come from. */
export interface ScoreReport {
	totals: ScoreTotals;
	answers: JudgedAnswer[];
	choices: JudgedChoice[];
	/** Number of held-out rows without a prompt and answer, such as plain text. */
	skipped: number;
}

/** A row with the answers of the base and of the tuned model. */
export interface JudgedAnswer {
	prompt: string;
	expected: string;
	base: JudgedText;
	/** Null without an adapter. */
	tuned: JudgedText | null;
}

/** A generated answer and whether it is correct. */
export interface JudgedText {
	text: string;
	right: boolean;
}

/** A multiple-choice question. `right` is the index of the correct choice. */
export interface JudgedChoice {
	prompt: string;
	choices: string[];
	right: number;
	base: JudgedLikelihood;
	tuned: JudgedLikelihood | null;
}

/** Likelihoods of the choices under one model, including the end-of-turn token. */
export interface JudgedLikelihood {
	/** Log-probability of each choice, in nats. */
	logprobs: number[];
	/** Number of tokens of each choice, including the end-of-turn token. */
	tokens: number[];
	/** Index of the choice with the highest log-probability. */
	chosen: number;
	/** Index of the choice with the highest log-probability per token. */
	chosenPerToken: number;
}

/** Shares of correct answers, from 0 to 1. */
export interface ScoreTotals {
	rows: number;
	base: number;
	tuned: number | null;
	/** Multiple choice only: by log-probability per token, which does not favour short choices. */
	basePerToken: number | null;
	tunedPerToken: number | null;
}
