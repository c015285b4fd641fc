// Frequencies of rotary positions, compared with those that transformers computes from the same config.json
// (fixtures/make_rope_scaling.py).
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { memoryFolder } from "../formats/model-folder.ts";
import { errorOf } from "../formats/test-tools.ts";
import { inverseFrequencies, ropeTables } from "../graph/rope-tables.ts";
import { readModelConfig } from "./config.ts";
import { ropes } from "./rope.ts";

interface Case {
	readonly name: string;
	readonly config: Readonly<Record<string, unknown>>;
	readonly inv_freq: readonly number[];
	readonly attention_scaling: number;
}
const CASES = JSON.parse(readFileSync("fixtures/rope-scaling.json", "utf8")) as readonly Case[];

const read = (config: object) => readModelConfig(memoryFolder("tiny", { "config.json": JSON.stringify(config) }));

test.each(CASES)("$name", async ({ config, inv_freq, attention_scaling }) => {
	const { rope } = ropes(await read(config));
	if (rope === undefined) throw new Error("no table");
	inverseFrequencies(rope).forEach((value, i) => {
		expect(Math.abs(value / inv_freq[i] - 1)).toBeLessThan(2e-6);
	});
	expect(ropeTables(rope, 1).cos[0]).toBeCloseTo(attention_scaling, 6);
});

test.each([
	[{ factor: "4" }, '"factor" is "4"'],
	[{ factor: -1 }, '"factor" is -1'],
	[{ attention_factor: "1" }, '"attention_factor" is "1"'],
	[{ attention_factor: 0 }, '"attention_factor" is 0'],
	[{ beta_fast: "32" }, '"beta_fast" is "32"'],
	[{ mscale: -1 }, '"mscale" is -1'],
	[{ truncate: "no" }, '"truncate" is "no"'],
	[{ original_max_position_embeddings: 0.5 }, '"original_max_position_embeddings" is 0.5'],
	[{ attn_factor: 2 }, '"rope_scaling.attn_factor": 2'],
	[{ rope_type: "proportional" }, 'rope type "proportional"'],
])("refuses %j", async (changes, words) => {
	const yarn = { rope_type: "yarn", factor: 4, original_max_position_embeddings: 1024 };
	const error = await errorOf(() => read({ ...CASES[0].config, rope_scaling: { ...yarn, ...changes } }));
	expect(error.message).toContain(words);
});

test("options of remote code that are off are accepted", async () => {
	const yarn = { type: "yarn", factor: 4, finetuned: true, attn_factor: 1, extrapolation_factor: 1.0 };
	expect((await read({ ...CASES[0].config, rope_scaling: yarn })).rope_scaling).toMatchObject({ factor: 4 });
});
