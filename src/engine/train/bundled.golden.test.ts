// Compares the bundled base with the losses, logits and greedy answers that the original model computed for it.
import { readFileSync } from "node:fs";
import { afterAll, describe, expect, test } from "vitest";
import { Generator } from "./generator.ts";
import { textLogits } from "./logits.ts";
import { testRuntime } from "./test-runtime.ts";

interface Expected {
	text: string;
	input_ids: number[];
	mean_nll: number;
	last_logits_top5: [number, number][];
	greedy_output_ids: number[];
}
const cases: Expected[] = JSON.parse(readFileSync("public/base-model/expected.json", "utf8"));
const runtime = await testRuntime("public/base-model");
afterAll(() => runtime.gpu.destroy());

describe.each(cases.map((c) => [c.text.slice(0, 30), c] as const))(
	"%s",
	(_name, { input_ids, mean_nll, last_logits_top5, greedy_output_ids }) => {
		test("mean loss and the last logits match", async () => {
			const vocab = runtime.model.config.vocab_size;
			const logits = await textLogits(runtime, null, input_ids);
			let nll = 0;
			for (let t = 0; t + 1 < input_ids.length; t++) {
				const row = logits.subarray(t * vocab, (t + 1) * vocab);
				const most = row.reduce((a, b) => Math.max(a, b));
				nll += most + Math.log(row.reduce((sum, x) => sum + Math.exp(x - most), 0)) - row[input_ids[t + 1]];
			}
			if (input_ids.length > 1)
				expect(Math.abs(nll / (input_ids.length - 1) - mean_nll)).toBeLessThan(1e-4 * Math.max(1, mean_nll));
			const last = logits.subarray((input_ids.length - 1) * vocab);
			for (const [id, value] of last_logits_top5)
				expect(Math.abs(last[id] - value)).toBeLessThan(2e-4 * Math.abs(last_logits_top5[0][1]));
		});

		test("the greedy answer matches, token by token with the KV cache", async () => {
			const generator = await Generator.create(runtime, null, 256);
			const sampling = {
				max_new_tokens: greedy_output_ids.length,
				temperature: 0,
				top_p: 1,
				top_k: 0,
				seed: 0,
				adapterStrength: 1,
			};
			const { output_ids } = await generator.generate(input_ids, sampling, [], () => true);
			generator.release();
			expect(output_ids).toEqual(greedy_output_ids);
		});
	},
);
