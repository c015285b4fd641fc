// Spectra: the singular values of s · B · A of each adapted module, and its effective rank.
import type { AdapterSpectrum, ModuleSpectrum } from "../api-rank.ts";
import type { LowRank } from "./low-rank.ts";
import { matrixOf, svdOfProduct, type ThinSvd } from "./svd.ts";

/** The decomposition of a module's update, computed once for repeated truncation or comparison. */
export interface Decomposed extends ThinSvd {
	readonly factors: LowRank;
}

/** Decomposes s · B · A: U [r, out] and V [r, in] as rows, S [r] including s. */
export function decompose(factors: LowRank): Decomposed {
	const B = matrixOf(factors.B, factors.out, factors.r, Math.abs(factors.scaling));
	const A = matrixOf(factors.A, factors.r, factors.in, Math.sign(factors.scaling));
	return { factors, ...svdOfProduct(B, A.transpose()) };
}

/**
 * A module's spectrum. Norms are of s · B · A.
 * The effective rank is exp of the entropy of the singular values as shares of their sum (O. Roy and M. Vetterli, The
 * effective rank, EUSIPCO 2007): from 1 to r; 0 for an update that is zero.
 */
export function moduleSpectrum({ factors, S }: Decomposed): ModuleSpectrum {
	const { path, in: columns, out, r, scaling } = factors;
	const squares = S.reduce((sum, value) => sum + value * value, 0);
	const total = S.reduce((sum, value) => sum + value, 0);
	let kept = 0;
	let entropy = 0;
	const energy = Array.from(S, (value) => {
		kept += value * value;
		if (value > 0) entropy -= (value / total) * Math.log(value / total);
		return squares > 0 ? kept / squares : 1;
	});
	return {
		path,
		...placeOfModule(path),
		in: columns,
		out,
		r,
		scaling,
		singularValues: Array.from(S),
		energy,
		effectiveRank: total > 0 ? Math.exp(entropy) : 0,
		frobeniusNorm: Math.sqrt(squares),
		spectralNorm: S[0] ?? 0,
	};
}

/** An adapter's spectra as the page and the command show them. */
export function adapterSpectrum(modules: readonly Decomposed[]): AdapterSpectrum {
	return { modules: modules.map(moduleSpectrum) };
}

/** Layer and last part of a module's path. */
export function placeOfModule(path: string): { layer: number | null; name: string } {
	const layer = /\.(\d+)\./.exec(path);
	return { layer: layer === null ? null : Number(layer[1]), name: path.slice(path.lastIndexOf(".") + 1) };
}
