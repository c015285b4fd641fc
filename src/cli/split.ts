// The splits of --split, written as in datasets: train, train[:200], train[10:20], train[-100:], train[:10%].
import { cliError } from "./cli-error.ts";

export interface Split {
	readonly name: string;
	readonly from: number | null;
	readonly to: number | null;
	/** Of both boundaries: one percent sign is enough. */
	readonly unit: "row" | "%";
}

const SPLIT = /^(\w+(?:[.-]\w+)*)(?:\[(?:(-?\d+)(%)?)?:(?:(-?\d+)(%)?)?\])?$/;

/** @throws TabTuneError "usage" */
export function splitOf(text: string): Split {
	const match = SPLIT.exec(text);
	const boundary = (value: string | undefined) => (value === undefined ? null : Number(value));
	const [, name = "", first, firstPercent, last, lastPercent] = match ?? [];
	const [from, to] = [boundary(first), boundary(last)];
	const unit = firstPercent === undefined && lastPercent === undefined ? "row" : "%";
	const within = [from, to].every((value) => value === null || unit === "row" || Math.abs(value) <= 100);
	if (match !== null && within) return { name, from, to, unit };
	throw cliError("usage", {
		what: `the split is "${text}"`,
		where: "the command line",
		next: 'write "train", "train[:200]", "train[10:20]" or "train[:10%]"',
	});
}

/** The rows of each file, by the numbers of rows in the files; ReadInstruction of datasets, with its rounding "closest". */
export function rangesOf({ from, to, unit }: Split, counts: readonly number[]): { start: number; end: number }[] {
	const total = counts.reduce((sum, count) => sum + count, 0);
	const at = (boundary: number | null, otherwise: number): number => {
		if (boundary === null) return otherwise;
		const rows = unit === "%" ? halfToEven((boundary * total) / 100) : boundary;
		return Math.min(total, rows < 0 ? Math.max(0, total + rows) : rows);
	};
	const [start, end] = [at(from, 0), at(to, total)];
	let before = 0;
	return counts.map((count) => {
		const range = { start: Math.max(0, start - before), end: Math.min(count, end - before) };
		before += count;
		return range;
	});
}

/** Python's round. */
function halfToEven(value: number): number {
	const floor = Math.floor(value);
	if (value - floor !== 0.5) return Math.round(value);
	return floor % 2 === 0 ? floor : floor + 1;
}
