// A CSV parser (RFC 4180) that reads text in pieces. It supports one-character separators, doubled quotes, line breaks in quoted
// fields, and CRLF, LF or CR. As in Python's csv, a quote in an unquoted field is an ordinary character.

export type Separator = "," | ";" | "\t" | "|";

/** How a table is written. Double quotes delimit fields unless `quote` is given. */
export interface Dialect {
	readonly separator: Separator;
	readonly quote?: "'";
}

/** Separators in the order of detection: tabs are rare in prose, bars are rare in tables. */
export const SEPARATORS: readonly Separator[] = ["\t", ",", ";", "|"];

export interface CsvRecord {
	readonly fields: readonly string[];
	/** The line of the text on which the record starts, from 1. */
	readonly line: number;
}

/** A syntax error. The records before it are valid; the text after it is not read. */
export interface CsvFault {
	readonly kind: "after-quote" | "open-quote";
	/** Where the character after the closing quote is, or where the open quote starts. */
	readonly line: number;
	/** The character after the closing quote. */
	readonly character: string;
}

export class CsvParser {
	/** The first syntax error, if any. */
	fault: CsvFault | null = null;
	private readonly delimiter: RegExp;
	private state: "start" | "plain" | "quoted" | "after-quote" = "start"; // of the current field
	private fields: string[] = [];
	private field = "";
	private line = 1;
	private startLine = 1; // of the current record
	private quoteLine = 1; // of the last opening quote
	private afterReturn = false; // a "\n" that comes next belongs to the "\r" before it

	/** @param quote delimits fields; null makes quotes ordinary characters */
	constructor(
		private readonly separator: Separator,
		private readonly quote: '"' | "'" | null = '"',
	) {
		this.delimiter = new RegExp(`[${separator === "|" ? "\\|" : separator}\\r\\n]`, "g");
	}

	/** Reads the next piece, which may end anywhere. @returns the records that are complete now */
	push(text: string): CsvRecord[] {
		const records: CsvRecord[] = [];
		let at = 0;
		while (at < text.length && this.fault === null) {
			if (this.state === "quoted") at = this.quoted(text, at);
			else if (this.afterReturn && text[at] === "\n") at++;
			else if (this.state === "start" && text[at] === this.quote) {
				this.state = "quoted";
				this.quoteLine = this.line;
				at++;
			} else if (this.state === "after-quote") at = this.afterQuote(text, at, records);
			else at = this.plain(text, at, records);
			if (at > 0) this.afterReturn = text[at - 1] === "\r" && this.state === "start";
		}
		return records;
	}

	/** Reads the end of the text. @returns the last record, when no line break ended it */
	end(): CsvRecord[] {
		if (this.fault !== null) return [];
		if (this.state === "quoted") {
			this.fault = { kind: "open-quote", line: this.quoteLine, character: "" };
			return [];
		}
		if (this.state === "start" && this.fields.length === 0) return [];
		return [{ fields: [...this.fields, this.field], line: this.startLine }];
	}

	private quoted(text: string, at: number): number {
		const close = text.indexOf(this.quote ?? '"', at);
		const part = text.slice(at, close < 0 ? text.length : close);
		this.field += part;
		this.line += part.split("\n").length - 1;
		if (close < 0) return text.length;
		this.state = "after-quote";
		return close + 1;
	}

	private afterQuote(text: string, at: number, records: CsvRecord[]): number {
		const next = text[at];
		if (next === this.quote) {
			this.field += next;
			this.state = "quoted";
			return at + 1;
		}
		if (next === this.separator || next === "\r" || next === "\n") return this.ended(next, at, records);
		this.fault = { kind: "after-quote", line: this.line, character: String.fromCodePoint(text.codePointAt(at) ?? 0) };
		return at;
	}

	private plain(text: string, at: number, records: CsvRecord[]): number {
		this.delimiter.lastIndex = at;
		const end = this.delimiter.exec(text)?.index ?? text.length;
		this.field += text.slice(at, end);
		if (end < text.length) return this.ended(text[end], end, records);
		this.state = "plain";
		return end;
	}

	/** Ends the field, and at a line break the record. */
	private ended(delimiter: string, at: number, records: CsvRecord[]): number {
		this.fields.push(this.field);
		this.field = "";
		this.state = "start";
		if (delimiter !== this.separator) {
			records.push({ fields: this.fields, line: this.startLine });
			this.fields = [];
			this.startLine = ++this.line;
		}
		return at + 1;
	}
}

/** The records of a whole text; null if the text is not valid CSV. */
export function csvRecords(text: string, separator: Separator, quote: '"' | "'" | null = '"'): CsvRecord[] | null {
	const parser = new CsvParser(separator, quote);
	const records = [...parser.push(text), ...parser.end()];
	return parser.fault === null ? records : null;
}

export const isBlank = ({ fields }: CsvRecord): boolean => fields.every((field) => field.trim() === "");
