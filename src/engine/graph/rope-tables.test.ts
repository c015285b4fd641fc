import { expect, test } from "vitest";
import { inverseFrequencies, ropeTables } from "./rope-tables.ts";

/** inv_freq of transformers 5.23 (float32): _compute_llama3_parameters with the settings of Llama 3.2 1B. */
const LLAMA3 = [
	1.0, 6.636012793e-1, 4.403666258e-1, 2.922278345e-1, 1.939227581e-1, 1.286873817e-1, 8.539710194e-2, 5.666961893e-2,
	3.76060307e-2, 2.495540865e-2, 1.656044088e-2, 1.098952908e-2, 7.292665076e-3, 4.83942125e-3, 3.211446106e-3,
	1.290548011e-3, 4.295567051e-4, 9.708286234e-5, 1.946163866e-5, 1.291476747e-5, 8.570255886e-6, 5.68723226e-6,
	3.774054449e-6, 2.504467147e-6, 1.661967417e-6, 1.10288363e-6, 7.31874934e-7, 4.856731266e-7, 3.222932889e-7,
	2.138742303e-7, 1.419272024e-7, 9.41830649e-8,
];
/** _compute_linear_scaling_rope_parameters: theta 10000, factor 4, head_dim 16. */
const LINEAR = [
	2.5e-1, 7.905694097e-2, 2.500000037e-2, 7.905694656e-3, 2.499999944e-3, 7.905694656e-4, 2.500000119e-4,
	7.905694656e-5,
];

function expectClose(found: ArrayLike<number>, expected: readonly number[]): void {
	expect(found.length).toBe(expected.length);
	expected.forEach((value, i) => expect(Math.abs(found[i] - value)).toBeLessThan(2e-6 * value));
}

test("llama3 scaling equals transformers'", () => {
	const scaling = {
		rope_type: "llama3",
		factor: 32,
		low_freq_factor: 1,
		high_freq_factor: 4,
		original_max_position_embeddings: 8192,
	} as const;
	expectClose(inverseFrequencies({ theta: 500000, head_dim: 64, scaling }), LLAMA3);
});

test("linear scaling equals transformers'", () => {
	expectClose(inverseFrequencies({ theta: 10000, head_dim: 16, scaling: { rope_type: "linear", factor: 4 } }), LINEAR);
});

test("tables contain the angle of each position and pair, accurate at large positions", () => {
	const { cos, sin } = ropeTables({ theta: 10000, head_dim: 4, scaling: null }, 8000);
	expect(cos.length).toBe(8000 * 2);
	expect([cos[0], sin[0], cos[1], sin[1]]).toEqual([1, 0, 1, 0]);
	expect(cos[7999 * 2]).toBe(Math.fround(Math.cos(7999)));
	expect(sin[7999 * 2 + 1]).toBe(Math.fround(Math.sin(79.99)));
});
