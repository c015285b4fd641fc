// Types of the data calls: files, their columns, rows as tokens, and the problems that were found.
import type { Separator } from "../shared/csv.ts";
import type { ColumnMapping, DataColumns, MappingFault } from "../shared/data-shapes.ts";
import type { MessageText } from "../shared/messages/message.ts";

export type { ColumnMapping, DataColumns } from "../shared/data-shapes.ts";

export type DataFormat = "jsonl" | "json" | "csv" | "tsv" | "txt" | "parquet";

/** Encodings other than UTF-8 in which spreadsheets write text. */
export type TextEncoding = "utf-16le" | "utf-16be" | "gb18030";

/** How a file is read, beyond its format. */
export interface ReadOptions {
	/** By default UTF-8. */
	encoding?: TextEncoding;
	/** What separates the fields of a table; by default it is detected. */
	separator?: Separator;
	/** Which columns become which part of a row; by default the rows are trained as they are. */
	mapping?: ColumnMapping;
}

/** A data file. `blob` may be large: the worker streams it. */
export interface DataSource extends ReadOptions {
	name: string;
	format: DataFormat;
	blob: Blob;
}

/** A file that was recognised. */
export interface OpenedData {
	/** With a mapping when the file has columns whose names are no names of a training row. */
	source: DataSource;
	/** The columns that the mapping is about. */
	columns: DataColumns | null;
	/** False when the mapping is a guess, and someone should be asked. */
	certain: boolean;
}

/** A record without a row: the mapping found nothing in one of its columns. */
export interface UnmappedRecord {
	unit: "line" | "row";
	/** From 1. */
	number: number;
	fault: MappingFault;
}

export interface DataToken {
	id: number;
	text: string;
	/** True when this token is a training target. */
	trained: boolean;
}

export interface DataPreviewRow {
	index: number; // in the file, from 0
	/** Of a pair of answers, which of them. */
	side?: "chosen" | "rejected";
	tokens: DataToken[];
	truncated: boolean; // the row was cut at max_length
	/** The first tokens past the cut, at most 50, as they would have been read. */
	cutTokens: DataToken[];
	/** All tokens past the cut. */
	cutCount: number;
	/** Kept out of training, to be measured. */
	heldOut: boolean;
}

/** How many rows have how many tokens, before any cut: bin i counts lengths of [i · width, (i + 1) · width). */
export interface LengthHistogram {
	width: number; // tokens
	/** The last bin counts all that are longer, too. */
	counts: number[];
	longest: number; // tokens
	/** The length in use: the setting, or what the model can hold when that is less. */
	max_length: number;
}

/** A row that cannot be trained on, and why. */
export interface RowProblem {
	/** What `number` counts, from 1: lines of the file, or rows of a JSON list. */
	unit: "line" | "row";
	number: number;
	what: MessageText;
	next?: MessageText;
}

/** What of a file is good. */
export interface RowCheck {
	/** The first twenty rows that are not. */
	problems: RowProblem[];
	/** All of them. */
	badRows: number;
	goodRows: number;
	/** The good rows, one JSON object a line; null when the file is too large to check. */
	good: Blob | null;
	/** False where the rest could not be read: a quote that never ends, JSON that breaks off. */
	complete: boolean;
}

export interface DataInfo {
	kind: string; // "messages", "prompt-completion", "text", "preference" for pairs of answers, …
	rows: number; // or pairs
	heldOutRows: number;
	skippedRows: number;
	/** Records without a row: how many, and the first twenty. */
	unmapped: { count: number; first: UnmappedRecord[] };
	truncatedRows: number;
	tokens: number;
	trainedTokens: number;
	/** Optimiser steps in one epoch at the current batch size. */
	stepsPerEpoch: number;
	warnings: string[];
	preview: DataPreviewRow[];
	/** Of all rows, skipped and held-out ones too. */
	lengths: LengthHistogram;
	/** Rows that read the same, as places in the file from 0: the first twenty groups. */
	duplicates: number[][];
	/** Rows beyond the first of each group, in all groups. */
	duplicateRows: number;
	/** Held-out rows that also stand among the trained ones: they measure memory, not learning. */
	leakedRows: number;
	/** A prompt in the style of the data, for the sample box. */
	samplePrompt: string;
}
