// Checks every row of a file that was refused: lists all problems at once and collects the valid rows as a new file.
// Training itself stops at the first invalid row (encode-file.ts).

import { TabTuneError } from "../../shared/errors.ts";
import type { MessageText } from "../../shared/messages/message.ts";
import type { RowCheck, RowProblem } from "../api.ts";
import { type EncodeOptions, RowEncoder } from "./encode.ts";
import { type DataFile, rawRows, unitOf } from "./files.ts";
import { Warnings } from "./warnings.ts";

const MOST_PROBLEMS = 20;
/** Characters of valid rows that are kept in memory; of larger files only the problems are reported. */
const LARGEST_KEPT = 1 << 26;

/** @throws TabTuneError for a .txt file, which has no rows; all other problems are in the result. */
export async function checkRows(file: DataFile, options: EncodeOptions): Promise<RowCheck> {
	const unit = unitOf(file);
	const problems: RowProblem[] = [];
	const kept: string[] = [];
	const encoder = new RowEncoder(options, new Warnings());
	let badRows = 0;
	let goodRows = 0;
	let complete = true;
	let keptLength = 0;
	const note = ({ parts: { what, next } }: TabTuneError, number: number) => {
		badRows++;
		if (problems.length < MOST_PROBLEMS) problems.push({ unit, number, what, next });
	};
	try {
		for await (const { value, number, where } of rawRows(file, note)) {
			try {
				const { row, rating } = encoder.read(value, where);
				if (row.kind === "preference") await encoder.encodePair(row, where);
				else if (rating !== undefined) encoder.encodeAnswer(row, where);
				else encoder.encode(row, where);
			} catch (error) {
				if (!(error instanceof TabTuneError)) throw error;
				note(error, number);
				continue;
			}
			goodRows++;
			if (keptLength > LARGEST_KEPT) continue;
			const line = `${JSON.stringify(value)}\n`;
			keptLength += line.length;
			kept.push(line);
		}
	} catch (error) {
		// Errors that end the reading: an unclosed quote, truncated JSON, bytes that are not text.
		if (!(error instanceof TabTuneError)) throw error;
		complete = false;
		const { what, where, next } = error.parts;
		const number = lineIn(where ?? "") ?? lineIn(what) ?? 1;
		if (goodRows + badRows > 0 || unit === "line") problems.push({ unit: "line", number, what, next });
	}
	const whole = keptLength <= LARGEST_KEPT;
	const good = goodRows > 0 && whole ? new Blob(kept, { type: "application/jsonl" }) : null;
	return { problems, badRows, goodRows, good, complete };
}

/** The line number that a message states. */
function lineIn(text: MessageText): number | null {
	if (typeof text === "string") return null;
	for (const [name, value] of Object.entries(text.values)) {
		const line = name === "line" ? Number(value) : typeof value === "object" ? lineIn(value) : null;
		if (line !== null) return line;
	}
	return null;
}
