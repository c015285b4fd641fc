// State of the race of ranks: its settings, the progress of each adapter slot, its results. Stored on the device after
// every heat, so that a reload, a stop or a lost GPU keeps what is finished. The curves are outside React, like a run's.
import { create } from "zustand";
import type { ErrorInfo, RaceEvent, RaceTable } from "../../../src/engine/api.ts";
import type { MessageText } from "../../../src/shared/messages/message.ts";
import { readSeeds } from "../methods/store.ts";
import { RunSeries } from "../run/series.ts";

/** One rank with one seed. */
export interface SlotView {
	rank: number;
	seed: number;
	/** The latest held-out loss; null before the first. */
	heldOut: number | null;
	retired: boolean;
}

export interface RaceState {
	/** As typed: numbers separated by commas. */
	ranks: string;
	seeds: string;
	/** The slots of the race shown, in the order of the table. */
	slots: SlotView[];
	table: RaceTable | null;
	running: Running | null;
	stopping: boolean;
	/** Warnings of the engine. */
	notes: MessageText[];
	error: ErrorInfo | null;
	/** Whether the table is stored on this device. */
	kept: boolean;
}

interface Running {
	heat: number;
	heats: number;
	seed: number | null;
	step: number;
	totalSteps: number;
	/** Milliseconds at the first step of the race and at the last one so far. */
	since: number | null;
	at: number;
}

const MAX_SLOTS = 8;

export const useRace = create<RaceState>()(() => ({
	ranks: "1, 2, 4, 8",
	seeds: "42",
	slots: [],
	table: null,
	running: null,
	stopping: false,
	notes: [],
	error: null,
	kept: true,
}));

/** One to eight distinct whole numbers from 1, sorted; null for anything else. */
export function readRanks(text: string): number[] | null {
	const ranks = readSeeds(text);
	if (ranks === null || ranks.length > MAX_SLOTS || ranks.some((rank) => rank < 1)) return null;
	return ranks.toSorted((a, b) => a - b);
}

/** Losses of each slot, step by step; replaced with every race. */
let curves: RunSeries[] = [];
export const raceCurves = (): readonly RunSeries[] => curves;

/** Resets the state for a race; slots are ordered by heat, then by rank. */
export function beginRace(ranks: readonly number[], seeds: readonly number[], totalSteps: number): void {
	const slots = seeds.flatMap((seed) => ranks.map((rank) => ({ rank, seed, heldOut: null, retired: false })));
	curves = slots.map(() => new RunSeries());
	const running = { heat: 0, heats: seeds.length, seed: null, step: 0, totalSteps, since: null, at: 0 };
	useRace.setState({ slots, table: null, running, stopping: false, notes: [], error: null });
}

/** The state after a batch of events; also extends the curves. */
export function afterRaceEvents(
	state: RaceState,
	events: readonly RaceEvent[],
	now = performance.now(),
): Partial<RaceState> {
	const next = { slots: state.slots, table: state.table, running: state.running, notes: state.notes };
	const change = (slot: number, by: Partial<SlotView>) => {
		next.slots = next.slots.map((view, i) => (i === slot ? { ...view, ...by } : view));
	};
	for (const event of events) {
		if (event.type === "heat") {
			const { heat, heats, seed, totalSteps } = event;
			next.running = next.running && { ...next.running, heat, heats, seed, step: 0, totalSteps };
		} else if (event.type === "retired") change(event.slot, { retired: true });
		else if (event.type === "table") next.table = event.table;
		else if (event.type === "slot") {
			const { slot, event: inner } = event;
			if (inner.type === "step") {
				curves[slot]?.pushStep(inner.step, inner.loss, inner.grad_norm, inner.learning_rate);
				next.running = next.running && { ...next.running, step: inner.step, since: next.running.since ?? now, at: now };
			} else if (inner.type === "eval") {
				curves[slot]?.pushEval(inner.step, inner.eval_loss);
				// Before the first step every rank equals the base.
				if (inner.step > 0) change(slot, { heldOut: inner.eval_loss });
			} else if (inner.type === "warning") next.notes = [...next.notes, inner.message];
			else if (inner.type === "storage" && inner.problem !== null) next.notes = [...next.notes, inner.problem];
		}
	}
	return next;
}

/** Seconds until the race ends, by the time of its steps, evaluations and answers so far; null before the second step. */
export function secondsLeft({ heat, heats, step, totalSteps, since, at }: Running): number | null {
	const done = heat * totalSteps + step;
	if (since === null || done < 2) return null;
	return ((at - since) / 1000 / (done - 1)) * (heats * totalSteps - done);
}

/** A point of the plot of held-out loss against rank. */
export interface RankPoint {
	rank: number;
	mean: number;
	deviation: number | null;
}

/** Held-out loss of each rank: over the finished seeds, or from the running slots before the first seed is finished. */
export function rankPoints({ table, slots }: Pick<RaceState, "table" | "slots">): RankPoint[] {
	if (table !== null)
		return table.byRank.flatMap(({ rank, evalLoss }) => (evalLoss === null ? [] : [{ rank, ...evalLoss }]));
	return slots.flatMap(({ rank, heldOut, retired }) =>
		heldOut === null || retired || !Number.isFinite(heldOut) ? [] : [{ rank, mean: heldOut, deviation: null }],
	);
}

const KEY = "tabtune.race";
/** Earlier versions called the slots lanes. */
type OldTable = RaceTable & { lanes: RaceTable["slots"] };
type Kept = Pick<RaceState, "ranks" | "seeds" | "table">;

/** If it cannot be stored, the table lasts until the page closes. */
export function keepRace(): void {
	const { ranks, seeds, table } = useRace.getState();
	try {
		localStorage.setItem(KEY, JSON.stringify({ ranks, seeds, table } satisfies Kept));
		useRace.setState({ kept: true });
	} catch {
		useRace.setState({ kept: false });
	}
}

export function restoreRace(): void {
	try {
		const kept = JSON.parse(localStorage.getItem(KEY) ?? "{}") as Partial<Kept> & { table?: OldTable | null };
		if (typeof kept.ranks !== "string" || typeof kept.seeds !== "string") return;
		useRace.setState({ ranks: kept.ranks, seeds: kept.seeds });
		if (kept.table != null) showTable({ ...kept.table, slots: kept.table.slots ?? kept.table.lanes });
	} catch {
		// An unreadable table is ignored.
	}
}

/** Shows a finished race with the curves in its table. */
function showTable(table: RaceTable): void {
	curves = table.slots.map(({ losses, evaluations }) => {
		const series = new RunSeries();
		// JSON turns a non-finite loss into null.
		losses.forEach((loss: number | null, i) => {
			series.pushStep(i + 1, loss ?? Number.NaN, Number.NaN, Number.NaN);
		});
		for (const { step, eval_loss } of evaluations) series.pushEval(step, eval_loss);
		return series;
	});
	const slots = table.slots.map(({ rank, seed, evaluations, state }) => ({
		rank,
		seed,
		heldOut: evaluations.at(-1)?.eval_loss ?? null,
		retired: state === "retired",
	}));
	useRace.setState({ table, slots });
}
