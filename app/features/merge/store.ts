// State of the merge study: selected base precisions and the forms measured so far.
import { create } from "zustand";
import type { ErrorInfo, MergeForm, StudiedBase } from "../../../src/engine/api.ts";

export const STUDIED = ["auto", "int8", "nf4", "q8_0", "q4_0"] as const satisfies readonly StudiedBase[];

export interface MergingState {
	bases: readonly StudiedBase[];
	forms: readonly MergeForm[];
	/** The adapter and data that were measured. */
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

/** Change of loss from the unmerged adapter at the same base precision, in nats per token; null for that form itself. */
export function lossChange(forms: readonly MergeForm[], form: MergeForm): number | null {
	const unmerged = forms.find(({ base, state }) => base === form.base && state === "unmerged");
	return unmerged === undefined || unmerged === form ? null : form.loss - unmerged.loss;
}

/** Number of answers that equal those of the first form, token by token. */
export function sameAnswers([first]: readonly MergeForm[], { answers }: MergeForm): number {
	return answers.filter(({ output_ids }, i) => output_ids.join() === first.answers[i]?.output_ids.join()).length;
}
