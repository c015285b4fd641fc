// The library: the adapters of kept runs over the base in hand, found by a word, exchanged, asked side by side, blended.
import { create } from "zustand";
import type { CombinationType, ErrorInfo, RunRecord } from "../../../src/engine/api.ts";

export interface LibraryState {
	query: string;
	/** Ids of runs that are asked and blended, in the order they were ticked. */
	chosen: string[];
	/** Weight of each chosen adapter in the blend, by id. */
	weights: Record<string, number>;
	combination: CombinationType;
	/** The adapter of this run is in memory. */
	inUse: string | null;
	/** Milliseconds the last exchange took. */
	switched: number | null;
	prompt: string;
	/** What each chosen adapter answered, by id; the base's under BASE. */
	answers: Record<string, string>;
	/** Tokens a second of the last batch, of all its adapter slots together. */
	pace: number | null;
	/** What is being done now. */
	busy: "asking" | "blending" | "keeping" | "examples" | null;
	/** The entry whose name, tags and note are open. */
	opened: string | null;
	blended: string | null;
	error: ErrorInfo | null;
}

export const useLibrary = create<LibraryState>()(() => ({
	query: "",
	chosen: [],
	weights: {},
	combination: "linear",
	inUse: null,
	switched: null,
	prompt: "",
	answers: {},
	pace: null,
	opened: null,
	busy: null,
	blended: null,
	error: null,
}));

/** In the place of an adapter's id. */
export const BASE = "base";

/** Whether an adapter shares a batch with others: its change of the model is plain LoRA's. */
export const sharesBatch = ({ settings: { method = "lora", use_dora } }: Pick<RunRecord, "settings">): boolean =>
	method === "lora" && !use_dora;

/** Runs whose adapter is kept, that hold the word in their name, tags, note or data. */
export function libraryRows(records: readonly RunRecord[], query: string): RunRecord[] {
	const wanted = query.trim().toLowerCase();
	return records.filter(
		({ deleted, checkpoint, name, tags, note, data }) =>
			!deleted &&
			checkpoint !== null &&
			(wanted === "" || [name, note, data.name, ...tags].some((text) => text.toLowerCase().includes(wanted))),
	);
}

/** Why these runs cannot be laid over one base together; null when they can. */
export function otherBase(runs: readonly RunRecord[], base: string): RunRecord | null {
	return runs.find(({ model }) => model.name !== base) ?? null;
}
