// The side-by-side: one prompt, a set of prompts or a chat; the base's answers and the tuned model's; how they are sampled.

import { create } from "zustand";
import type { ErrorInfo, ScoredToken } from "../../../src/engine/api.ts";

export type Side = "base" | "tuned";
export const SIDES: readonly Side[] = ["base", "tuned"];

export interface Answer {
	text: string;
	/** The answer ended at the longest length, not by itself. */
	cut?: boolean;
	state: "empty" | "waiting" | "writing" | "done";
	/** Of a finished answer: what was asked and said, as the model reads it. */
	input_ids?: number[];
	output_ids?: number[];
	/** How likely both models found each token; asked for by the person. */
	scores?: ScoredToken[];
}

/** A prompt and its two answers: a line of a set, or a turn of a chat. */
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
	/** The prompt was typed by the person: new data no longer replaces it. */
	promptTouched: boolean;
	/** One prompt: its answers. */
	base: Answer;
	tuned: Answer;
	/** Prompts of the set, one a line. */
	promptSet: string;
	set: Turn[];
	chat: Turn[];
	generating: boolean;
	error: ErrorInfo | null;
	/** What the import button last did; null before. */
	imported: string | null;
	/** Tokens are coloured by how much likelier the tuned model finds them. */
	coloured: boolean;
	temperature: number;
	top_p: number;
	max_new_tokens: number;
	seed: number;
	/** 0: the base; 1: the adapter as trained. */
	strength: number;
}

export const EMPTY_ANSWER: Answer = { text: "", state: "empty" };

/** Prompts of a set that are asked at once. */
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

/** The prompts of a text, one a line. */
export const promptsOf = (text: string): string[] =>
	text
		.split("\n")
		.map((line) => line.trim())
		.filter((line) => line !== "")
		.slice(0, MOST_PROMPTS);

/** Answers that stand there, as turns, whatever the mode. */
export function turnsOf({ mode, prompt, base, tuned, set, chat }: CompareState): Turn[] {
	return mode === "one" ? [{ prompt, base, tuned }] : mode === "set" ? set : chat;
}
