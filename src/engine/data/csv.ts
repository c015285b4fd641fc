// CSV by RFC 4180, streamed: commas (or tabs), quotes that double inside quotes, line breaks inside quotes, CRLF or LF,
// one header line. A quote inside an unquoted field is kept as it stands, as Python's csv does.
import { TabTuneError } from "../../shared/errors.ts";

export interface CsvRow {
	readonly values: Record<string, string>;
	/** Line of the file that the row starts on, from 1. */
	readonly line: number;
}

export type Separator = "," | "\t";

/**
 * Rows under the names of the header line.
 * @param onBad takes a row whose number of fields is not the header's, and the reading goes on; without it that is thrown
 * @throws TabTuneError "data" for a quote without end, a header that cannot be used, or such a row
 */
export async function* csvRows(
	pieces: AsyncIterable<string>,
	file: string,
	separator: Separator = ",",
	onBad?: (error: TabTuneError, line: number) => void,
): AsyncGenerator<CsvRow> {
	let header: readonly string[] | null = null;
	for await (const { fields, line } of records(pieces, file, separator)) {
		if (header === null) {
			header = fields.map((name) => name.trim());
			checkHeader(header, file, separator);
			continue;
		}
		if (fields.length === 1 && fields[0] === "") continue; // a blank line
		if (fields.length !== header.length) {
			const error = new TabTuneError("data", {
				what: `the row has ${fields.length} fields, the header ${header.length} (${header.join(", ")})`,
				where: `${file}, line ${line}`,
				next: `put fields that hold ${separator === "," ? "commas" : "tabs"} or line breaks in double quotes, and write a quote inside them as ""`,
			});
			if (onBad === undefined) throw error;
			onBad(error, line);
			continue;
		}
		yield { values: Object.fromEntries(header.map((name, i) => [name, fields[i]])), line };
	}
}

function checkHeader(header: readonly string[], file: string, separator: Separator): void {
	const where = `${file}, line 1`;
	const twice = header.find((name, i) => header.indexOf(name) !== i);
	if (twice !== undefined)
		throw new TabTuneError("data", {
			what: `the header names ${JSON.stringify(twice)} twice`,
			where,
			next: "give every column a name of its own",
		});
	const other = [";", ",", "\t", "|"].find((mark) => header.length === 1 && header[0].includes(mark));
	if (other !== undefined) {
		throw new TabTuneError("data", {
			what: `the fields seem to be parted by ${JSON.stringify(other)}, not by ${separator === "," ? "commas" : "tabs"}`,
			where,
			next: "save the table as CSV with commas",
		});
	}
}

/** Records of fields; a machine of four states fed by pieces that may be cut anywhere. */
async function* records(
	pieces: AsyncIterable<string>,
	file: string,
	separator: Separator,
): AsyncGenerator<{ fields: string[]; line: number }> {
	let state: "start" | "plain" | "quoted" | "after-quote" = "start"; // of the field in hand
	let fields: string[] = [];
	let field = "";
	let line = 1; // in hand
	let startLine = 1; // of the record in hand
	let quoteLine = 1; // of the last opening quote
	let lastWasReturn = false;

	for await (const piece of pieces) {
		for (const character of piece) {
			const afterReturn = lastWasReturn;
			lastWasReturn = character === "\r";
			if (state === "quoted") {
				if (character === '"') state = "after-quote";
				else field += character;
				if (character === "\n") line++;
				continue;
			}
			if (character === "\n" && afterReturn) continue; // the record ended at the "\r"
			if (state === "after-quote" && character === '"') {
				field += '"';
				state = "quoted";
			} else if (character === separator) {
				fields.push(field);
				field = "";
				state = "start";
			} else if (character === "\n" || character === "\r") {
				yield { fields: [...fields, field], line: startLine };
				fields = [];
				field = "";
				state = "start";
				startLine = ++line;
			} else if (state === "start" && character === '"') {
				state = "quoted";
				quoteLine = line;
			} else if (state === "after-quote") {
				throw new TabTuneError("data", {
					what: `${JSON.stringify(character)} stands behind a closing quote`,
					where: `${file}, line ${line}`,
					next: 'write a quote inside a quoted field as ""',
				});
			} else {
				field += character;
				state = "plain";
			}
		}
	}
	if (state === "quoted") {
		throw new TabTuneError("data", {
			what: "a quoted field does not end",
			where: `${file}, from line ${quoteLine}`,
			next: "close it with a double quote",
		});
	}
	if (state !== "start" || fields.length > 0) yield { fields: [...fields, field], line: startLine };
}
