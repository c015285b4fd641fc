import { expect, test } from "vitest";
import { inverseFrequencies, ropeTables } from "./rope-tables.ts";

/** inv_freq of transformers 5.23 (float32): _compute_llama3_parameters with the settings of Llama 3.2 1B. */
const LLAMA3 = [1.000000000e+00, 6.636012793e-01, 4.403666258e-01, 2.922278345e-01, 1.939227581e-01, 1.286873817e-01, 8.539710194e-02, 5.666961893e-02, 3.760603070e-02, 2.495540865e-02, 1.656044088e-02, 1.098952908e-02, 7.292665076e-03, 4.839421250e-03, 3.211446106e-03, 1.290548011e-03, 4.295567051e-04, 9.708286234e-05, 1.946163866e-05, 1.291476747e-05, 8.570255886e-06, 5.687232260e-06, 3.774054449e-06, 2.504467147e-06, 1.661967417e-06, 1.102883630e-06, 7.318749340e-07, 4.856731266e-07, 3.222932889e-07, 2.138742303e-07, 1.419272024e-07, 9.418306490e-08];
/** _compute_linear_scaling_rope_parameters: theta 10000, factor 4, head_dim 16. */
const LINEAR = [2.500000000e-01, 7.905694097e-02, 2.500000037e-02, 7.905694656e-03, 2.499999944e-03, 7.905694656e-04, 2.500000119e-04, 7.905694656e-05];

function expectClose(found: ArrayLike<number>, expected: readonly number[]): void {
	expect(found.length).toBe(expected.length);
	expected.forEach((value, i) => expect(Math.abs(found[i] - value)).toBeLessThan(2e-6 * value));
}

test("llama3 scaling as transformers", () => {
	const scaling = { rope_type: "llama3", factor: 32, low_freq_factor: 1, high_freq_factor: 4, original_max_position_embeddings: 8192 } as const;
	expectClose(inverseFrequencies({ theta: 500000, head_dim: 64, scaling }), LLAMA3);
});

test("linear scaling as transformers", () => {
	expectClose(inverseFrequencies({ theta: 10000, head_dim: 16, scaling: { rope_type: "linear", factor: 4 } }), LINEAR);
});

test("tables hold the angle of (position, pair), accurate far out", () => {
	const { cos, sin } = ropeTables({ theta: 10000, head_dim: 4, scaling: null }, 8000);
	expect(cos.length).toBe(8000 * 2);
	expect([cos[0], sin[0], cos[1], sin[1]]).toEqual([1, 0, 1, 0]);
	expect(cos[7999 * 2]).toBe(Math.fround(Math.cos(7999)));
	expect(sin[7999 * 2 + 1]).toBe(Math.fround(Math.sin(79.99)));
});
