// The current data set: where it came from, what the engine found in it, and the gallery.

import { create } from "zustand";
import type {
	DataColumns,
	DataFormat,
	DataInfo,
	DataSource,
	ErrorInfo,
	RowCheck,
	RunSettings,
} from "../../../src/engine/api.ts";
import type { Paste } from "./paste.ts";

interface Bilingual {
	en: string;
	zh: string;
}

/** An entry of public/gallery/index.json. */
export interface GallerySet {
	id: string;
	title: Bilingual;
	description: Bilingual;
	/** What to look for after training. */
	lookFor?: Bilingual;
	/** File name beside index.json; its extension gives the format. */
	file: string;
	/** Suggested settings, applied over the page's defaults. */
	settings?: Partial<RunSettings>;
	/** The prompt asked before, during and after training. */
	samplePrompt?: string;
	/** Prompts that are not among the rows, to test whether the style generalises. */
	heldOutPrompts?: string[];
	/** A pattern that tuned answers match and the base's do not. */
	check?: { pattern: string } | null;
}

export type DataOrigin =
	| { kind: "gallery"; id: string }
	| { kind: "paste" }
	| { kind: "file" }
	/** Edited rows; `from` is the gallery set they came from. */
	| { kind: "own"; from: string | null };

export interface DataState {
	gallery: GallerySet[];
	galleryFailed: boolean;
	origin: DataOrigin | null;
	source: DataSource | null;
	/** Fraction of the rows kept out of training, 0 to 0.5. */
	heldOut: number;
	status: "empty" | "reading" | "ready" | "failed";
	info: DataInfo | null;
	error: ErrorInfo | null;
	/** How pasted text was read; null for other origins. */
	paste: Paste | null;
	/** The columns that the mapping of `source` is about; null when it has none. */
	columns: DataColumns | null;
	/** A file whose columns the page asks about; its mapping is the suggestion. */
	asking: {
		source: DataSource;
		columns: DataColumns;
		origin: DataOrigin;
		paste?: Paste | null;
		/** Append the rows to the current ones. */
		append?: boolean;
	} | null;
	/** After the rows were refused: the problems, row by row. */
	check: RowCheck | null;
	/** The person's own rows that are stored on this device. */
	kept: { name: string; bytes: number } | null;
	/** Why the current rows are not stored. */
	unkept: "too-large" | "refused" | null;
	/** Own rows that other rows replaced, which Undo restores: the latest is last. */
	replaced: readonly OwnRows[];
	/** A file that cannot be used. The rows loaded before stay. */
	refused: { name: string; error: ErrorInfo } | null;
	/** A run.json that was added as if it were data. */
	settingsFile: { name: string; text: string } | null;
}

/** The person's own rows, and how they were read. */
export type OwnRows = Pick<DataState, "paste" | "columns"> & { source: DataSource; origin: DataOrigin };

export const useData = create<DataState>()(() => ({
	gallery: [],
	galleryFailed: false,
	origin: null,
	source: null,
	heldOut: 0.1,
	status: "empty",
	info: null,
	error: null,
	paste: null,
	columns: null,
	asking: null,
	check: null,
	kept: null,
	unkept: null,
	replaced: [],
	refused: null,
	settingsFile: null,
}));

const FORMATS: Record<string, DataFormat> = {
	jsonl: "jsonl",
	ndjson: "jsonl",
	json: "json",
	csv: "csv",
	tsv: "tsv",
	txt: "txt",
};

/** The format for a file name's extension, or null. */
export function formatOf(name: string): DataFormat | null {
	const ending = name.slice(name.lastIndexOf(".") + 1).toLowerCase();
	return Object.hasOwn(FORMATS, ending) ? FORMATS[ending] : null;
}
