// The merge study: which ways of holding the base are ticked, and the forms measured so far.
import { create } from "zustand";
import type { ErrorInfo, MergeForm, StudiedBase } from "../../../src/engine/api.ts";

export const STUDIED = ["auto", "int8", "nf4", "q8_0", "q4_0"] as const satisfies readonly StudiedBase[];

export interface MergingState {
	bases: readonly StudiedBase[];
	forms: readonly MergeForm[];
	/** What the forms are of. */
	of: string | null;
	running: boolean;
	stopping: boolean;
	error: ErrorInfo | null;
}

export const useMerging = create<MergingState>()(() => ({
	bases: ["auto", "int8", "nf4"],
	forms: [],
	of: null,
	running: false,
	stopping: false,
	error: null,
}));

/** How far a form strays from the adapter beside the same base, in nats a token; null for that itself. */
export function strays(forms: readonly MergeForm[], form: MergeForm): number | null {
	const beside = forms.find(({ base, state }) => base === form.base && state === "unmerged");
	return beside === undefined || beside === form ? null : form.loss - beside.loss;
}

/** Answers that are, token by token, those of the first form. */
export function sameAnswers([first]: readonly MergeForm[], { answers }: MergeForm): number {
	return answers.filter(({ output_ids }, i) => output_ids.join() === first.answers[i]?.output_ids.join()).length;
}
