// Pictures for the Learn page, drawn from formulas, and their best approximation at each rank by the singular value
// decomposition: its first k terms are the nearest matrix of rank k (Eckart and Young 1936). To add a picture: a formula
// in PICTURES.

/** Rows and columns of a picture. */
export const SIZE = 48;

export const PICTURES = {
	/** The sum of two products f(x) · g(y), so its rank is 2. */
	stripes: (x, y) => 0.5 + 0.5 * Math.sin(7 * x) * Math.cos(11 * y),
	/** A lit ball in front of a dark sky. */
	moon: (x, y) => {
		const [u, v] = [2.4 * x - 1.2, 2.4 * y - 1.2];
		const depth = 1 - u * u - v * v;
		return depth < 0 ? 0.06 : Math.max(0.1, 0.65 * Math.sqrt(depth) + 0.3 * u - 0.25 * v + 0.2);
	},
	/** Unstructured values, the same each time. */
	noise: (x, y) => {
		const wave = Math.sin(x * 12_989.8 + y * 78_233.1) * 43_758.5453;
		return wave - Math.floor(wave);
	},
} satisfies Record<string, (x: number, y: number) => number>;
export type PictureName = keyof typeof PICTURES;
export const PICTURE_NAMES = Object.keys(PICTURES) as PictureName[];

/** [SIZE, SIZE], row-major, from 0 (black) to 1. */
export function drawn(name: PictureName): Float64Array {
	const at = (i: number) => (i + 0.5) / SIZE;
	return Float64Array.from({ length: SIZE * SIZE }, (_, i) => {
		const value = PICTURES[name](at(i % SIZE), at(Math.floor(i / SIZE)));
		return Math.min(1, Math.max(0, value));
	});
}

/** A picture as the sum of S[k] · U[k] · V[k]ᵀ, largest first. */
export interface Decomposed {
	readonly S: readonly number[];
	readonly U: readonly (readonly number[])[]; // [k][row]
	readonly V: readonly (readonly number[])[]; // [k][column]
}

export async function decompose(values: Float64Array): Promise<Decomposed> {
	// 0.1 MB that only this page needs.
	const { Matrix, SingularValueDecomposition } = await import("ml-matrix");
	const svd = new SingularValueDecomposition(Matrix.from1DArray(SIZE, SIZE, values));
	const columns = (matrix: InstanceType<typeof Matrix>) => Array.from({ length: SIZE }, (_, k) => matrix.getColumn(k));
	return { S: svd.diagonal, U: columns(svd.leftSingularVectors), V: columns(svd.rightSingularVectors) };
}

/** The nearest matrix of rank r: [SIZE, SIZE] */
export function approximation({ S, U, V }: Decomposed, r: number): Float64Array {
	const out = new Float64Array(SIZE * SIZE);
	for (let k = 0; k < r; k++)
		for (let row = 0; row < SIZE; row++)
			for (let column = 0; column < SIZE; column++) out[row * SIZE + column] += S[k] * U[k][row] * V[k][column];
	return out;
}

/** Relative error of the rank-r approximation in the Frobenius norm, from 0 to 1. */
export function errorLeft({ S }: Pick<Decomposed, "S">, r: number): number {
	const squares = (values: readonly number[]) => values.reduce((sum, value) => sum + value * value, 0);
	return Math.sqrt(squares(S.slice(r)) / squares(S));
}

/** Number of values in two factors of rank r of a square matrix of side `size`. */
export const thinNumbers = (r: number, size = SIZE): number => r * 2 * size;
