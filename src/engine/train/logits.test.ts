import { expect, it } from "vitest";
import { tokenScores } from "./logits.ts";

it("a token's score is the log-softmax of the previous row", () => {
	// [3, 3]: two tokens of prompt, one of answer; row 1 predicts the answer.
	const logits = Float32Array.of(9, 9, 9, 1, 2, 3, -9, 0, 9);
	const sum = Math.exp(1) + Math.exp(2) + Math.exp(3);
	expect(tokenScores(logits, 2, [0])[0]).toBeCloseTo(1 - Math.log(sum), 6);
	expect(tokenScores(logits, 1, [2, 1])).toEqual([
		expect.closeTo(Math.log(1 / 3), 6),
		expect.closeTo(2 - Math.log(sum), 6),
	]);
});

it("large logits do not overflow", () => {
	expect(tokenScores(Float32Array.of(1000, 990, 0, 0), 1, [0])[0]).toBeCloseTo(-Math.log(1 + Math.exp(-10)), 6);
});
