// Whether the difference between two sides is significant. Pure.

/**
 * The exact two-sided sign test (McNemar's test for pairs): the probability of a split at least as uneven, if each row
 * on which the sides differ goes to either with probability 1/2.
 * @param first rows that only the first answers correctly @param second rows that only the second answers correctly
 * @returns from 0 to 1; 1 if they never differ
 */
export function signTest(first: number, second: number): number {
	const n = first + second;
	const least = Math.min(first, second);
	// Binomial terms, each computed from the previous one.
	let term = 0.5 ** n;
	let tail = 0;
	for (let k = 0; k <= least; k++) {
		tail += term;
		term *= (n - k) / (k + 1);
	}
	return Math.min(1, 2 * tail);
}
