// The side-by-side: one prompt, the base's answer and the tuned model's, and how they are sampled.

import { create } from "zustand";
import type { ErrorInfo } from "../../src/engine/api.ts";

export type Side = "base" | "tuned";

export interface Answer {
	text: string;
	/** The answer ended at the longest length, not by itself. */
	cut?: boolean;
	state: "empty" | "waiting" | "writing" | "done";
}

export interface CompareState {
	prompt: string;
	/** The prompt was typed by the person: new data no longer replaces it. */
	promptTouched: boolean;
	base: Answer;
	tuned: Answer;
	generating: boolean;
	error: ErrorInfo | null;
	/** What the import button last did; null before. */
	imported: string | null;
	temperature: number;
	top_p: number;
	max_new_tokens: number;
	seed: number;
	/** 0: the base; 1: the adapter as trained. */
	strength: number;
}

export const EMPTY_ANSWER: Answer = { text: "", state: "empty" };

export const useCompare = create<CompareState>()(() => ({
	prompt: "",
	promptTouched: false,
	base: EMPTY_ANSWER,
	tuned: EMPTY_ANSWER,
	generating: false,
	error: null,
	imported: null,
	temperature: 0.7,
	top_p: 0.95,
	max_new_tokens: 96,
	seed: 42,
	strength: 1,
}));
