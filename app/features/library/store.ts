// State of the library: search, selected adapters, answers, blend weights.
import { create } from "zustand";
import type { CombinationType, ErrorInfo, RunRecord } from "../../../src/engine/api.ts";
import { methodsOf } from "../../../src/shared/setting-values.ts";

export interface LibraryState {
	query: string;
	/** Ids of the selected runs, in the order of selection. */
	chosen: string[];
	/** Blend weight of each selected adapter, by id. */
	weights: Record<string, number>;
	combination: CombinationType;
	/** The run whose adapter is in memory. */
	inUse: string | null;
	/** Milliseconds of the last switch. */
	switched: number | null;
	prompt: string;
	/** The answer of each adapter by id; the base's under BASE. */
	answers: Record<string, string>;
	/** Tokens per second of the last batch, all slots together. */
	pace: number | null;
	/** The current operation. */
	busy: "asking" | "blending" | "keeping" | "examples" | null;
	/** The entry whose name, tags and note are being edited. */
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

/** Stands for the base where an adapter's id is expected. */
export const BASE = "base";

/** Whether an adapter can share a batch with others: only plain LoRA can. */
export const sharesBatch = ({ settings }: Pick<RunRecord, "settings">): boolean =>
	methodsOf(settings).join("+") === "lora" && !settings.use_dora;

/** The selected combination, or cat where ranks differ, which linear cannot combine. */
export function combinationOf(
	runs: readonly Pick<RunRecord, "settings">[],
	combination: CombinationType,
): CombinationType {
	return combination === "linear" && differInRank(runs) ? "cat" : combination;
}

export const differInRank = (runs: readonly Pick<RunRecord, "settings">[]): boolean =>
	new Set(runs.map(({ settings }) => settings.r)).size > 1;

/** Runs with a kept adapter whose name, tags, note or data contain the query. */
export function libraryRows(records: readonly RunRecord[], query: string): RunRecord[] {
	const needle = query.trim().toLowerCase();
	return records.filter(
		({ deleted, checkpoint, name, tags, note, data }) =>
			!deleted &&
			checkpoint !== null &&
			(needle === "" || [name, note, data.name, ...tags].some((text) => text.toLowerCase().includes(needle))),
	);
}

/** Why these runs cannot be combined over one base; null if they can. */
export function otherBase(runs: readonly RunRecord[], base: string): RunRecord | null {
	return runs.find(({ model }) => model.name !== base) ?? null;
}
