// Runs kept on this device, as the table shows them. The records are the engine's; here stands only what the page does
// with them: order, what is drawn over the curve, what was just deleted.
import { create } from "zustand";
import type { ErrorInfo, RunRecord } from "../../../src/engine/api.ts";

export type SortKey = "created" | "name" | "r" | "learning_rate" | "steps" | "heldOut";

export interface RunsState {
	records: RunRecord[];
	/** Null until asked; false where the browser stores nothing. */
	available: boolean | null;
	usedBytes: number;
	sort: { key: SortKey; descending: boolean };
	/** Ids whose curves are drawn, in the order they were ticked. */
	drawn: string[];
	/** Taken out of the table and not yet gone for good. */
	justDeleted: { id: string; name: string } | null;
	/** The interrupted run the page offers to go on with; null when there is none or it was waved away. */
	offered: RunRecord | null;
	error: ErrorInfo | null;
}

export const useRuns = create<RunsState>()(() => ({
	records: [],
	available: null,
	usedBytes: 0,
	sort: { key: "created", descending: true },
	drawn: [],
	justDeleted: null,
	offered: null,
	error: null,
}));

/** Most curves over the run's own: more cannot be told apart. */
export const MOST_DRAWN = 4;

export const firstHeldOut = (run: RunRecord): number | null => run.evals[0]?.eval_loss ?? null;
export const lastHeldOut = (run: RunRecord): number | null => run.evals.at(-1)?.eval_loss ?? null;
/** A run that may go on: it stopped before its end and its checkpoint is kept. */
export const mayGoOn = (run: RunRecord): boolean =>
	run.state !== "running" && run.resumable && run.checkpoint !== null && run.checkpoint < run.totalSteps;

const VALUES: Record<SortKey, (run: RunRecord) => number | string> = {
	created: (run) => run.created,
	name: (run) => run.name.toLowerCase(),
	r: (run) => run.settings.r,
	learning_rate: (run) => run.settings.learning_rate,
	steps: (run) => run.steps.length,
	heldOut: (run) => lastHeldOut(run) ?? Number.POSITIVE_INFINITY,
};

/** Runs of this device, without the deleted and without adapters that the library keeps by themselves. */
export const ownRuns = (records: readonly RunRecord[]): RunRecord[] =>
	records.filter(({ deleted, kept }) => !deleted && kept === undefined);

/** The rows of the table, in order; equals keep the newest first. */
export function tableRows({ records, sort }: Pick<RunsState, "records" | "sort">): RunRecord[] {
	const value = VALUES[sort.key];
	const sign = sort.descending ? -1 : 1;
	return ownRuns(records).toSorted((a, b) => {
		const [x, y] = [value(a), value(b)];
		return x < y ? -sign : x > y ? sign : b.created - a.created;
	});
}

/** Settings in which runs differ, by name: all values, one a run. */
export function settingsDiff(runs: readonly RunRecord[]): { name: string; values: string[] }[] {
	const [first] = runs;
	if (first === undefined) return [];
	return Object.keys(first.settings)
		.map((name) => ({
			name,
			values: runs.map(({ settings }) => JSON.stringify(settings[name as keyof typeof settings]) ?? "—"),
		}))
		.filter(({ values }) => values.some((value) => value !== values[0]));
}
