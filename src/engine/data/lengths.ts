// Row lengths and duplicate rows, computed from the tokens before truncation. Stores one number and one key per row, so
// that a hundred thousand rows are cheap.
import type { LengthHistogram } from "../api.ts";

const MOST_BINS = 24;
/** Range of the bins in multiples of max_length; longer rows share the last bin, so that outliers do not flatten the histogram. */
const WIDEST = 4;

/**
 * Makes bins of a round width, from 0 to the longest row.
 * @param lengths number of tokens in each row before truncation
 */
export function lengthHistogram(lengths: readonly number[], max_length: number): LengthHistogram {
	const longest = lengths.reduce((most, length) => Math.max(most, length), 0);
	const top = Math.max(1, Math.min(longest, WIDEST * max_length));
	const width = roundWidth(top);
	const counts = new Array<number>(Math.floor(top / width) + 1).fill(0);
	for (const length of lengths) counts[Math.min(counts.length - 1, Math.floor(length / width))]++;
	return { width, counts, longest, max_length };
}

/** The smallest of 1 2 4 5 8 10 20 40 50 80 … that does not exceed the maximum number of bins. */
function roundWidth(top: number): number {
	for (let ten = 1; ; ten *= 10)
		for (const step of [1, 2, 4, 5, 8]) if (Math.floor(top / (step * ten)) + 1 <= MOST_BINS) return step * ten;
}

/** Finds rows with the same ids and the same labels. */
export class Repeats {
	/** Row indices by key; a single number until a second row has the same key, because most rows are unique. */
	private readonly places = new Map<string, number | number[]>();

	add(place: number, ids: ArrayLike<number>, labels: ArrayLike<number>): void {
		const key = `${ids.length} ${hash(ids, 0x811c9dc5)} ${hash(ids, 0x01000193)} ${hash(labels, 0x811c9dc5)}`;
		const known = this.places.get(key);
		if (known === undefined) this.places.set(key, place);
		else if (typeof known === "number") this.places.set(key, [known, place]);
		else known.push(place);
	}

	/** Groups of two or more rows, each in the order of the file. */
	groups(): number[][] {
		return [...this.places.values()].filter((group) => typeof group !== "number");
	}
}

/** 32-bit FNV-1a over ids. Three hashes and the length make collisions negligible. */
function hash(values: ArrayLike<number>, seed: number): number {
	let h = seed;
	for (let i = 0; i < values.length; i++) {
		h = Math.imul(h ^ (values[i] & 0xffff), 0x01000193);
		h = Math.imul(h ^ (values[i] >>> 16), 0x01000193);
	}
	return h >>> 0;
}
