// Edits of rows with undo and redo, as pure functions. Each state keeps the lists before and after it, which share their
// rows. Typing in one field without a pause is one step. To add an edit: a function from History to History that calls
// `changed`.

import type { OwnRow } from "./own-rows.ts";

export interface History {
	readonly rows: readonly OwnRow[];
	readonly past: readonly (readonly OwnRow[])[];
	readonly future: readonly (readonly OwnRow[])[];
	/** The field last typed into and when, so that continuous typing is one undo step. */
	readonly typing: { readonly key: string; readonly at: number } | null;
	readonly nextId: number;
}

/** The part of a row that a field edits. */
export type RowPatch = Partial<Record<RowField, string>> & { readonly rating?: boolean };
export type RowField = "system" | "prompt" | "answer" | "text" | "json";

const MOST_STEPS = 200;
/** A pause this long, in milliseconds, starts a new undo step. */
const PAUSE = 1000;

export function startHistory(rows: readonly OwnRow[]): History {
	const nextId = rows.reduce((next, { id }) => Math.max(next, id + 1), 0);
	return { rows, past: [], future: [], typing: null, nextId };
}

function changed(history: History, rows: readonly OwnRow[]): History {
	return { ...history, rows, past: [...history.past, history.rows].slice(-MOST_STEPS), future: [], typing: null };
}

/** @param at milliseconds of a monotonic clock */
export function editRow(history: History, id: number, patch: RowPatch, at: number): History {
	const key = `${id} ${Object.keys(patch).join(" ")}`;
	const rows = history.rows.map((row) => (row.id === id ? { ...row, ...patch } : row));
	const on = history.typing?.key === key && at - history.typing.at < PAUSE;
	return { ...(on ? { ...history, rows } : changed(history, rows)), typing: { key, at } };
}

/** Inserts a row after `after`, or first if null. The id of the new row is the old `nextId`. */
export function addRow(history: History, row: Omit<OwnRow, "id">, after: number | null): History {
	const place = after === null ? 0 : history.rows.findIndex(({ id }) => id === after) + 1;
	const rows = [...history.rows];
	rows.splice(place, 0, { ...row, id: history.nextId } as OwnRow);
	return { ...changed(history, rows), nextId: history.nextId + 1 };
}

export function duplicateRow(history: History, id: number): History {
	const row = history.rows.find((other) => other.id === id);
	return row === undefined ? history : addRow(history, row, id);
}

export function removeRow(history: History, id: number): History {
	return changed(
		history,
		history.rows.filter((row) => row.id !== id),
	);
}

/** Rates every question and answer as good, to be changed row by row. */
export function rateRows(history: History): History {
	return changed(
		history,
		history.rows.map((row) => (row.kind === "pair" ? { ...row, rating: true } : row)),
	);
}

export function undo(history: History): History {
	const before = history.past.at(-1);
	if (before === undefined) return history;
	const { rows, past, future } = history;
	return { ...history, rows: before, past: past.slice(0, -1), future: [rows, ...future], typing: null };
}

export function redo(history: History): History {
	const [after] = history.future;
	if (after === undefined) return history;
	const { rows, past, future } = history;
	return { ...history, rows: after, past: [...past, rows], future: future.slice(1), typing: null };
}

/** The first row in which two lists differ, to show after an undo; null if one list is a prefix of the other. */
export function firstChange(before: readonly OwnRow[], after: readonly OwnRow[]): number | null {
	const place = after.findIndex((row, i) => row !== before[i]);
	if (place >= 0) return after[place].id;
	return after.at(-1)?.id ?? null;
}
