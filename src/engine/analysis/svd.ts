// The singular value decomposition of a product of two thin matrices: QR of each, then the SVD of the small matrix
// between them (G. Golub and C. Van Loan, Matrix Computations, 5.2 and 8.6). The product itself is never formed. QR and
// SVD are ml-matrix's (a port of JAMA), in float64.
import { Matrix, QrDecomposition, SingularValueDecomposition } from "ml-matrix";

/** Singular values, largest first, and their vectors as rows: product = sum over k of S[k] · U[k] · V[k]ᵀ. */
export interface ThinSvd {
	readonly S: Float64Array; // [k]
	readonly U: readonly Float64Array[]; // [k, rows of the product], orthonormal
	readonly V: readonly Float64Array[]; // [k, columns of the product], orthonormal
}

/**
 * SVD of X · Yᵀ with k = min(m, n, r) singular values. Vectors of a singular value 0 are orthonormal but arbitrary.
 * @param X [m, r]
 * @param Y [n, r]
 */
export function svdOfProduct(X: Matrix, Y: Matrix): ThinSvd {
	const [x, y] = [thinQr(X), thinQr(Y)];
	const core = x.R.mmul(y.R.transpose()); // [min(m, r), min(n, r)]
	const svd = new SingularValueDecomposition(core, { autoTranspose: true });
	const count = Math.min(core.rows, core.columns);
	return {
		S: Float64Array.from(svd.diagonal.slice(0, count)),
		U: firstColumns(x.Q, svd.leftSingularVectors, count),
		V: firstColumns(y.Q, svd.rightSingularVectors, count),
	};
}

/** Q [m, k] with orthonormal columns (null: the identity) and R [k, r], k = min(m, r). */
function thinQr(X: Matrix): { Q: Matrix | null; R: Matrix } {
	if (X.rows <= X.columns) return { Q: null, R: X };
	const qr = new QrDecomposition(X);
	return { Q: qr.orthogonalMatrix, R: qr.upperTriangularMatrix };
}

/** The first `count` columns of Q · W, as rows. */
function firstColumns(Q: Matrix | null, W: Matrix, count: number): Float64Array[] {
	const size = Q === null ? W.rows : Q.rows;
	const vectors = Array.from({ length: count }, () => new Float64Array(size));
	for (let row = 0; row < size; row++) {
		const left = Q?.getRow(row);
		for (let k = 0; k < count; k++) {
			let sum = left === undefined ? W.get(row, k) : 0;
			if (left !== undefined) for (let i = 0; i < left.length; i++) sum += left[i] * W.get(i, k);
			vectors[k][row] = sum;
		}
	}
	return vectors;
}

/** values: [rows, columns], row by row; times `scale`. */
export function matrixOf(values: ArrayLike<number>, rows: number, columns: number, scale = 1): Matrix {
	const matrix = new Matrix(rows, columns);
	for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) matrix.set(i, j, values[i * columns + j] * scale);
	return matrix;
}

/**
 * How many singular values exceed the rounding error of float32 factors; the vectors of the others are noise. The bound is
 * that of numpy.linalg.matrix_rank, with float32's epsilon.
 * @param size the larger side of the matrix
 */
export function numericalRank(S: Float64Array, size: number): number {
	const bound = S.length === 0 ? 0 : S[0] * size * 2 ** -23;
	return S.filter((value) => value > bound).length;
}
