// State of the comparison: prompts, answers of base and tuned model, sampling options.

import { create } from "zustand";
import type { ErrorInfo, ScoredToken } from "../../../src/engine/api.ts";

export type Side = "base" | "tuned";
export const SIDES: readonly Side[] = ["base", "tuned"];

export interface Answer {
	text: string;
	/** The question it answers, which the prompt no longer is once it was edited. */
	asked?: string;
	/** The answer reached the maximum length. */
	cut?: boolean;
	state: "empty" | "waiting" | "writing" | "done";
	/** For a finished answer: token ids of prompt and answer. */
	input_ids?: number[];
	output_ids?: number[];
	/** Log-probabilities of each token under both models, when scoring was requested. */
	scores?: ScoredToken[];
}

/** A prompt and its two answers: one of several prompts, or a turn of a chat. */
export interface Turn {
	prompt: string;
	base: Answer;
	tuned: Answer;
}

export const MODES = ["one", "set", "chat"] as const;
export type Mode = (typeof MODES)[number];

export interface CompareState {
	mode: Mode;
	prompt: string;
	/** The user typed the prompt, so new data does not replace it. */
	promptTouched: boolean;
	/** Answers to the single prompt. */
	base: Answer;
	tuned: Answer;
	/** Several prompts, one per line. */
	promptSet: string;
	set: Turn[];
	chat: Turn[];
	generating: boolean;
	error: ErrorInfo | null;
	/** The result of the last import or export; null before. */
	imported: string | null;
	/** Tokens are coloured by the change of their likelihood. */
	coloured: boolean;
	temperature: number;
	top_p: number;
	max_new_tokens: number;
	seed: number;
	/** 0 is the base, 1 the adapter as trained. */
	strength: number;
}

export const EMPTY_ANSWER: Answer = { text: "", state: "empty" };

/** Maximum number of prompts asked at once. */
export const MOST_PROMPTS = 20;

export const useCompare = create<CompareState>()(() => ({
	mode: "one",
	prompt: "",
	promptTouched: false,
	base: EMPTY_ANSWER,
	tuned: EMPTY_ANSWER,
	promptSet: "",
	set: [],
	chat: [],
	generating: false,
	error: null,
	imported: null,
	coloured: false,
	temperature: 0.7,
	top_p: 0.95,
	max_new_tokens: 96,
	seed: 42,
	strength: 1,
}));

/** The prompts in a text, one per line. */
export const promptsOf = (text: string): string[] =>
	text
		.split("\n")
		.map((line) => line.trim())
		.filter((line) => line !== "")
		.slice(0, MOST_PROMPTS);

/** The answers shown, as turns, in any mode. */
export function turnsOf({ mode, prompt, base, tuned, set, chat }: CompareState): Turn[] {
	return mode === "one" ? [{ prompt: tuned.asked ?? base.asked ?? prompt, base, tuned }] : mode === "set" ? set : chat;
}
