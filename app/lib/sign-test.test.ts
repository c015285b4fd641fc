import { expect, it } from "vitest";
import { signTest } from "./sign-test.ts";

it("equals the two-sided binomial test with probability 1/2", () => {
	expect(signTest(0, 0)).toBe(1);
	expect(signTest(2, 2)).toBe(1);
	// scipy.stats.binomtest(0, 3).pvalue, (1, 9), (5, 25)
	expect(signTest(0, 3)).toBeCloseTo(0.25, 12);
	expect(signTest(8, 1)).toBeCloseTo(0.0390625, 12);
	expect(signTest(5, 20)).toBeCloseTo(0.004077315330505371, 12);
	expect(signTest(20, 5)).toBe(signTest(5, 20));
});
