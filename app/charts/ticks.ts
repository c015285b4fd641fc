// Round axis ticks. Pure.

export interface Ticks {
	/** The ends of the axis: multiples of the step that enclose the values. */
	readonly low: number;
	readonly high: number;
	readonly values: readonly number[];
	/** Decimals that tell the ticks apart. */
	readonly decimals: number;
}

/** Ticks at multiples of 1, 2 or 5 times a power of ten, at most `most` intervals between them. */
export function roundTicks(low: number, high: number, most = 5): Ticks {
	const rough = Math.max(high - low, 1e-3 * Math.max(1, Math.abs(high))) / most;
	const power = 10 ** Math.floor(Math.log10(rough));
	const step = power * ([1, 2, 5].find((factor) => factor * power >= rough * (1 - 1e-9)) ?? 10);
	const [first, last] = [Math.floor(low / step + 1e-9), Math.ceil(high / step - 1e-9)];
	const end = Math.max(last, first + 1);
	return {
		low: first * step,
		high: end * step,
		values: Array.from({ length: end - first + 1 }, (_, i) => (first + i) * step),
		decimals: Math.max(0, -Math.floor(Math.log10(step) + 1e-9)),
	};
}
