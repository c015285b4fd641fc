// The comparison of methods: what is ticked, what stands in the table, what is still to be trained. Kept on the device as
// it grows, so that a reload, a closed tab or a lost GPU leaves the finished rows and knows what is missing.
import { create } from "zustand";
import type { ErrorInfo, MethodInfo, MethodRow, MethodsTable } from "../../../src/engine/api.ts";

export interface Pending {
	method: string;
	seed: number;
}

export interface MethodsState {
	/** What the engine offers for the model in hand. */
	known: MethodInfo[];
	chosen: string[];
	/** As typed: numbers with commas. */
	seeds: string;
	table: MethodsTable | null;
	/** Runs that the table still wants, the next one first. */
	queue: Pending[];
	running: (Pending & { step: number; totalSteps: number }) | null;
	/** Stop was pressed: the comparison ends with the run in hand. */
	stopping: boolean;
	error: ErrorInfo | null;
}

/** What a first visitor compares: the family of low-rank updates' plainest, its neighbours, and every weight. */
const FIRST_CHOICE = ["lora", "prompt-tuning", "houlsby", "full"];

const initial: MethodsState = {
	known: [],
	chosen: FIRST_CHOICE,
	seeds: "42",
	table: null,
	queue: [],
	running: null,
	stopping: false,
	error: null,
};

export const useMethods = create<MethodsState>()(() => initial);

/** Whole numbers with commas, each once; null for anything else. */
export function readSeeds(text: string): number[] | null {
	const parts = text
		.split(/[,，\s]+/)
		.filter((part) => part !== "")
		.map(Number);
	const good = parts.length > 0 && parts.every((seed) => Number.isInteger(seed) && seed >= 0 && seed < 2 ** 32);
	return good && new Set(parts).size === parts.length ? parts : null;
}

/** Every chosen method with every seed, method after method. */
export const runsOf = (chosen: readonly string[], seeds: readonly number[]): Pending[] =>
	chosen.flatMap((method) => seeds.map((seed) => ({ method, seed })));

/** The table with one row changed, or added at its end. */
export function withRow(
	table: MethodsTable,
	method: string,
	fresh: MethodRow,
	change: (row: MethodRow) => MethodRow,
): MethodsTable {
	const found = table.rows.some((row) => row.method === method);
	const rows = found ? table.rows : [...table.rows, fresh];
	return { ...table, rows: rows.map((row) => (row.method === method ? change(row) : row)) };
}

const KEY = "tabtune.methods";
type Kept = Pick<MethodsState, "chosen" | "seeds" | "table" | "queue">;

/** Storage may be refused: the table then lasts as long as the page. */
export function keepMethods(): void {
	const { chosen, seeds, table, queue } = useMethods.getState();
	try {
		localStorage.setItem(KEY, JSON.stringify({ chosen, seeds, table, queue } satisfies Kept));
	} catch {
		// Nothing is lost that was not lost before.
	}
}

export function restoreMethods(): void {
	try {
		const text = localStorage.getItem(KEY);
		if (text === null) return;
		const kept = JSON.parse(text) as Partial<Kept>;
		if (Array.isArray(kept.chosen) && typeof kept.seeds === "string" && Array.isArray(kept.queue))
			useMethods.setState({ chosen: kept.chosen, seeds: kept.seeds, table: kept.table ?? null, queue: kept.queue });
	} catch {
		// An unreadable table is as good as none.
	}
}
