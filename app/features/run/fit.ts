// The verdict on a run's fit, from its training and held-out losses. Pure.
import type { RunSeries } from "./series.ts";

export interface Fit {
	kind: "diverged" | "overfitting" | "memorised" | "learning" | "unchanged" | "unmeasured";
	/** Mean training loss of the first and of the last steps. */
	trainFirst: number;
	train: number;
	/** Held-out losses: the first, the lowest with its step, the last. */
	first: number;
	best: number;
	bestStep: number;
	last: number;
}

/** Steps in a mean at either end, at most. */
const MOST_AVERAGED = 8;
/** A change of a held-out loss counts from this share of it. */
const NOTABLE = 0.03;

/** Null for a run without a step. */
export function fitOf({ loss, evalStep, evalLoss }: RunSeries): Fit | null {
	const losses = valuesOf(loss);
	if (losses.length === 0) return null;
	const some = Math.min(MOST_AVERAGED, Math.ceil(losses.length / 4));
	const [trainFirst, train] = [mean(losses.slice(0, some)), mean(losses.slice(-some))];
	const heldOut = valuesOf(evalLoss);
	const [first, last] = [heldOut[0] ?? Number.NaN, heldOut.at(-1) ?? Number.NaN];
	const lowest = heldOut.reduce((best, value, i) => (value < heldOut[best] ? i : best), 0);
	const [best, bestStep] = [heldOut[lowest] ?? Number.NaN, heldOut.length === 0 ? 0 : evalStep.at(lowest)];
	const facts = { trainFirst, train, first, best, bestStep, last };
	const measured = heldOut.length > 1;
	if (!Number.isFinite(train) || (measured && !Number.isFinite(last)) || train > 1.2 * trainFirst + 0.2)
		return { kind: "diverged", ...facts };
	if (!measured) return { kind: "unmeasured", ...facts };
	if (last - best > Math.max(0.05, NOTABLE * best)) return { kind: "overfitting", ...facts };
	// The held-out rows gain less than half of what the training rows do, and stay far above them.
	if (first - last < (trainFirst - train) / 2 && last - train > Math.max(0.5, 0.3 * last))
		return { kind: "memorised", ...facts };
	return { kind: first - last > Math.max(0.02, NOTABLE * first) ? "learning" : "unchanged", ...facts };
}

const valuesOf = (column: { length: number; at(i: number): number }): number[] =>
	Array.from({ length: column.length }, (_, i) => column.at(i));

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
