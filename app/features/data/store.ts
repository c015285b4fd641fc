// The data set in hand: where it came from, what the engine says of it, and the gallery it may be picked from.

import { create } from "zustand";
import type { DataFormat, DataInfo, DataSource, ErrorInfo, RowCheck, RunSettings } from "../../../src/engine/api.ts";
import type { LeftOut, Mapping, Table } from "./mapping.ts";
import type { Paste } from "./paste.ts";

interface Bilingual {
	en: string;
	zh: string;
}

/** One entry of public/gallery/index.json. */
export interface GallerySet {
	id: string;
	title: Bilingual;
	description: Bilingual;
	/** What to look for once it is trained. */
	lookFor?: Bilingual;
	/** File name beside index.json; its ending says the format. */
	file: string;
	/** Suggestions, laid over the page's defaults. */
	settings?: Partial<RunSettings>;
	/** The question to ask before, during and after training. */
	samplePrompt?: string;
	/** Prompts that are not among the rows: whether it learnt the manner shows on these. */
	heldOutPrompts?: string[];
	/** What tuned answers match and the base's do not. */
	check?: { pattern: string } | null;
}

export type DataOrigin =
	| { kind: "gallery"; id: string }
	| { kind: "paste" }
	| { kind: "file" }
	/** Edited here; `from` is the gallery set that it began as. */
	| { kind: "own"; from: string | null };

/** A table, and what its columns are taken for. */
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
	/** Share of the rows kept out of training, 0 … 0.5. */
	heldOut: number;
	status: "empty" | "reading" | "ready" | "failed";
	info: DataInfo | null;
	error: ErrorInfo | null;
	/** What the paste box was read as; null for other origins. */
	paste: Paste | null;
	/** How the rows in hand came out of a table; null where the engine reads the file itself. */
	mapped: (MappedTable & { leftOut: LeftOut[] }) | null;
	/** A table whose columns the person is being asked about. */
	asking: MappedTable | null;
	/** After a refusal: all that is wrong, row by row. */
	check: RowCheck | null;
	/** Rows of the person's own that this device keeps. */
	kept: { name: string; bytes: number } | null;
	/** Why the rows in hand are not kept. */
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

/** The format a file name's ending stands for, or null. */
export function formatOf(name: string): DataFormat | null {
	const ending = name.slice(name.lastIndexOf(".") + 1).toLowerCase();
	return Object.hasOwn(FORMATS, ending) ? FORMATS[ending] : null;
}
