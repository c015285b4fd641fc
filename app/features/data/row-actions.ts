// Changes to the rows: the editor, removing duplicates and invalid rows, and the download. Edited rows of a gallery set
// become the person's own copy.

import type { DataSource } from "../../../src/engine/api.ts";
import { toErrorInfo } from "../../engine.ts";
import { loadOwnRows, withCurrentRows } from "./actions.ts";
import { useEditor } from "./editor-store.ts";
import { type OwnRow, readOwnRows, writeOwnRows } from "./own-rows.ts";
import { startHistory } from "./row-history.ts";
import { rowLines } from "./row-lines.ts";
import { type DataOrigin, useData } from "./store.ts";

/** The largest text, in bytes, that the editor opens: each row becomes elements and history. */
const LARGEST_EDITED = 8e6;
/** What a byte of Parquet may hold as text. */
const PARQUET_RATIO = 8;

export const isEditable = ({ format, blob }: DataSource): boolean =>
	blob.size * (format === "parquet" ? PARQUET_RATIO : 1) <= LARGEST_EDITED;

async function currentRows(): Promise<OwnRow[]> {
	const { source } = useData.getState();
	return source === null ? [] : readOwnRows(await rowLines(source));
}

export async function openEditor(): Promise<void> {
	const { source } = useData.getState();
	const editor = useEditor.getState();
	const known = editor.history !== null && editor.source === source;
	useEditor.setState({ open: true, query: "", page: 0, goTo: null });
	if (known) {
		useEditor.setState({ opened: editor.history?.rows ?? [] });
		return;
	}
	useEditor.setState({ history: null, opened: [] });
	try {
		const rows = await currentRows();
		if (useData.getState().source !== source) return;
		useEditor.setState({ history: startHistory(rows), source, opened: rows });
	} catch (error) {
		useEditor.setState({ open: false });
		useData.setState({ error: toErrorInfo(error) });
	}
}

/** Closes the editor and uses the edited rows. */
export async function closeEditor(): Promise<void> {
	const { history, opened, open } = useEditor.getState();
	if (!open) return;
	useEditor.setState({ open: false });
	if (history === null || history.rows === opened) return;
	const described = adoptRows(history.rows);
	// The new source is already set; the history belongs to it.
	useEditor.setState({ source: useData.getState().source });
	await described;
}

/** Restores the rows as they were when the editor was opened; this can be undone. */
export function discardChanges(): void {
	useEditor.setState(({ history, opened }) =>
		history === null || history.rows === opened
			? {}
			: { history: { ...history, rows: opened, past: [...history.past, history.rows], future: [], typing: null } },
	);
}

async function adoptRows(rows: readonly OwnRow[]): Promise<void> {
	const text = writeOwnRows(rows);
	const { source } = useData.getState();
	const name = source?.name ?? "rows";
	if (text === "") {
		const replaced = withCurrentRows();
		const origin = ownOrigin();
		useData.setState({ origin, replaced, source: null, status: "empty", info: null, error: null, check: null });
		return;
	}
	await loadOwnRows({ name, format: "jsonl", blob: new Blob([text]) }, ownOrigin());
}

/** Edited rows remember the gallery set that they were copied from, whose sample prompt they use. */
function ownOrigin(): DataOrigin {
	const { origin } = useData.getState();
	if (origin?.kind === "own") return origin;
	return { kind: "own", from: origin?.kind === "gallery" ? origin.id : null };
}

/** Removes all but the first row of each group of equal rows. */
export async function removeDuplicates(): Promise<void> {
	const { source, info } = useData.getState();
	if (source === null || info === null) return;
	let groups = info.duplicates;
	// The engine lists twenty groups at a time.
	for (let round = 0; groups.length > 0 && round < 50; round++) {
		const rows = await currentRows();
		const drop = new Set(groups.flatMap((group) => group.slice(1)));
		await adoptRows(rows.filter((_, place) => !drop.has(place)));
		// Other rows or settings were loaded meanwhile: the row numbers no longer apply.
		if (useData.getState().status !== "ready") return;
		groups = useData.getState().info?.duplicates ?? [];
	}
}

/** Uses the valid rows of a refused file. */
export async function keepValidRows(): Promise<void> {
	const { check, source } = useData.getState();
	if (check?.good == null || source === null) return;
	await loadOwnRows({ name: source.name, format: "jsonl", blob: check.good }, ownOrigin());
}

/** Downloads the rows as JSONL, whatever format they were loaded from. */
export async function downloadRows(): Promise<void> {
	const { source } = useData.getState();
	const { history, open } = useEditor.getState();
	const rows = open && history !== null ? history.rows : await currentRows();
	const url = URL.createObjectURL(new Blob([`${writeOwnRows(rows)}\n`], { type: "application/jsonl" }));
	const link = document.createElement("a");
	link.href = url;
	link.download = `${(source?.name ?? "rows").replace(/\.\w+$/, "")}.jsonl`;
	link.click();
	setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
