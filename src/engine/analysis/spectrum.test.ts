import { expect, test } from "vitest";
import { relativeError } from "../../cli/test-cli.ts";
import { TabTuneError } from "../../shared/errors.ts";
import { normal } from "../random.ts";
import { type LowRank, lowRanks } from "./low-rank.ts";
import { type Decomposed, decompose, moduleSpectrum } from "./spectrum.ts";
import { adapterWith, expected as fixture, fixtureAdapter, model, product } from "./test-adapters.ts";

const factorsOf = (out: number, columns: number, r: number, scaling = 1): LowRank => ({
	path: "model.layers.3.mlp.up_proj",
	in: columns,
	out,
	r,
	scaling,
	A: normal(r * columns, 1, 5, 900, out),
	B: normal(out * r, 1, 5, 901, out),
});

test.each(Object.keys(fixture.spectra))(
	"adapter %s: singular values, effective rank and norms equal numpy's",
	(name) => {
		const spectra = lowRanks(fixtureAdapter(name), name).map((factors) => moduleSpectrum(decompose(factors)));
		expect(spectra.map(({ path }) => path).sort()).toEqual(Object.keys(fixture.spectra[name]).sort());
		for (const spectrum of spectra) {
			const expected = fixture.spectra[name][spectrum.path];
			expect(relativeError(spectrum.singularValues, expected.singular_values)).toBeLessThan(1e-5);
			expect(spectrum.effectiveRank / expected.effective_rank).toBeCloseTo(1, 5);
			expect(spectrum.frobeniusNorm / expected.frobenius_norm).toBeCloseTo(1, 5);
			expect(spectrum.spectralNorm / expected.spectral_norm).toBeCloseTo(1, 5);
		}
	},
);

const orthonormal = (vectors: readonly Float64Array[]) => {
	for (const [i, u] of vectors.entries())
		for (const [j, w] of vectors.entries()) {
			const dot = u.reduce((sum, value, k) => sum + value * w[k], 0);
			expect(Math.abs(dot - (i === j ? 1 : 0))).toBeLessThan(1e-12);
		}
};
const remade = ({ factors, S, U, V }: Decomposed) => {
	const found = new Float64Array(factors.out * factors.in);
	S.forEach((value, k) => {
		for (let i = 0; i < factors.out; i++)
			for (let j = 0; j < factors.in; j++) found[i * factors.in + j] += value * U[k][i] * V[k][j];
	});
	return found;
};

test.each([
	[7, 5, 2, 1.5],
	[5, 9, 5, -0.75], // a negative scaling, a rank that fills the smaller side
	[4, 4, 4, 2],
	[1, 6, 1, 3],
	[33, 17, 6, 0.01],
])("[%i, %i] at rank %i, scaling %f: U S Vᵀ is s · B · A, U and V orthonormal", (out, columns, r, scaling) => {
	const decomposed = decompose(factorsOf(out, columns, r, scaling));
	expect(relativeError(remade(decomposed), product(decomposed.factors))).toBeLessThan(1e-12);
	orthonormal(decomposed.U);
	orthonormal(decomposed.V);
	expect([...decomposed.S].sort((a, b) => b - a)).toEqual([...decomposed.S]);
});

test("a fresh adapter, whose B is zero, has a spectrum of zeros and loses nothing", () => {
	const fresh = { ...factorsOf(6, 8, 3), B: new Float32Array(18) };
	const decomposed = decompose(fresh);
	orthonormal(decomposed.U);
	expect(moduleSpectrum(decomposed)).toMatchObject({
		layer: 3,
		name: "up_proj",
		singularValues: [0, 0, 0],
		energy: [1, 1, 1],
		effectiveRank: 0,
		frobeniusNorm: 0,
		spectralNorm: 0,
	});
});

test("energy and effective rank of equal singular values and of a single one have their known values", () => {
	const unit = (values: number[]): LowRank => ({
		...factorsOf(4, 4, 2),
		A: Float32Array.from([1, 0, 0, 0, 0, 1, 0, 0]),
		B: Float32Array.from([values[0], 0, 0, values[1], 0, 0, 0, 0]),
	});
	expect(moduleSpectrum(decompose(unit([3, 3])))).toMatchObject({ energy: [0.5, 1], spectralNorm: 3 });
	expect(moduleSpectrum(decompose(unit([3, 3]))).effectiveRank).toBeCloseTo(2, 12);
	expect(moduleSpectrum(decompose(unit([3, 0]))).effectiveRank).toBeCloseTo(1, 12);
	expect(moduleSpectrum(decompose(unit([4, 2]))).energy[0]).toBeCloseTo(0.8, 12);
});

test("non-finite values are reported with their module, before any decomposition", () => {
	const broken = adapterWith(model, { r: 2 }, (name, i) =>
		name === "model.layers.1.mlp.up_proj.lora_B.weight" && i === 3 ? Number.NaN : 1,
	);
	expect(() => lowRanks(broken, "broken")).toThrow(TabTuneError);
	expect(() => lowRanks(broken, "broken")).toThrow(/model\.layers\.1\.mlp\.up_proj are not all finite \(broken\)/);
});
