import { expect, test } from "vitest";
import { relativeError } from "../../cli/test-cli.ts";
import type { Adapter } from "../adapters/adapter.ts";
import type { CombinationType } from "../api-rank.ts";
import { FRESH_CONFIG } from "../peft/index.ts";
import { blendAdapters, type NamedAdapter } from "./blend.ts";
import { lowRanks } from "./low-rank.ts";
import { adapterWith, expected, fixtureAdapter, model, products, tensors } from "./test-adapters.ts";

const named = (...names: string[]) => names.map((name) => ({ name, adapter: fixtureAdapter(name) }));

test.each(expected.blends.map((blend, number) => [JSON.stringify(blend), blend, number] as const))(
	"%s equals PEFT's blend",
	(_name, blend, number) => {
		const found = blendAdapters(model, named(...blend.adapters), blend);
		const own = products(found);
		const paths = [...tensors.keys()].flatMap((key) => key.match(`^blend ${number}/(.*)`)?.[1] ?? []);
		expect([...own.keys()].sort()).toEqual(paths.sort());
		for (const [path, values] of own) {
			const peft = tensors.get(`blend ${number}/${path}`)?.values ?? [];
			// PEFT scales a blend of rsLoRA adapters once more than its weights say: `scaling` in the fixture, else 1.
			expect(
				relativeError(
					values,
					Float64Array.from(peft, (value) => value / blend.scaling),
				),
				path,
			).toBeLessThan(1e-5);
		}
		expect(found.layout.settings).toMatchObject({ r: blend.r, lora_alpha: blend.r, use_rslora: false });
	},
);

test("svd has PEFT's factors: rows of A of length 1, singular values in B", () => {
	const settings = { weights: [0.5, 0.8], combination_type: "svd" as const, svd_rank: null };
	for (const { path, r, in: columns, out, A, B } of lowRanks(
		blendAdapters(model, named("a", "c"), settings),
		"blend",
	)) {
		const lengths = Array.from({ length: r }, (_, k) => Math.hypot(...A.subarray(k * columns, (k + 1) * columns)));
		const values = Array.from({ length: r }, (_, k) =>
			Math.hypot(...Array.from({ length: out }, (_, row) => B[row * r + k])),
		);
		const found = values.filter((value) => value > 1e-5).length; // rows beyond the rank of the sum stay zero
		lengths.forEach((length, k) => {
			expect(length, path).toBeCloseTo(k < found ? 1 : 0, 6);
		});
		expect([...values].sort((a, b) => b - a)).toEqual(values);
	}
});

test("linear keeps the rank of a module that is equal in all adapters", () => {
	const wide = (seed: number) =>
		adapterWith(model, { r: 2, rank_pattern: { q_proj: 3 } }, (_, i) => Math.sin(seed + i * i));
	const blend = blendAdapters(
		model,
		[
			{ name: "one", adapter: wide(1) },
			{ name: "two", adapter: wide(2) },
		],
		{ weights: [1, 1], combination_type: "linear", svd_rank: null },
	);
	expect(blend.layout.modules.map(({ r }) => r)).toEqual(wide(1).layout.modules.map(({ r }) => r));
	expect(blend.layout.modules.every(({ scaling }) => scaling === 1)).toBe(true);
});

const blend = (
	adapters: NamedAdapter[],
	type: string,
	weights = adapters.map(() => 1),
	svd_rank: number | null = null,
) => blendAdapters(model, adapters, { weights, combination_type: type as CombinationType, svd_rank });

test("different ranks with linear are refused, naming the adapters or the module", () => {
	expect(() => blend(named("a", "c"), "linear")).toThrow(/the adapters have different ranks: a 3, c 5.*cat or svd/);
	const pattern = (rank_pattern: Record<string, number>): Adapter =>
		adapterWith(model, { r: 3, rank_pattern }, () => 1);
	expect(() =>
		blend(
			[
				{ name: "one", adapter: pattern({ q_proj: 2 }) },
				{ name: "two", adapter: pattern({ k_proj: 2 }) },
			],
			"linear",
		),
	).toThrow(/layers\.0\.self_attn\.q_proj have different ranks: one 2, two 3/);
});

test("other bases, DoRA, and invalid weights and ranks are refused", () => {
	const from = (base: string, use_dora = false) => ({
		...fixtureAdapter("a"),
		config: { ...FRESH_CONFIG, base_model_name_or_path: base, use_dora },
	});
	const two = (other: Adapter) => [
		{ name: "one", adapter: from("hub/tiny") },
		{ name: "two", adapter: other },
	];
	expect(() => blend(two(from("hub/large")), "cat")).toThrow(/one was trained on hub\/tiny, but two on hub\/large/);
	expect(() => blend(two(from("models/tiny/")), "cat")).not.toThrow();
	expect(() => blend(two(from("tiny", true)), "cat")).toThrow(/DoRA.*\(two\)/);
	expect(() => blend(named("a", "b"), "cat", [1])).toThrow(/there are 2 adapters, but 1 weights \[1\]/);
	expect(() => blend(named("a", "b"), "cat", [1, Number.NaN])).toThrow(/weights \[1, NaN\]/);
	expect(() => blend([], "cat")).toThrow(/0 adapters/);
	expect(() => blend(named("a", "b"), "ties")).toThrow(/combination_type is "ties".*linear, cat or svd/);
	expect(() => blend(named("a", "b", "c"), "cat")).toThrow(/rank 11 does not fit \S+k_proj, a \[8, 14\].*up to 8/);
	expect(() => blend(named("a", "c"), "svd", [1, 1], 9)).toThrow(/rank 9 does not fit \S+k_proj/);
	expect(() => blend(named("a", "c"), "svd", [1, 1], 0)).toThrow(/svd_rank is 0/);
});

test("LoRA on the head is blended too", () => {
	const wide = { ...model, config: { ...model.config, vocab_size: 37 } };
	const of = (seed: number) =>
		adapterWith(wide, { r: 2, target_modules: ["lm_head", "q_proj"] }, (_, i) => Math.sin(seed + i * i));
	const adapters = [1, 2].map((seed) => ({ name: String(seed), adapter: of(seed) }));
	const found = blendAdapters(wide, adapters, { weights: [1, 0], combination_type: "cat", svd_rank: null });
	const first = products(of(1));
	expect([...products(found).keys()]).toEqual([...first.keys()]);
	for (const [path, values] of products(found)) expect(relativeError(values, first.get(path) ?? [])).toBeLessThan(1e-5);
});
