// Reads all rows of a file without a model, and reports their shapes and everything that can be seen to be wrong with them.

import { TabTuneError } from "../../shared/errors.ts";
import { dataMessage, rowsMessage } from "../../shared/messages/index.ts";
import { type Message, textOf } from "../../shared/messages/message.ts";
import { RowEncoder } from "./encode.ts";
import { encodingWarnings } from "./encoding-warnings.ts";
import { type DataFile, rawRows, unitOf } from "./files.ts";
import { rowKey } from "./row-keys.ts";
import type { PreferenceRow } from "./row-kinds.ts";
import { Warnings } from "./warnings.ts";

const MOST_PROBLEMS = 20;

interface RowsReport {
	/** Valid rows. */
	readonly rows: number;
	/** Number of valid rows of each shape. */
	readonly shapes: Readonly<Record<string, number>>;
	readonly invalid_rows: number;
	/** The first invalid rows. */
	readonly problems: readonly { readonly line?: number; readonly row?: number; readonly problem: string }[];
	/** Rows that occur before, up to white space. */
	readonly duplicate_rows: number;
	readonly warnings: readonly Message[];
}

/** @throws TabTuneError of the first invalid row if no row is valid, or of what ends the reading */
export async function inspectRows(file: DataFile): Promise<RowsReport> {
	const warnings = new Warnings();
	const settings = { max_length: 1, assistant_only_loss: false, completion_only_loss: true };
	const encoder = new RowEncoder({ tokenizer: null, template: null, vocabSize: 0, settings }, warnings);
	const shapes: Record<string, number> = {};
	const problems: { line?: number; row?: number; problem: string }[] = [];
	const keys = new Set<string>();
	let [rows, invalid, duplicates] = [0, 0, 0];
	let first: TabTuneError | null = null;
	const note = (error: TabTuneError, number: number) => {
		first ??= error;
		if (++invalid > MOST_PROBLEMS) return;
		const { what, next } = error.parts;
		const problem = `${textOf(what)}${next === undefined ? "" : `: ${textOf(next)}`}`;
		problems.push({ [unitOf(file)]: number, problem });
	};
	for await (const { value, number, where } of rawRows(file, note)) {
		try {
			const { shape, row, trained } = encoder.read(value, where);
			shapes[shape] = (shapes[shape] ?? 0) + 1;
			rows++;
			if (!trained) warnings.add("skipped", where, (counted) => dataMessage("skipped", { rows: counted }));
			if (row.kind === "preference" && prefersNothing(row))
				warnings.add("same", where, (counted) => rowsMessage("samePairs", { rows: counted }));
			const key = rowKey(row);
			if (keys.has(key)) duplicates++;
			keys.add(key);
		} catch (error) {
			if (!(error instanceof TabTuneError)) throw error;
			note(error, number);
		}
	}
	if (rows === 0 && first !== null) throw first;
	return {
		rows,
		shapes,
		invalid_rows: invalid,
		problems,
		duplicate_rows: duplicates,
		warnings: [...encodingWarnings(file), ...warnings.messages()],
	};
}

function prefersNothing({ ids, chosen, rejected }: PreferenceRow): boolean {
	return JSON.stringify(ids?.chosen ?? chosen) === JSON.stringify(ids?.rejected ?? rejected);
}
