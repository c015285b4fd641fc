import { expect, it } from "vitest";
import type { MergeForm } from "../../../src/engine/api.ts";
import { lossChange, sameAnswers } from "./store.ts";

const form = (base: string, state: MergeForm["state"], loss: number, ids: number[]): MergeForm => ({
	base,
	state,
	weight_bytes: 1,
	loss,
	perplexity: Math.exp(loss),
	num_tokens: 9,
	answers: [{ prompt: "p", text: "t", output_ids: ids }],
});

it("a form's loss is compared with the unmerged adapter on the same base, its answers with the first form's", () => {
	const forms = [
		form("bfloat16", "unmerged", 2, [1, 2]),
		form("bfloat16", "merged", 2.25, [1, 2]),
		form("nf4", "unmerged", 3, [1, 3]),
		form("nf4", "merged and quantised", 3.5, [1, 2]),
	];
	expect(forms.map((one) => lossChange(forms, one))).toEqual([null, 0.25, null, 0.5]);
	expect(forms.map((one) => sameAnswers(forms, one))).toEqual([1, 1, 0, 1]);
});
