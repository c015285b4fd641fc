// State of the training data: its source, the engine's description of it, and the gallery.

import { create } from "zustand";
import type { DataFormat, DataInfo, DataSource, ErrorInfo, RowCheck, RunSettings } from "../../../src/engine/api.ts";
import type { LeftOut, Mapping, Table } from "./mapping.ts";
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

/** A table and the meaning of its columns. */
export interface MappedTable {
	name: string;
	table: Table;
	mapping: Mapping;
}

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
	/** How pasted text was recognised; null for other sources. */
	paste: Paste | null;
	/** How the rows were read from a table; null if the engine reads the file directly. */
	mapped: (MappedTable & { leftOut: LeftOut[] }) | null;
	/** A table whose columns the user is being asked about. */
	asking: MappedTable | null;
	/** All problems of a rejected file, row by row. */
	check: RowCheck | null;
	/** The user's own rows that are stored on this device. */
	kept: { name: string; bytes: number } | null;
	/** Why the current rows are not stored. */
	unkept: "too-large" | "refused" | null;
}

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
	mapped: null,
	asking: null,
	check: null,
	kept: null,
	unkept: null,
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
