// State of the row editor: rows with their undo history, search and current page. The history outlives the dialog, so that
// undo still works when the editor is opened again on the same rows.

import { create } from "zustand";
import type { DataSource } from "../../../src/engine/api.ts";
import { type OwnRow, rowText } from "./own-rows.ts";
import { firstChange, type History, redo, undo } from "./row-history.ts";

/** Rows per page: each has two or three text boxes. */
export const PAGE_ROWS = 50;

export interface EditorState {
	open: boolean;
	/** Null until the rows are read. */
	history: History | null;
	/** The source that the rows were read from or last written to. */
	source: DataSource | null;
	/** The rows when the editor was opened, for "Discard changes". */
	opened: readonly OwnRow[];
	query: string;
	page: number;
	/** The row to scroll to and focus; the counter makes a repeated request distinct. */
	goTo: { id: number; count: number; part: "field" | "delete" } | null;
}

export const useEditor = create<EditorState>()(() => ({
	open: false,
	history: null,
	source: null,
	opened: [],
	query: "",
	page: 0,
	goTo: null,
}));

/** Rows that match the search, with their indices. */
export function foundRows(rows: readonly OwnRow[], query: string): { row: OwnRow; place: number }[] {
	const all = rows.map((row, place) => ({ row, place }));
	const needle = query.trim().toLowerCase();
	return needle === "" ? all : all.filter(({ row }) => rowText(row).toLowerCase().includes(needle));
}

/** Applies an edit; `show` is the row to scroll to, `part` the field to focus. */
export function change(
	edit: (history: History) => History,
	show?: (history: History) => number | null,
	part: "field" | "delete" = "field",
): void {
	useEditor.setState((state) => {
		if (state.history === null) return state;
		const history = edit(state.history);
		if (history === state.history) return state;
		const id = show?.(history) ?? null;
		return id === null ? { history } : { history, ...shown(state, history, id, part) };
	});
}

/** Opens the page that contains a row, and clears a search that hides it. */
function shown(state: EditorState, { rows }: History, id: number, part: "field" | "delete"): Partial<EditorState> {
	const inQuery = foundRows(rows, state.query).findIndex(({ row }) => row.id === id);
	const query = inQuery < 0 ? "" : state.query;
	const place = inQuery < 0 ? rows.findIndex((row) => row.id === id) : inQuery;
	const goTo = { id, count: (state.goTo?.count ?? 0) + 1, part };
	return { query, page: Math.max(0, Math.floor(place / PAGE_ROWS)), goTo };
}

export function undoEdit(): void {
	const before = useEditor.getState().history?.rows ?? [];
	change(undo, ({ rows }) => firstChange(before, rows));
}

export function redoEdit(): void {
	const before = useEditor.getState().history?.rows ?? [];
	change(redo, ({ rows }) => firstChange(before, rows));
}
