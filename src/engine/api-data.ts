// Types of the data calls of EngineApi: data files, column mappings, tokenised rows, and problems found in a file.
import type { Separator } from "../shared/csv.ts";
import type { ColumnMapping, DataColumns, MappingFault } from "../shared/data-shapes.ts";
import type { Message, MessageText } from "../shared/messages/message.ts";

export type { ColumnMapping, DataColumns } from "../shared/data-shapes.ts";

export type DataFormat = "jsonl" | "json" | "csv" | "tsv" | "txt" | "parquet";

/** Encodings other than UTF-8 in which spreadsheets write text. */
export type TextEncoding = "utf-16le" | "utf-16be" | "gb18030" | "windows-1252";

export interface RowRange {
	readonly start: number;
	readonly end: number;
}

/** Options for reading a data file. */
export interface ReadOptions {
	/** Defaults to UTF-8. */
	encoding?: TextEncoding;
	/** Field separator of a table; detected if absent. */
	separator?: Separator;
	/** Single quotes delimit the fields of the table; double ones if absent. */
	quote?: "'";
	/** Other names of columns: from the name in the file to the field of a row. */
	columns?: Readonly<Record<string, string>>;
	/** The rows that are used, from `start` to before `end`, counted from 0. */
	range?: RowRange;
	/** Maps columns to the parts of a training row; without it, rows are used unchanged. */
	mapping?: ColumnMapping;
}

/** A data file. The worker streams `blob`, so it may be large. */
export interface DataSource extends ReadOptions {
	name: string;
	format: DataFormat;
	blob: Blob;
}

/** A data file after its format and columns were detected. */
export interface OpenedData {
	/** Includes a mapping if the column names are not the field names of a training row. */
	source: DataSource;
	/** The columns to map; null if the file needs no mapping. */
	columns: DataColumns | null;
	/** False if the mapping is a guess that the user should confirm. */
	certain: boolean;
}

/** A record that yields no training row, because one of its mapped columns is empty or missing. */
export interface UnmappedRecord {
	unit: "line" | "row";
	/** Counted from 1. */
	number: number;
	/** The name of the file, where a set has several. */
	file?: string;
	fault: MappingFault;
}

/** A token in the data preview. */
export interface DataToken {
	id: number;
	text: string;
	/** Whether this token is a training target. */
	trained: boolean;
}

/** A row in the data preview, with the tokens that training uses. */
export interface DataPreviewRow {
	index: number; // in the file, from 0
	/** For preference data: which answer of the pair. */
	side?: "chosen" | "rejected";
	tokens: DataToken[];
	truncated: boolean; // the row was cut at max_length
	/** The first tokens beyond the cut, at most 50. */
	cutTokens: DataToken[];
	/** Number of tokens beyond the cut. */
	cutCount: number;
	/** Whether the row is held out for evaluation. */
	heldOut: boolean;
}

/** Histogram of row lengths before truncation. Bin i counts rows of [i · width, (i + 1) · width) tokens. */
export interface LengthHistogram {
	width: number; // tokens
	/** The last bin also counts all longer rows. */
	counts: number[];
	longest: number; // tokens
	/** The limit in effect: the setting, or the model's context length if that is smaller. */
	max_length: number;
}

/** An invalid row and the reason. */
export interface RowProblem {
	/** What `number` counts (from 1): lines of the file, or rows of a JSON list. */
	unit: "line" | "row";
	number: number;
	/** What is wrong. */
	what: MessageText;
	/** How to fix it. */
	next?: MessageText;
}

/** Result of checking every row of a file. */
export interface RowCheck {
	/** The first 20 invalid rows. */
	problems: RowProblem[];
	/** Number of invalid rows. */
	badRows: number;
	/** Number of valid rows. */
	goodRows: number;
	/** The valid rows as JSON Lines; null if the file is too large to check. */
	good: Blob | null;
	/** False if part of the file is unreadable, for example after an unclosed quote or truncated JSON. */
	complete: boolean;
}

/** Summary of an encoded data set. */
export interface DataInfo {
	kind: string; // "messages", "prompt-completion", "text", "preference" for pairs of answers, …
	rows: number; // or pairs
	heldOutRows: number;
	skippedRows: number;
	/** Records that yield no row: their number, and the first 20. */
	unmapped: { count: number; first: UnmappedRecord[] };
	truncatedRows: number;
	tokens: number;
	trainedTokens: number;
	/** Optimiser steps in one epoch at the current batch size. */
	stepsPerEpoch: number;
	warnings: Message[];
	preview: DataPreviewRow[];
	/** Over all rows, including skipped and held-out rows. */
	lengths: LengthHistogram;
	/** Groups of identical rows, as row indices in the file (from 0); the first 20 groups. */
	duplicates: number[][];
	/** Redundant rows in all groups: each group counts all its rows except the first. */
	duplicateRows: number;
	/** Held-out rows that also occur in the training rows, so they measure memorisation, not generalisation. */
	leakedRows: number;
	/** A prompt in the style of the data, as a default for sampling. */
	samplePrompt: string;
}
