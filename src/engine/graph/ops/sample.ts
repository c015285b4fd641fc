// sample: the next token's id from logits. Temperature, then top-k, then top-p, then a draw in order of index
// (transformers' generation/logits_process.py); temperature 0 is greedy. Logits that are not finite are never preferred to
// finite ones. All rows use the same random number, so that each slot samples the same tokens as alone with the same seed.
import { sampleCall } from "../../kernels/sample.ts";
import { Purpose, randomU32, uniform01 } from "../../random.ts";
import { defineOp, ranges } from "../op.ts";

/** inputs: logits [C, vocab]; output: ids u32 [C]. */
export const sample = defineOp<null>({
	op: "sample",
	infer: (_attrs, [logits]) => [{ shape: [logits.shape[0]], dtype: "u32" }],
	reference({ inputs: [logits], inputSpecs: [spec], outputs: [ids], step }) {
		const [rows, vocabulary] = spec.shape;
		for (let row = 0; row < rows; row++) {
			const values = Array.from({ length: vocabulary }, (_, i) => {
				const value = logits[row * vocabulary + i];
				return Number.isFinite(value) ? value : -3e38;
			});
			const most = Math.max(...values);
			if (step.temperature === 0) {
				ids[row] = values.indexOf(most);
				continue;
			}
			const byRank = values
				.map((value, i) => ({ i, value, mass: Math.exp((value - most) / step.temperature) }))
				.sort((a, b) => b.value - a.value);
			const lowest =
				step.top_k > 0 && step.top_k < vocabulary ? byRank[step.top_k - 1].value : Number.NEGATIVE_INFINITY;
			let kept = byRank.filter(({ value }) => value >= lowest);
			if (step.top_p < 1) {
				const wanted = step.top_p * kept.reduce((sum, { mass }) => sum + mass, 0);
				let sum = 0;
				const end = kept.findIndex(({ mass }) => {
					sum += mass;
					return sum >= wanted;
				});
				const floor = kept[end < 0 ? kept.length - 1 : end].value;
				kept = kept.filter(({ value }) => value >= floor);
			}
			kept.sort((a, b) => a.i - b.i);
			const total = kept.reduce((sum, { mass }) => sum + mass, 0);
			const point = uniform01(randomU32(step.seed, Purpose.sample, step.step, 0)) * total;
			let before = 0;
			const chosen = kept.find(({ mass }) => {
				before += mass;
				return before > point;
			});
			ids[row] = (chosen ?? kept[kept.length - 1]).i;
		}
	},
	lower({ inputs: [logits], outputs: [ids] }) {
		const [rows, vocabulary] = logits.shape;
		return [sampleCall(ranges({ logits, ids }), rows, vocabulary)];
	},
});
