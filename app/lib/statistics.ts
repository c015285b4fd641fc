// Mean and standard deviation. Pure.

/** Mean and, for two or more values, the sample standard deviation; null for no values. */
export function spread(values: readonly number[]): { mean: number; deviation: number | null } | null {
	const n = values.length;
	if (n === 0) return null;
	const mean = values.reduce((sum, value) => sum + value, 0) / n;
	const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
	return { mean, deviation: n > 1 ? Math.sqrt(squares / (n - 1)) : null };
}
