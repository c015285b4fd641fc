// Text with separated cells as records: spreadsheets' clipboards (tabs), CSV of every country (commas, semicolons, bars).
// Forgiving, unlike the engine's reader: what is only text stays text. To add a separator: a line in SEPARATORS.

export type Separator = "\t" | "," | ";" | "|";
const SEPARATORS: readonly Separator[] = ["\t", ",", ";", "|"];

export interface TableRecord {
	/** Line of the text that it starts on, from 1. */
	line: number;
	cells: string[];
}

/** Cells that hold a separator, a line end or a quote stand in quotes, and quotes in them are doubled. */
export function parseTable(input: string, separator: Separator): TableRecord[] {
	const text = plainLines(input);
	const records: TableRecord[] = [];
	let i = 0;
	let line = 1;
	while (i < text.length) {
		const record: TableRecord = { line, cells: [] };
		for (;;) {
			const closed = text[i] === '"' ? closingQuote(text, i, separator) : -1;
			let cell: string;
			if (closed > 0) {
				cell = text.slice(i + 1, closed).replaceAll('""', '"');
				i = closed + 1;
			} else {
				let end = i;
				while (end < text.length && text[end] !== separator && text[end] !== "\n") end++;
				cell = text.slice(i, end);
				i = end;
			}
			line += cell.split("\n").length - 1;
			record.cells.push(cell);
			if (text[i] !== separator) break;
			i++;
		}
		records.push(record);
		i++; // the line end
		line++;
	}
	return records;
}

/** Without a byte-order mark, every line end a "\n". */
export const plainLines = (text: string): string => text.replace(/^\uFEFF/, "").replace(/\r\n?/g, "\n");

export const isBlank = ({ cells }: TableRecord): boolean => cells.every((cell) => cell.trim() === "");

/** Index of the quote that closes the cell opened at `open`, or -1 when the quote is only text ("yes" he said). */
function closingQuote(text: string, open: number, separator: Separator): number {
	for (let i = open + 1; i < text.length; i++) {
		if (text[i] !== '"') continue;
		if (text[i + 1] === '"') {
			i++;
			continue;
		}
		const next = text[i + 1];
		return next === undefined || next === separator || next === "\n" ? i : -1;
	}
	return -1;
}

/**
 * The separator that parts most records into the same number of cells, two or more; null for plain text.
 * @param whole false when the text is only the head of a file: its last record may be cut
 */
export function guessSeparator(text: string, whole: boolean): { separator: Separator; header: string[] } | null {
	let best: { separator: Separator; header: string[]; score: number } | null = null;
	for (const separator of SEPARATORS) {
		const all = parseTable(text, separator);
		const records = (whole || all.length < 3 ? all : all.slice(0, -1)).filter((record) => !isBlank(record));
		const width = records[0]?.cells.length ?? 0;
		if (records.length < 2 || width < 2) continue;
		const even = records.filter(({ cells }) => cells.length === width).length / records.length;
		// Tabs hardly ever stand in prose; commas do, line after line.
		const score = even + (separator === "\t" ? 0.2 : 0);
		if (even >= 0.6 && score > (best?.score ?? 0)) best = { separator, header: records[0].cells, score };
	}
	return best;
}
