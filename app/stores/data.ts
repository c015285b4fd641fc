// The data set in hand: where it came from, what the engine says of it, and the gallery it may be picked from.

import { create } from "zustand";
import type { DataFormat, DataInfo, DataSource, ErrorInfo, RunSettings } from "../../src/engine/api.ts";
import type { Paste } from "../lib/paste.ts";

interface Bilingual {
	en: string;
	zh: string;
}

/** One entry of public/gallery/index.json. */
export interface GallerySet {
	id: string;
	title: Bilingual;
	description: Bilingual;
	/** File name beside index.json; its ending says the format. */
	file: string;
	/** Suggestions, laid over the page's defaults. */
	settings?: Partial<RunSettings>;
	/** The question to ask before, during and after training. */
	samplePrompt?: string;
}

export type DataOrigin = { kind: "gallery"; id: string } | { kind: "paste" } | { kind: "file" };

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
}));

const FORMATS: Record<string, DataFormat> = { jsonl: "jsonl", ndjson: "jsonl", json: "json", csv: "csv", txt: "txt" };

/** The format a file name's ending stands for, or null. */
export function formatOf(name: string): DataFormat | null {
	const ending = name.slice(name.lastIndexOf(".") + 1).toLowerCase();
	return Object.hasOwn(FORMATS, ending) ? FORMATS[ending] : null;
}
