// The row editor: all rows of the data set, fifty per page, with search, undo and redo. Changes become the training data
// when the dialog closes.

import { ChevronLeft, ChevronRight, Download, Plus, Redo2, ThumbsUp, Undo2 } from "lucide-react";
import { useEffect, useMemo, useRef } from "react";
import { useT } from "../../i18n/index.ts";
import { count } from "../../lib/format.ts";
import { Button } from "../../ui/Button.tsx";
import { Dialog } from "../../ui/Dialog.tsx";
import { Input } from "../../ui/Input.tsx";
import { useEngine } from "../model/store.ts";
import { DataEditorRow } from "./DataEditorRow.tsx";
import { change, foundRows, PAGE_ROWS, redoEdit, undoEdit, useEditor } from "./editor-store.ts";
import { blankLike, isRated } from "./own-rows.ts";
import { closeEditor, discardChanges, downloadRows } from "./row-actions.ts";
import { addRow, rateRows } from "./row-history.ts";
import { useData } from "./store.ts";

export function DataEditor() {
	const t = useT();
	const open = useEditor((s) => s.open);
	const gallery = useData((s) => s.origin?.kind === "gallery");
	const txt = useData((s) => s.source?.format === "txt");
	if (!open) return null;
	return (
		<Dialog
			open
			size="wide"
			onClose={() => void closeEditor()}
			title={t("data.edit.title")}
			description={
				<>
					{t("data.edit.about")} {gallery && t("data.edit.copy")} {txt && t("data.edit.paragraphs")}{" "}
					<span className="pointer-coarse:hidden">{t("data.edit.keys")}</span>
				</>
			}
			footer={<Footer />}
		>
			<Rows />
		</Dialog>
	);
}

/** Adds a row after `after`, or at the end, and focuses it. */
function add(after: number | null): void {
	const chat = useEngine.getState().model?.hasChatTemplate !== false;
	change(
		(history) => addRow(history, blankLike(history.rows, chat), after ?? history.rows.at(-1)?.id ?? null),
		(history) => history.nextId - 1,
	);
}

function onKeyDown(event: KeyboardEvent): void {
	if (event.isComposing || !(event.ctrlKey || event.metaKey) || event.altKey) return;
	const { target, key } = event;
	// The search box has its own undo.
	if (target instanceof HTMLInputElement) return;
	const letter = key.toLowerCase();
	if (letter === "z" && !event.shiftKey) undoEdit();
	else if (letter === "y" || letter === "z") redoEdit();
	else if (key === "Enter") {
		const row = target instanceof HTMLElement ? target.closest<HTMLElement>("[data-row]")?.dataset.row : undefined;
		add(row === undefined ? null : Number(row));
	} else return;
	event.preventDefault();
}

function Rows() {
	const t = useT();
	const rows = useEditor((s) => s.history?.rows);
	const query = useEditor((s) => s.query);
	const page = useEditor((s) => s.page);
	const goTo = useEditor((s) => s.goTo);
	const list = useRef<HTMLOListElement>(null);
	const found = useMemo(() => foundRows(rows ?? [], query), [rows, query]);
	useEffect(() => {
		document.addEventListener("keydown", onKeyDown);
		return () => document.removeEventListener("keydown", onKeyDown);
	}, []);
	useEffect(() => {
		if (goTo === null) return;
		const item = list.current?.querySelector<HTMLElement>(`[data-row="${goTo.id}"]`);
		if (item == null || (goTo.part === "field" && item.contains(document.activeElement))) return;
		item.querySelector<HTMLElement>(goTo.part === "field" ? "textarea" : "[data-delete]")?.focus();
		item.scrollIntoView({ block: "nearest" });
	}, [goTo]);
	if (rows === undefined) return <p className="help">{t("data.reading")}</p>;
	const pages = Math.max(1, Math.ceil(found.length / PAGE_ROWS));
	const at = Math.min(page, pages - 1);
	const shown = found.slice(at * PAGE_ROWS, (at + 1) * PAGE_ROWS);
	const systems = rows.some((row) => row.kind === "pair" && row.system !== "");
	return (
		<>
			<Bar found={found.length} all={rows.length} />
			{rows.length === 0 && <p className="help">{t("data.edit.none")}</p>}
			{rows.length > 0 && found.length === 0 && <p className="help">{t("data.edit.nothing", { query })}</p>}
			<ol ref={list} className="grid gap-2">
				{shown.map(({ row, place }) => (
					<DataEditorRow key={row.id} row={row} place={place} systems={systems} />
				))}
			</ol>
			{pages > 1 && <Pager page={at} pages={pages} found={found.length} />}
		</>
	);
}

function Bar({ found, all }: { found: number; all: number }) {
	const t = useT();
	const query = useEditor((s) => s.query);
	const canUndo = useEditor((s) => s.history !== null && s.history.past.length > 0);
	const canRedo = useEditor((s) => s.history !== null && s.history.future.length > 0);
	const canRate = useEditor(({ history }) => {
		const rows = history?.rows ?? [];
		return rows.length > 0 && rows.every(({ kind }) => kind === "pair") && !isRated(rows);
	});
	return (
		<div className="sticky -top-3 z-1 -mx-3 -mt-3 flex flex-wrap items-center gap-x-3 gap-y-2 border-b bg-card p-3 md:-top-4 md:-mx-4 md:-mt-4 md:px-4">
			<Input
				type="text"
				className="flex-[1_1_160px]"
				aria-label={t("data.edit.search")}
				placeholder={t("data.edit.search")}
				value={query}
				data-autofocus=""
				onChange={(event) => useEditor.setState({ query: event.target.value, page: 0, goTo: null })}
			/>
			<span className="help num" aria-live="polite">
				{query.trim() === ""
					? t("data.edit.count", { n: count(all) })
					: t("data.edit.found", { n: count(found), all: count(all) })}
			</span>
			<div className="flex flex-wrap items-center gap-2">
				<Button
					icon
					aria-label={t("data.edit.undo")}
					title={t("data.edit.undo")}
					disabled={!canUndo}
					onClick={undoEdit}
				>
					<Undo2 size={16} aria-hidden="true" />
				</Button>
				<Button
					icon
					aria-label={t("data.edit.redo")}
					title={t("data.edit.redo")}
					disabled={!canRedo}
					onClick={redoEdit}
				>
					<Redo2 size={16} aria-hidden="true" />
				</Button>
				{canRate && (
					<Button title={t("data.edit.rateHelp")} onClick={() => change(rateRows)}>
						<ThumbsUp size={16} aria-hidden="true" /> {t("data.edit.rate")}
					</Button>
				)}
				<Button onClick={() => add(null)}>
					<Plus size={16} aria-hidden="true" /> {t("data.edit.add")}
				</Button>
			</div>
		</div>
	);
}

function Pager({ page, pages, found }: { page: number; pages: number; found: number }) {
	const t = useT();
	const go = (to: number) => useEditor.setState({ page: to, goTo: null });
	const range = { from: count(page * PAGE_ROWS + 1), to: count(Math.min(found, (page + 1) * PAGE_ROWS)) };
	return (
		<nav className="flex items-center justify-between gap-2" aria-label={t("data.edit.page", range)}>
			<Button disabled={page === 0} onClick={() => go(page - 1)}>
				<ChevronLeft size={16} aria-hidden="true" /> {t("data.edit.previous")}
			</Button>
			<span className="help num">{t("data.edit.page", range)}</span>
			<Button disabled={page + 1 >= pages} onClick={() => go(page + 1)}>
				{t("data.edit.next")} <ChevronRight size={16} aria-hidden="true" />
			</Button>
		</nav>
	);
}

function Footer() {
	const t = useT();
	const changed = useEditor((s) => s.history !== null && s.history.rows !== s.opened);
	return (
		<>
			<Button className="mr-auto" onClick={() => void downloadRows()}>
				<Download size={16} aria-hidden="true" /> {t("data.edit.download")}
			</Button>
			<Button disabled={!changed} onClick={discardChanges}>
				{t("data.edit.discard")}
			</Button>
			<Button kind="primary" onClick={() => void closeEditor()}>
				{t("data.edit.done")}
			</Button>
		</>
	);
}
