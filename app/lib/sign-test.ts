// Whether one side's lead over the other is more than chance. Pure.

/**
 * The exact sign test (McNemar's for pairs): how likely a split at least as lopsided is, two-sided, when each row that the
 * sides differ on falls to either with one half.
 * @param first rows only the first has right @param second rows only the second has right
 * @returns from 0 to 1; 1 where they never differ
 */
export function signTest(first: number, second: number): number {
	const n = first + second;
	const least = Math.min(first, second);
	// Terms of the binomial with one half, each from the one before.
	let term = 0.5 ** n;
	let tail = 0;
	for (let k = 0; k <= least; k++) {
		tail += term;
		term *= (n - k) / (k + 1);
	}
	return Math.min(1, 2 * tail);
}
