// State of the table of runs: order, which curves are plotted, what was just deleted. The records are the engine's.
import { create } from "zustand";
import type { AdapterInfo, ErrorInfo, RunRecord } from "../../../src/engine/api.ts";

export type SortKey = "created" | "name" | "r" | "learning_rate" | "steps" | "heldOut";

export interface RunsState {
	records: RunRecord[];
	/** Null until known; false if the browser does not allow storage. */
	available: boolean | null;
	usedBytes: number;
	/** Bytes that the browser still lets this page store; null until known. */
	freeBytes: number | null;
	sort: { key: SortKey; descending: boolean };
	/** Ids of plotted runs, in the order of selection. */
	drawn: string[];
	/** Hidden from the table, but not yet removed from storage. */
	justDeleted: { id: string; name: string } | null;
	/** The run whose adapter is in memory, while that adapter is the engine's. */
	inMemory: { run: RunRecord; adapter: AdapterInfo } | null;
	/** The interrupted run that the page offers to resume; null if there is none or it was dismissed. */
	offered: RunRecord | null;
	error: ErrorInfo | null;
}

export const useRuns = create<RunsState>()(() => ({
	records: [],
	available: null,
	usedBytes: 0,
	freeBytes: null,
	sort: { key: "created", descending: true },
	drawn: [],
	justDeleted: null,
	inMemory: null,
	offered: null,
	error: null,
}));

/** Maximum number of curves over the current run's: more are hard to distinguish. */
export const MOST_DRAWN = 4;

export const firstHeldOut = (run: RunRecord): number | null => run.evals[0]?.eval_loss ?? null;
export const lastHeldOut = (run: RunRecord): number | null => run.evals.at(-1)?.eval_loss ?? null;
/** Whether a run can be resumed: it ended early, and its checkpoint is kept or it can start again from its first step. */
export const canResume = (run: RunRecord): boolean =>
	run.state !== "running" &&
	run.resumable &&
	(run.checkpoint === null ? wasCut(run) && run.continued !== true : run.checkpoint < run.totalSteps);

/** Whether a run was interrupted: the tab was closed, the GPU was lost, or the worker crashed. */
const wasCut = ({ state, error }: RunRecord): boolean =>
	state === "interrupted" || error?.code === "device-lost" || error?.code === "crashed";

/** Whether a run whose GPU was lost can continue; also one that only lacks its last evaluation. */
export const canContinue = (run: RunRecord): boolean =>
	wasCut(run) && (canResume(run) || (run.resumable && run.checkpoint === run.totalSteps));

/** Whether a run ended with an adapter that is not stored: there was no space left. */
export const isUnkept = ({ state, steps, checkpoint, kept }: RunRecord): boolean =>
	(state === "finished" || state === "stopped") &&
	kept === undefined &&
	checkpoint !== (steps.at(-1)?.step ?? checkpoint);

const VALUES: Record<SortKey, (run: RunRecord) => number | string> = {
	created: (run) => run.created,
	name: (run) => run.name.toLowerCase(),
	r: (run) => run.settings.r,
	learning_rate: (run) => run.settings.learning_rate,
	steps: (run) => run.steps.length,
	heldOut: (run) => lastHeldOut(run) ?? Number.POSITIVE_INFINITY,
};

/** Runs without deleted ones and without imported or blended adapters, which only the library lists. */
export const ownRuns = (records: readonly RunRecord[]): RunRecord[] =>
	records.filter(({ deleted, kept }) => !deleted && kept === undefined);

/** The sorted rows of the table; ties are newest first. */
export function tableRows({ records, sort }: Pick<RunsState, "records" | "sort">): RunRecord[] {
	const value = VALUES[sort.key];
	const sign = sort.descending ? -1 : 1;
	return ownRuns(records).toSorted((a, b) => {
		const [x, y] = [value(a), value(b)];
		return x < y ? -sign : x > y ? sign : b.created - a.created;
	});
}

/** Settings in which the runs differ, with one value per run. */
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
