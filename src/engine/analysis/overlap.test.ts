import { expect, test } from "vitest";
import { relativeError } from "../../cli/test-cli.ts";
import { normal } from "../random.ts";
import { everyUpdate, lowRanks } from "./low-rank.ts";
import { adapterOverlap, randomSimilarity, subspaceSimilarity } from "./overlap.ts";
import { decompose } from "./spectrum.ts";
import { matrixOf, svdOfProduct } from "./svd.ts";
import { adapterWith, expected, fixtureAdapter, model, tensors } from "./test-adapters.ts";

const decomposed = (name: string) => lowRanks(fixtureAdapter(name), name).map(decompose);

test.each(expected.overlaps.map((pair, number) => [...pair, number] as const))(
	"φ of %s and %s equals numpy's for every side and module",
	(one, other, number) => {
		for (const side of ["A", "left", "right"] as const) {
			const { modules, mean } = adapterOverlap(decomposed(one), decomposed(other), side);
			expect(modules.length).toBeGreaterThan(0);
			for (const { path, phi, baseline, dimension } of modules) {
				const expected = tensors.get(`overlap ${number}/${path}/${side}`);
				expect([phi.length, phi[0].length]).toEqual(expected?.shape);
				expect(relativeError(phi.flat(), expected?.values ?? [])).toBeLessThan(1e-5);
				expect(baseline).toEqual(randomSimilarity(phi.length, phi[0].length, dimension));
			}
			const all = modules.map(({ phi }) => phi[1][2]);
			expect(mean.phi[1][2]).toBeCloseTo(all.reduce((sum, value) => sum + value, 0) / all.length, 12);
		}
	},
);

test("an adapter overlaps itself fully, for any scaling; the mean has the size of the largest module", () => {
	const { mean } = adapterOverlap(decomposed("c"), decomposed("c"), "right");
	expect([mean.phi.length, mean.phi[0].length]).toEqual([5, 5]);
	for (let k = 0; k < 5; k++) expect(mean.phi[k][k]).toBeCloseTo(1, 10);
});

/** The first n singular vectors of a Gaussian matrix: a subspace drawn evenly over all directions. */
const drawn = (n: number, d: number, step: number) => {
	const unit = matrixOf(
		Array.from({ length: n * n }, (_, i) => (i % (n + 1) === 0 ? 1 : 0)),
		n,
		n,
	);
	return svdOfProduct(unit, matrixOf(normal(n * d, 1, 3, 902, step), d, n)).V;
};

test("random subspaces have φ of max(i, j) / d on average", () => {
	const [n, m, d, draws] = [4, 6, 11, 400];
	const sums = new Float64Array(n * m);
	for (let draw = 0; draw < draws; draw++)
		subspaceSimilarity(drawn(n, d, 2 * draw), drawn(m, d, 2 * draw + 1))
			.flat()
			.forEach((value, i) => {
				sums[i] += value / draws;
			});
	// One draw's deviation is at most that of a product of two random directions, sqrt(2) / d at d = 11 and i = j = 1.
	const bound = (5 * Math.SQRT2) / d / Math.sqrt(draws);
	randomSimilarity(n, m, d)
		.flat()
		.forEach((value, i) => {
			expect(Math.abs(sums[i] - value)).toBeLessThan(bound);
		});
	expect(randomSimilarity(2, 3, 10)).toEqual([
		[0.1, 0.2, 0.3],
		[0.2, 0.2, 0.3],
	]);
});

test("directions that are rounding errors are not compared, as with B = 0 or a repeated column", () => {
	const fresh = adapterWith(model, { r: 3, target_modules: ["q_proj"] }, (name, i) =>
		name.includes("lora_B") ? 0 : Math.sin(i * i),
	);
	const one = lowRanks(fresh, "fresh").map(decompose);
	expect(adapterOverlap(one, decomposed("a"), "right").mean).toEqual({ phi: [], baseline: [] });
	expect(adapterOverlap(one, decomposed("a"), "A").mean.phi).toHaveLength(3);
	const doubled = adapterWith(model, { r: 3, target_modules: ["q_proj"] }, (name, i) =>
		name.includes("lora_A") && i >= 28 ? Math.sin((i - 14) ** 2) : Math.sin(i * i),
	);
	expect(adapterOverlap(lowRanks(doubled, "doubled").map(decompose), decomposed("a"), "A").mean.phi).toHaveLength(2);
});

test("adapters without a common module, or of another base, are refused", () => {
	const only = (name: string, target: string) =>
		lowRanks(
			adapterWith(model, { r: 2, target_modules: [target] }, (_, i) => Math.sin(i)),
			name,
		).map(decompose);
	expect(() => adapterOverlap(only("a", "k_proj"), only("b", "o_proj"), "A")).toThrow(/no module in common/);
	const other = only("b", "k_proj").map((module) => ({ ...module, factors: { ...module.factors, in: 99 } }));
	expect(() => adapterOverlap(only("a", "k_proj"), other, "A")).toThrow(/k_proj is \[8, 14\] in one .* \[8, 99\]/);
});

test("the overlap includes the embedding and the head", () => {
	const wide = { ...model, config: { ...model.config, vocab_size: 37 } };
	const settings = { r: 3, target_modules: ["embed_tokens", "lm_head"] };
	const adapter = adapterWith(wide, settings, (name, i) => Math.sin(name.length + i * i));
	const modules = everyUpdate(adapter, "ends").map(decompose);
	const overlap = adapterOverlap(modules, modules, "right");
	expect(overlap.modules.map(({ path, dimension }) => [path, dimension])).toEqual([
		["model.embed_tokens", 37],
		["lm_head", wide.config.hidden_size],
	]);
	for (const { phi } of overlap.modules) expect(phi[2][2]).toBeCloseTo(1, 10);
});
