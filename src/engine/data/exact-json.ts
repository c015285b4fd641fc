// Parses JSON and remembers what JavaScript values lose and Python keeps: integers beyond 2^53, floats such as 21.0, and
// the order of keys such as "12". Chat templates print these (see jinja/from-json.ts). It also reads NaN and Infinity, which
// Python's json module writes.

import { isTooDeep } from "../../shared/json-depth.ts";

/** What a container loses. */
export interface Spelling {
	/** The keys in the order of the file; only where JavaScript would reorder them. */
	readonly order: readonly string[] | null;
	/** By key or index: true for a float with an integral value, the exact value for a large integer. */
	readonly numbers: ReadonlyMap<string | number, true | bigint>;
}

/** Keyed by the parsed objects and lists, so that other code sees plain values. */
const spellings = new WeakMap<object, Spelling>();

export function spellingOf(container: object): Spelling | undefined {
	return spellings.get(container);
}

/** The same contents as `from`, with its spelling: for copies with other keys. */
export function copySpelling<T extends object>(from: object, copy: T): T {
	const spelling = spellings.get(from);
	if (spelling !== undefined) spellings.set(copy, spelling);
	return copy;
}

/** A number that JSON.parse may change: a fraction, an exponent, or more digits than are exact; or a key like "12". */
const SUSPECT = /[:[,]\s*-?\d+[.eE]|[:[,]\s*-?\d{16}|"\d+"\s*:/;

/** JSON.parse that remembers spellings and reads NaN, Infinity and -Infinity. @throws SyntaxError, also for text that is nested too deep */
export function parseJson(text: string): unknown {
	if (isTooDeep(text)) throw new SyntaxError("nested too deep");
	let value: unknown;
	let isPython = false;
	try {
		value = JSON.parse(text);
	} catch (error) {
		const json = text.replace(PYTHON_NUMBER, (whole, number: string | undefined) =>
			number === undefined ? whole : number === "NaN" ? "null" : number.replace("Infinity", "1e999"),
		);
		if (json === text) throw error;
		value = JSON.parse(json);
		isPython = true;
	}
	if (typeof value === "object" && value !== null && (isPython || SUSPECT.test(text))) new Speller(text).read(value);
	return value;
}

/** A string, or one of the numbers that are not JSON. */
const PYTHON_NUMBER = /"(?:[^"\\]|\\.)*"|(\bNaN\b|-?\bInfinity\b)/g;

/** Walks a text that is valid JSON along its parsed value. */
class Speller {
	private at = 0;

	constructor(private readonly text: string) {}

	/** Reads one value. @returns the spelling of a number that JavaScript changes, NaN for NaN, else null */
	read(value: unknown): true | bigint | number | null {
		this.space();
		const first = this.text[this.at];
		if (first === "{") this.object(value as Record<string, unknown>);
		else if (first === "[") this.list(value as unknown[]);
		else if (first === '"') this.string();
		else return this.scalar(value);
		return null;
	}

	private scalar(value: unknown): true | bigint | number | null {
		const start = this.at;
		while (this.at < this.text.length && !",]} \n\r\t".includes(this.text[this.at])) this.at++;
		if (this.text[start] === "N") return Number.NaN;
		if (typeof value !== "number" || !Number.isInteger(value)) return null;
		const text = this.text.slice(start, this.at);
		if (/[.eE]/.test(text)) return true;
		return Number.isSafeInteger(value) ? null : BigInt(text);
	}

	private list(value: unknown[]): void {
		const numbers = new Map<string | number, true | bigint>();
		this.at++;
		for (let i = 0; !this.closes("]"); i++) {
			const spelling = this.read(value[i]);
			if (typeof spelling === "number") value[i] = spelling;
			else if (spelling !== null) numbers.set(i, spelling);
		}
		if (numbers.size > 0) spellings.set(value, { order: null, numbers });
	}

	private object(value: Record<string, unknown>): void {
		const numbers = new Map<string | number, true | bigint>();
		const order = new Set<string>();
		this.at++;
		while (!this.closes("}")) {
			this.space();
			const start = this.at;
			this.string();
			const key = JSON.parse(this.text.slice(start, this.at)) as string;
			this.space();
			this.at++; // the colon
			const spelling = this.read(value[key]);
			// Of a key that occurs twice, the last value counts.
			numbers.delete(key);
			if (typeof spelling === "number") value[key] = spelling;
			else if (spelling !== null) numbers.set(key, spelling);
			order.add(key);
		}
		const reordered = [...order].some((key) => /^\d+$/.test(key));
		if (reordered || numbers.size > 0) spellings.set(value, { order: reordered ? [...order] : null, numbers });
	}

	/** Skips a comma; true, past it, at the closing bracket. */
	private closes(bracket: string): boolean {
		this.space();
		const char = this.text[this.at];
		if (char === "," || char === bracket) this.at++;
		return char === bracket;
	}

	private string(): void {
		for (this.at++; this.text[this.at] !== '"'; this.at++) if (this.text[this.at] === "\\") this.at++;
		this.at++;
	}

	private space(): void {
		while (" \n\r\t".includes(this.text[this.at] ?? "x")) this.at++;
	}
}
