// Measures how far the directions of two adapters agree: the subspace similarity of section 7.2 and figure 3 of the LoRA paper
// (arXiv 2106.09685), for every pair of ranks at once.

import { TabTuneError } from "../../shared/errors.ts";
import { analysisMessage } from "../../shared/messages/index.ts";
import type { AdapterOverlap, OverlapMap, OverlapSide } from "../api-rank.ts";
import { type Decomposed, placeOfModule } from "./spectrum.ts";
import { matrixOf, numericalRank, svdOfProduct } from "./svd.ts";

/**
 * φ(i, j) = ‖U_iᵀ W_j‖²_F / min(i, j) for all i and j, where U_i and W_j contain the first i and j vectors: the cumulative sums of
 * the squared dot products over rows and columns.
 * @param U, W orthonormal vectors as rows, [n, d] and [m, d]
 * @returns [n][m]
 */
export function subspaceSimilarity(U: readonly Float64Array[], W: readonly Float64Array[]): number[][] {
	let above = new Float64Array(W.length);
	return U.map((u, i) => {
		const sums = new Float64Array(W.length); // of the squares in rows 0 … i and columns 0 … j
		let row = 0;
		W.forEach((w, j) => {
			let product = 0;
			for (let k = 0; k < u.length; k++) product += u[k] * w[k];
			row += product * product;
			sums[j] = above[j] + row;
		});
		above = sums;
		return Array.from(sums, (sum, j) => sum / (Math.min(i, j) + 1));
	});
}

/**
 * The expected φ when one of the two subspaces is uniformly random: the mean of its
 * projection onto the other is (i / d) times the identity, so that E ‖U_iᵀ W_j‖²_F = i j / d and E φ = max(i, j) / d.
 * @param d dimension of the space
 * @returns [n][m]
 */
export function randomSimilarity(n: number, m: number, d: number): number[][] {
	return Array.from({ length: n }, (_, i) => Array.from({ length: m }, (_, j) => Math.max(i + 1, j + 1) / d));
}

/**
 * φ of two adapters by module and on average, next to the expected value of random subspaces.
 * @throws TabTuneError "adapter" when they share no module, or a shared module has another size.
 */
export function adapterOverlap(
	one: readonly Decomposed[],
	other: readonly Decomposed[],
	side: OverlapSide,
): AdapterOverlap {
	const byPath = new Map(other.map((module) => [module.factors.path, module]));
	const modules = one.flatMap((first) => {
		const second = byPath.get(first.factors.path);
		if (second === undefined) return [];
		const { path, in: columns, out } = first.factors;
		if (columns !== second.factors.in || out !== second.factors.out) {
			throw new TabTuneError("adapter", {
				what: analysisMessage("differentShapes", {
					path,
					out,
					columns,
					secondOut: second.factors.out,
					secondIn: second.factors.in,
				}),
				where: "overlap",
				next: analysisMessage("differentShapes.next"),
			});
		}
		const [U, W] = [directions(first, side), directions(second, side)];
		const dimension = side === "left" ? out : columns;
		const baseline = randomSimilarity(U.length, W.length, dimension);
		return [{ path, ...placeOfModule(path), dimension, phi: subspaceSimilarity(U, W), baseline }];
	});
	if (modules.length === 0) {
		throw new TabTuneError("adapter", {
			what: analysisMessage("noCommonModule"),
			where: "overlap",
			next: analysisMessage("noCommonModule.next"),
		});
	}
	return { side, modules, mean: meanMap(modules) };
}

/** Orthonormal vectors as rows, as many as exceed the rounding error of the factors. */
function directions({ factors, S, U, V }: Decomposed, side: OverlapSide): readonly Float64Array[] {
	const { in: columns, out, r } = factors;
	if (side !== "A") return (side === "left" ? U : V).slice(0, numericalRank(S, Math.max(columns, out)));
	const unit = matrixOf(
		Float64Array.from({ length: r * r }, (_, i) => (i % (r + 1) === 0 ? 1 : 0)),
		r,
		r,
	);
	const svd = svdOfProduct(unit, matrixOf(factors.A, r, columns).transpose());
	return svd.V.slice(0, numericalRank(svd.S, columns));
}

function meanMap(maps: readonly OverlapMap[]): OverlapMap {
	const mean = (of: (map: OverlapMap) => number[][]) => {
		const rows = Math.max(...maps.map((map) => of(map).length));
		return Array.from({ length: rows }, (_, i) => {
			const reaching = maps.flatMap((map) => (of(map)[i] === undefined ? [] : [of(map)[i]]));
			const columns = Math.max(...reaching.map((row) => row.length));
			return Array.from({ length: columns }, (_, j) => {
				const values = reaching.flatMap((row) => (row[j] === undefined ? [] : [row[j]]));
				return values.reduce((sum, value) => sum + value, 0) / values.length;
			});
		});
	};
	return { phi: mean(({ phi }) => phi), baseline: mean(({ baseline }) => baseline) };
}
