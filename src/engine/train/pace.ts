// Computes the speed of a run: milliseconds per step and tokens per second.
import type { MethodRun, RunSettings } from "../api.ts";
import type { EncodedDataset } from "../data/dataset.ts";
import { stepWindow } from "./epochs.ts";

/**
 * Speed of a run.
 * @param done steps of the run in order, with the seconds of training since the start or the resumption
 */
export function pace(
	train: EncodedDataset,
	settings: RunSettings,
	done: readonly { readonly step: number; readonly elapsed: number }[],
): Pick<MethodRun, "stepMilliseconds" | "tokensPerSecond"> {
	if (done.length === 0) return { stepMilliseconds: 0, tokensPerSecond: 0 };
	const took = done.map(({ elapsed }, i) => elapsed - (i === 0 ? 0 : done[i - 1].elapsed));
	const tokens = done.reduce(
		(total, { step }) => stepWindow(train, settings, step).reduce((sum, { ids }) => sum + ids.length, total),
		0,
	);
	return {
		stepMilliseconds: 1000 * median(took.length > 1 ? took.slice(1) : took),
		tokensPerSecond: tokens / Math.max(1e-9, done[done.length - 1].elapsed),
	};
}

/** @param values at least one */
export function median(values: readonly number[]): number {
	const sorted = [...values].sort((a, b) => a - b);
	const middle = sorted.length >> 1;
	return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
