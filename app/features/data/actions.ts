// Loads rows and asks the engine to describe them. The last request wins: an answer that arrives after a newer request is
// dropped. data-files.ts (files, pasted text) and row-actions.ts (edits) end in `loadOwnRows`.

import type { DataInfo, DataSource, ErrorInfo, RunSettings } from "../../../src/engine/api.ts";
import { PAGE_DEFAULTS, type SettingName } from "../../../src/shared/settings.ts";
import { toErrorInfo } from "../../engine.ts";
import { suggestPrompt } from "../compare/actions.ts";
import { useEngine } from "../model/store.ts";
import { adoptBaseline, adoptOwnRows, followRows, useSettings } from "../settings/store.ts";
import { forgetRows, keepRows, keptRows } from "./kept-rows.ts";
import { type DataOrigin, type DataState, formatOf, type GallerySet, type OwnRows, useData } from "./store.ts";

const GALLERY = `${import.meta.env.BASE_URL}gallery/`;

/** Settings that the description of the rows depends on. */
export const DATA_FIELDS: readonly SettingName[] = [
	"max_length",
	"packing",
	"loss_type",
	"assistant_only_loss",
	"completion_only_loss",
	"chat_template_kwargs",
	"per_device_train_batch_size",
	"gradient_accumulation_steps",
	"seed",
	"shuffle",
];

/** The largest refused file, in bytes, whose rows are all checked. */
const LARGEST_CHECKED = 64e6;

/** Codes of errors that are about the rows. */
const ROW_ERRORS = ["data", "tokenizer", "not-yet"];
/** The number of replaced row sets that can be restored. */
const MOST_REPLACED = 10;

/** State that is reset when other rows are loaded. */
const FRESH = {
	error: null,
	paste: null,
	columns: null,
	asking: null,
	check: null,
	unkept: null,
	refused: null,
	settingsFile: null,
} as const;

let question = 0;

/** Starts a request; answers to earlier ones are dropped. @returns a function that says whether this is still the last one */
export function newRequest(): () => boolean {
	const mine = ++question;
	return () => mine === question;
}

export async function loadGallery(): Promise<GallerySet[]> {
	const kept = keptRows();
	useData.setState({ kept: kept && { name: kept.source.name, bytes: kept.source.blob.size } });
	try {
		const response = await fetch(`${GALLERY}index.json`);
		if (!response.ok) throw new Error(`${response.status} ${response.statusText}`);
		const gallery: GallerySet[] = await response.json();
		useData.setState({ gallery, galleryFailed: false });
		return gallery;
	} catch {
		useData.setState({ gallery: [], galleryFailed: true });
		return [];
	}
}

/** Loads a gallery set. Its suggested settings replace the current ones, with `texts` (from the link) on top; null keeps the current ones. */
export async function chooseSet(
	set: GallerySet,
	texts: Partial<Record<SettingName, string>> | null = {},
): Promise<void> {
	const isCurrent = newRequest();
	// Own rows that are stored on this device have a tile; others can be restored with Undo.
	const replaced = useData.getState().unkept === null ? useData.getState().replaced : withCurrentRows();
	useData.setState({ ...FRESH, replaced, origin: { kind: "gallery", id: set.id }, status: "reading" });
	if (texts !== null) adoptBaseline({ ...PAGE_DEFAULTS, ...set.settings }, texts);
	try {
		const response = await fetch(`${GALLERY}${set.file}`);
		if (!response.ok) throw new Error(`${set.file}: ${response.status} ${response.statusText}`);
		const blob = await response.blob();
		if (!isCurrent()) return;
		useData.setState({ source: { name: set.id, format: formatOf(set.file) ?? "jsonl", blob } });
		await describeRows();
	} catch (error) {
		if (isCurrent()) useData.setState({ status: "failed", info: null, source: null, error: toErrorInfo(error) });
	}
}

/**
 * Uses the person's own rows. The settings stay, and a link states them relative to the page's defaults. A file without a
 * usable row does not replace the rows before it.
 */
export async function loadOwnRows(
	source: DataSource,
	origin: DataOrigin,
	said: Partial<Pick<DataState, "paste" | "columns" | "replaced">> = {},
): Promise<void> {
	newRequest();
	const before = useData.getState();
	const { forRows, baseline, stepsFollow } = useSettings.getState();
	useData.setState({ ...FRESH, replaced: withCurrentRows(source), ...said, origin, source });
	adoptOwnRows();
	await describeRows();
	const { source: now, status, error, check } = useData.getState();
	if (now !== source) return;
	const refused = status === "failed" && error !== null && ROW_ERRORS.includes(error.code);
	if (!refused || (check?.goodRows ?? 0) > 0 || before.source === null) {
		void keep(source, origin);
		return;
	}
	const { source: rows, origin: from, paste, columns, info, unkept, replaced } = before;
	useData.setState({
		...FRESH,
		source: rows,
		origin: from,
		paste,
		columns,
		info,
		unkept,
		replaced,
		status: before.status,
	});
	useSettings.setState({ forRows, baseline, stepsFollow });
	refuseOwnRows(source.name, error);
}

/** The rows that Undo restores once `next` replaces the current own rows, or those stored on this device. */
export function withCurrentRows(next: DataSource | null = null): readonly OwnRows[] {
	const { origin, source, paste, columns, replaced } = useData.getState();
	if (origin !== null && origin.kind !== "gallery") {
		// The same file with other columns replaces nothing.
		if (source === null || source.blob === next?.blob) return replaced;
		return [...replaced, { source, origin, paste, columns }].slice(-MOST_REPLACED);
	}
	const kept = keptRows();
	if (kept === null) return replaced;
	const rows: OwnRows = { source: kept.source, origin: { kind: "own", from: kept.from }, paste: null, columns: null };
	return [...replaced, rows].slice(-MOST_REPLACED);
}

/** Restores the own rows that were replaced last. */
export async function undoReplace(): Promise<void> {
	const { replaced } = useData.getState();
	const last = replaced.at(-1);
	if (last === undefined) return;
	const { source, origin, paste, columns } = last;
	await loadOwnRows(source, origin, { paste, columns, replaced: replaced.slice(0, -1) });
}

/** Shows why a file cannot be used. The rows before it stay. */
export function refuseOwnRows(name: string, error: ErrorInfo): void {
	useData.setState({ asking: null, refused: { name, error } });
	void describeAgain();
}

/** Describes the rows again if an answer about them was dropped. */
export async function describeAgain(): Promise<void> {
	const { source, status } = useData.getState();
	if (source !== null && status !== "ready") await describeRows();
}

async function keep(source: DataSource, origin: DataOrigin): Promise<void> {
	const done = await keepRows(source, origin.kind === "own" ? origin.from : null);
	if (done === "kept") useData.setState({ kept: { name: source.name, bytes: source.blob.size } });
	else if (useData.getState().source === source) useData.setState({ unkept: done });
}

/** Loads the rows that are stored on this device. @returns false when there are none */
export async function restoreOwnRows(): Promise<boolean> {
	const kept = keptRows();
	if (kept === null) return false;
	await loadOwnRows(kept.source, { kind: "own", from: kept.from }, { replaced: useData.getState().replaced });
	return true;
}

/** Removes the stored rows from this device; the page keeps using them. */
export function forgetOwnRows(): void {
	forgetRows();
	useData.setState({ kept: null });
}

/** Asks the engine to describe the rows under the current settings. Without a model it does nothing. */
export async function describeRows(): Promise<void> {
	const { api, model } = useEngine.getState();
	const { source, heldOut } = useData.getState();
	if (source === null) return;
	const isCurrent = newRequest();
	useData.setState({ status: "reading" });
	if (api === null || model === null) return;
	const settings: RunSettings = useSettings.getState().settings;
	try {
		const info = withGalleryPrompt(await api.describeData(source, settings, heldOut));
		if (!isCurrent()) return;
		useData.setState({ status: "ready", info, error: null, check: null });
		if (useData.getState().origin?.kind !== "gallery") followRows(info.stepsPerEpoch);
		void suggestPrompt(info.samplePrompt);
	} catch (caught) {
		if (!isCurrent()) return;
		const error = toErrorInfo(caught);
		useData.setState({ status: "failed", info: null, error, check: null });
		if (!ROW_ERRORS.includes(error.code)) return;
		if (source.format === "txt" || source.blob.size > LARGEST_CHECKED) return;
		// The error names the first invalid row. The others follow; if that fails, the error is shown alone.
		const check = await api.checkRows(source, settings).catch(() => null);
		if (isCurrent()) useData.setState({ check });
	}
}

/** A gallery set names the best sample prompt for its rows; other rows use a prompt in the style of the first. */
function withGalleryPrompt(info: DataInfo): DataInfo {
	const { origin, gallery } = useData.getState();
	const id = origin?.kind === "gallery" ? origin.id : origin?.kind === "own" ? origin.from : null;
	const set = gallery.find((entry) => entry.id === id);
	return set?.samplePrompt === undefined ? info : { ...info, samplePrompt: set.samplePrompt };
}
