// State of the comparison of methods: selection, table, queue. Stored on the device after every run, so that a reload, a
// closed tab or a lost GPU keeps the finished rows and the queue.
import { create } from "zustand";
import type { ErrorInfo, MethodInfo, MethodRow, MethodsTable } from "../../../src/engine/api.ts";

export interface Pending {
	method: string;
	seed: number;
}

export interface MethodsState {
	/** Methods the engine offers for the loaded model. */
	known: MethodInfo[];
	chosen: string[];
	/** As typed: numbers separated by commas. */
	seeds: string;
	table: MethodsTable | null;
	/** Runs still to train, next first. */
	queue: Pending[];
	running: (Pending & { step: number; totalSteps: number }) | null;
	/** Stop was pressed: the comparison ends after the current run. */
	stopping: boolean;
	error: ErrorInfo | null;
	/** Whether the table is stored on this device. */
	kept: boolean;
}

/** Selected by default: plain LoRA, close variants, and full fine-tuning. */
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
	kept: true,
};

export const useMethods = create<MethodsState>()(() => initial);

/** Distinct whole numbers separated by commas; null for anything else. */
export function readSeeds(text: string): number[] | null {
	const parts = text
		.split(/[,，\s]+/)
		.filter((part) => part !== "")
		.map(Number);
	const good = parts.length > 0 && parts.every((seed) => Number.isInteger(seed) && seed >= 0 && seed < 2 ** 32);
	return good && new Set(parts).size === parts.length ? parts : null;
}

/** Every selected method with every seed, grouped by method. */
export const runsOf = (chosen: readonly string[], seeds: readonly number[]): Pending[] =>
	chosen.flatMap((method) => seeds.map((seed) => ({ method, seed })));

/** The table with one row replaced or appended. */
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

/** If it cannot be stored, the table lasts until the page closes. */
export function keepMethods(): void {
	const { chosen, seeds, table, queue } = useMethods.getState();
	try {
		localStorage.setItem(KEY, JSON.stringify({ chosen, seeds, table, queue } satisfies Kept));
		useMethods.setState({ kept: true });
	} catch {
		useMethods.setState({ kept: false });
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
		// An unreadable table is ignored.
	}
}
