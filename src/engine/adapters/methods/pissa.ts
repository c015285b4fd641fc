// PiSSA (arXiv 2404.02948): LoRA whose initial values are the base's largest singular values and vectors. PEFT's `pissa_init`
// subtracts them from W; here W is unchanged and a second, frozen pair subtracts them (lora.ts). The adapter is exported as
// plain LoRA (pissa-to-lora.ts). ml-matrix computes the decompositions in float64.
import { EigenvalueDecomposition, Matrix, QrDecomposition } from "ml-matrix";
import { normal, Purpose } from "../../random.ts";
import type { LoraModule } from "../adapter.ts";

/** Largest smaller side of a matrix that is decomposed exactly: a quarter of a second for [192, 512]. */
const WHOLE_SIDE = 256;
/** The randomised decomposition: columns in addition to r, and the default number of passes. */
const OVERSAMPLING = 10;
const USUAL_PASSES = 8;

export interface PissaStart {
	readonly A: Float32Array; // [r, in]: sqrt(S / s) · Vᵀ
	readonly B: Float32Array; // [out, r]: U · sqrt(S / s)
	/** False for the randomised decomposition. */
	readonly exact: boolean;
}

/**
 * The initial A and B of a module, from its r largest singular values: s · B · A is the best approximation of W of that rank.
 * The sign of a column is arbitrary.
 * @param W [out, in], row by row
 * @param niter passes of the randomised decomposition (N. Halko, P. Martinsson and J. Tropp, arXiv 0909.4061, algorithm
 * 4.4); null: the exact decomposition, from the eigenvectors of W · Wᵀ, if the matrix is small enough
 */
export function pissaStart(
	W: Float32Array,
	{ module, r, scaling }: Pick<LoraModule, "module" | "r" | "scaling">,
	niter: number | null,
	draw: { readonly seed: number; readonly salt: number },
): PissaStart {
	const { in: columns, out: rows } = module;
	const wide = rows <= columns;
	const M = wide ? rowsOf(W, rows, columns) : columnsOf(W, rows, columns); // [small, large]
	const exact = niter === null && M.length <= WHOLE_SIDE;
	const U = exact ? eigenvectors(gram(M), r) : randomised(M, r, niter ?? USUAL_PASSES, draw); // r of [small]
	const A = new Float32Array(r * columns);
	const B = new Float32Array(rows * r);
	U.forEach((u, k) => {
		const v = combined(u, M); // S · v: [large]
		const S = Math.sqrt(v.reduce((sum, x) => sum + x * x, 0));
		const root = Math.sqrt(S / scaling);
		const [left, right] = wide ? [u, v] : [v, u]; // one of them still S long
		const [ofLeft, ofRight] = S === 0 ? [0, 0] : wide ? [root, root / S] : [root / S, root];
		for (let j = 0; j < columns; j++) A[k * columns + j] = right[j] * ofRight;
		for (let i = 0; i < rows; i++) B[i * r + k] = left[i] * ofLeft;
	});
	return { A, B, exact };
}

/** The leading left singular vectors by subspace iteration from random columns. */
function randomised(
	M: readonly Float64Array[],
	r: number,
	niter: number,
	{ seed, salt }: { readonly seed: number; readonly salt: number },
): Float64Array[] {
	const [small, large] = [M.length, M[0].length];
	const k = Math.min(r + OVERSAMPLING, small);
	const drawn = normal(k * large, 1, seed, Purpose.init, salt);
	const transposed = Array.from({ length: large }, (_, j) => Float64Array.from(M, (row) => row[j]));
	let Q = orthonormal(products(rowsOf(drawn, k, large), M)); // k of [small]
	for (let pass = 0; pass < niter; pass++) Q = orthonormal(products(orthonormal(products(Q, transposed)), M));
	const inner = eigenvectors(gram(products(Q, transposed)), r); // of Qᵀ · M · Mᵀ · Q
	return inner.map((w) => combined(w, Q));
}

/** Each of X times each of Y. X: k of [n], Y: m of [n] → k of [m] */
function products(X: readonly Float64Array[], Y: readonly Float64Array[]): Float64Array[] {
	return X.map((x) => Float64Array.from(Y, (y) => dot(x, y)));
}

/** Σ weights[i] · rows[i] */
function combined(weights: Float64Array, rows: readonly Float64Array[]): Float64Array {
	const out = new Float64Array(rows[0].length);
	rows.forEach((row, i) => {
		const weight = weights[i];
		for (let j = 0; j < row.length; j++) out[j] += weight * row[j];
	});
	return out;
}

function dot(x: Float64Array, y: Float64Array): number {
	let sum = 0;
	for (let i = 0; i < x.length; i++) sum += x[i] * y[i];
	return sum;
}

/** M · Mᵀ */
function gram(M: readonly Float64Array[]): Matrix {
	const G = new Matrix(M.length, M.length);
	for (let i = 0; i < M.length; i++)
		for (let j = 0; j <= i; j++) {
			const value = dot(M[i], M[j]);
			G.set(i, j, value);
			G.set(j, i, value);
		}
	return G;
}

/** The eigenvectors of the `count` largest eigenvalues of a symmetric matrix, largest first. */
function eigenvectors(G: Matrix, count: number): Float64Array[] {
	const { eigenvectorMatrix, realEigenvalues } = new EigenvalueDecomposition(G, { assumeSymmetric: true });
	const order = realEigenvalues.map((_, i) => i).sort((a, b) => realEigenvalues[b] - realEigenvalues[a]);
	return order.slice(0, count).map((at) => Float64Array.from(eigenvectorMatrix.getColumn(at)));
}

/** An orthonormal basis of the space that the vectors span. */
function orthonormal(X: readonly Float64Array[]): Float64Array[] {
	const Q = new QrDecomposition(new Matrix(X as Float64Array[]).transpose()).orthogonalMatrix;
	return X.map((_, k) => Float64Array.from(Q.getColumn(k)));
}

function rowsOf(values: Float32Array, rows: number, columns: number): Float64Array[] {
	return Array.from({ length: rows }, (_, i) => Float64Array.from(values.subarray(i * columns, (i + 1) * columns)));
}

function columnsOf(values: Float32Array, rows: number, columns: number): Float64Array[] {
	return Array.from({ length: columns }, (_, j) =>
		Float64Array.from({ length: rows }, (_, i) => values[i * columns + j]),
	);
}
