// Rows of a CSV file, streamed. The separator is detected from the beginning of the file; the rules for headers and rows
// are strict, so that a broken file is refused with its line instead of being trained on wrongly.
import {
	type CsvFault,
	CsvParser,
	type CsvRecord,
	type Dialect,
	isBlank,
	SEPARATORS,
	type Separator,
} from "../../shared/csv.ts";
import { TabTuneError } from "../../shared/errors.ts";
import { dataMessage } from "../../shared/messages/index.ts";

export interface CsvRow {
	readonly values: Record<string, string>;
	/** The line of the file on which the row starts, from 1. */
	readonly line: number;
}

/** Characters at the beginning of the file that decide which separator it uses. */
const HEAD_LENGTH = 1 << 16;
/** The share of records that must have as many fields as the first one. */
const LEAST_EVEN = 0.6;
/** Excel's own first line, which names the separator and is no record. */
const SEPARATOR_LINE = /^\uFEFF?sep=([,;\t|])\r?(\n|$)/i;

export interface CsvOptions {
	/** Field separator; detected if absent, with `likely` as the fallback. */
	readonly separator?: Separator;
	/** The quote of a file whose separator is given. */
	readonly quote?: "'";
	/** The separator that the file name suggests; a comma by default. */
	readonly likely?: Separator;
	/** Receives rows whose number of fields differs from the header, so that reading continues; without it they throw. */
	readonly onBad?: (error: TabTuneError, line: number) => void;
}

/**
 * The rows, keyed by the names in the header line.
 * @throws TabTuneError "data" for a quote without an end, an unusable header, or a row of the wrong length
 */
export async function* csvRows(
	pieces: AsyncIterable<string>,
	file: string,
	options: CsvOptions = {},
): AsyncGenerator<CsvRow> {
	let header: readonly string[] | null = null;
	for await (const { fields, line } of csvTable(pieces, file, options)) {
		if (header === null) {
			header = fields.map((name) => name.trim());
			checkHeader(header, file, line);
		} else yield { values: Object.fromEntries(header.map((name, i) => [name, fields[i]])), line };
	}
}

/**
 * The records, the header line first, all with as many fields. Blank lines are skipped, and trailing columns without a
 * name, which spreadsheets write, are dropped where they are empty.
 * @throws TabTuneError "data" for a quote without an end, or a row of the wrong length
 */
export async function* csvTable(
	pieces: AsyncIterable<string>,
	file: string,
	{ separator, quote, likely = ",", onBad }: CsvOptions = {},
): AsyncGenerator<CsvRecord> {
	let width: { all: number; named: number; header: readonly string[] } | null = null;
	const source = await withDialect(pieces, separator === undefined ? undefined : { separator, quote }, likely);
	for await (const record of records(source.pieces, file, source.dialect)) {
		const { fields, line } = record;
		if (width === null) {
			if (isBlank(record) || isSeparatorLine(record)) continue;
			const named = fields.findLastIndex((name) => name.trim() !== "") + 1;
			width = { all: fields.length, named, header: fields.slice(0, named).map((name) => name.trim()) };
		} else if (isBlank(record)) continue;
		const { all, named, header } = width;
		if (fields.length === all && fields.slice(named).every((field) => field.trim() === "")) {
			yield { fields: fields.slice(0, named), line };
			continue;
		}
		const error = new TabTuneError("data", {
			what: dataMessage("csvFields", { fields: fields.length, header: header.length, names: header.join(", ") }),
			where: dataMessage("atLine", { file, line }),
			next: dataMessage("csvFields.next", { separator: JSON.stringify(source.dialect.separator) }),
		});
		if (onBad === undefined) throw error;
		onBad(error, line);
	}
}

/**
 * The separator that splits most records of a text into equally many fields, two or more; null for plain text. Single quotes
 * delimit fields if every name of the header has them, or if only with them all records have as many fields.
 * @param whole false when the text is only the beginning of a file: its last record may be incomplete
 */
export function detectDialect(text: string, whole: boolean): (Dialect & { readonly header: readonly string[] }) | null {
	const best = bestSeparator(text, whole, '"');
	if (!SINGLE_QUOTED.test(text)) return best;
	const single = bestSeparator(text, whole, "'");
	if (single === null || single.even < 1 || single.faulty) return best;
	const [header] = text.split(/\r?\n/, 1);
	const named = header.split(single.separator).every((name) => /^\s*'.*'\s*$/.test(name));
	return named || best === null || best.even < 1 ? { ...single, quote: "'" } : best;
}

/** A field that begins with a single quote. */
const SINGLE_QUOTED = /(^|[\n\r,;\t|])'/;

function bestSeparator(text: string, whole: boolean, quote: '"' | "'") {
	const named = namedSeparator(text);
	let best: { separator: Separator; header: readonly string[]; even: number; faulty: boolean; score: number } | null =
		null;
	for (const separator of named === null ? SEPARATORS : [named]) {
		const parser = new CsvParser(separator, quote);
		const all = [...parser.push(text), ...parser.end()];
		const rows = (whole || all.length < 3 ? all : all.slice(0, -1)).filter(
			(record) => !isBlank(record) && !isSeparatorLine(record),
		);
		const width = rows[0]?.fields.length ?? 0;
		const even = rows.filter(({ fields }) => fields.length === width).length / rows.length;
		const faulty = parser.fault !== null && (whole || parser.fault.kind === "after-quote");
		// Tabs hardly ever occur in prose; commas do, line after line.
		const score = even + (separator === "\t" ? 0.2 : 0);
		const found = { separator, header: rows[0]?.fields ?? [], even, faulty, score };
		if (named !== null) return found;
		if (rows.length < 2 || width < 2) continue;
		if (even >= LEAST_EVEN && score > (best?.score ?? 0)) best = found;
	}
	return best;
}

const namedSeparator = (text: string): Separator | null => {
	const name = SEPARATOR_LINE.exec(text)?.[1];
	return SEPARATORS.find((separator) => separator === name) ?? null;
};

const isSeparatorLine = ({ fields, line }: CsvRecord): boolean =>
	line === 1 && fields.length === 2 && /^sep=$/i.test(fields[0]) && fields[1] === "";

/** How a file that is known to be CSV is written. */
export function dialectOf(head: string, whole: boolean, likely: Separator): Dialect {
	const found = detectDialect(head, whole);
	if (found !== null)
		return { separator: found.separator, ...(found.quote === undefined ? {} : { quote: found.quote }) };
	const line = head.replace(/"[^"]*("|$)/g, "").split(/[\r\n]/, 1)[0];
	const count = (separator: Separator) => line.split(separator).length - 1;
	if (count(likely) > 0) return { separator: likely };
	return { separator: [likely, ...SEPARATORS].sort((a, b) => count(b) - count(a))[0] };
}

/** Reads far enough to detect the dialect. @returns it with all pieces, including those already read */
async function withDialect(
	pieces: AsyncIterable<string>,
	given: Dialect | undefined,
	likely: Separator,
): Promise<{ dialect: Dialect; pieces: AsyncIterable<string> }> {
	if (given !== undefined) return { dialect: given, pieces };
	const rest = pieces[Symbol.asyncIterator]();
	let head = "";
	let whole = false;
	while (!whole && head.length < HEAD_LENGTH) {
		const next = await rest.next();
		whole = next.done === true;
		if (next.done !== true) head += next.value;
	}
	async function* all(): AsyncGenerator<string> {
		try {
			yield head;
			yield* { [Symbol.asyncIterator]: () => rest };
		} finally {
			await rest.return?.();
		}
	}
	return { dialect: dialectOf(head, whole, likely), pieces: all() };
}

async function* records(
	pieces: AsyncIterable<string>,
	file: string,
	{ separator, quote }: Dialect,
): AsyncGenerator<CsvRecord, void, undefined> {
	const parser = new CsvParser(separator, quote);
	for await (const piece of pieces) {
		yield* parser.push(piece);
		if (parser.fault !== null) throw faultError(parser.fault, file);
	}
	yield* parser.end();
	if (parser.fault !== null) throw faultError(parser.fault, file);
}

function faultError({ kind, line, character }: CsvFault, file: string): TabTuneError {
	if (kind === "after-quote")
		return new TabTuneError("data", {
			what: dataMessage("afterQuote", { character: JSON.stringify(character) }),
			where: dataMessage("atLine", { file, line }),
			next: dataMessage("afterQuote.next"),
		});
	return new TabTuneError("data", {
		what: dataMessage("openQuote"),
		where: dataMessage("fromLine", { file, line }),
		next: dataMessage("openQuote.next"),
	});
}

function checkHeader(header: readonly string[], file: string, line: number): void {
	const twice = header.find((name, i) => header.indexOf(name) !== i);
	if (twice === undefined) return;
	throw new TabTuneError("data", {
		what: dataMessage("headerTwice", { name: JSON.stringify(twice) }),
		where: dataMessage("atLine", { file, line }),
		next: dataMessage("headerTwice.next"),
	});
}
