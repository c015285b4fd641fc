// Pictures for the Learn page, drawn from formulas, and their best approximation at each rank: by the singular value
// decomposition, whose first k terms are the nearest matrix of rank k (Eckart and Young 1936). To add a picture: a formula
// in PICTURES.

/** Rows and columns of a picture. */
export const SIZE = 48;

export const PICTURES = {
	/** Two products of a function of x and one of y: of rank 2. */
	stripes: (x, y) => 0.5 + 0.5 * Math.sin(7 * x) * Math.cos(11 * y),
	/** A lit ball before the night. */
	moon: (x, y) => {
		const [u, v] = [2.4 * x - 1.2, 2.4 * y - 1.2];
		const depth = 1 - u * u - v * v;
		return depth < 0 ? 0.06 : Math.max(0.1, 0.65 * Math.sqrt(depth) + 0.3 * u - 0.25 * v + 0.2);
	},
	/** Values without any structure, the same each time. */
	noise: (x, y) => {
		const wave = Math.sin(x * 12_989.8 + y * 78_233.1) * 43_758.5453;
		return wave - Math.floor(wave);
	},
} satisfies Record<string, (x: number, y: number) => number>;
export type PictureName = keyof typeof PICTURES;
export const PICTURE_NAMES = Object.keys(PICTURES) as PictureName[];

/** [SIZE, SIZE], row by row, from 0 (black) to 1. */
export function drawn(name: PictureName): Float64Array {
	const at = (i: number) => (i + 0.5) / SIZE;
	return Float64Array.from({ length: SIZE * SIZE }, (_, i) => {
		const value = PICTURES[name](at(i % SIZE), at(Math.floor(i / SIZE)));
		return Math.min(1, Math.max(0, value));
	});
}

/** A picture as a sum of S[k] · U[k] · V[k]ᵀ, largest first. */
export interface Decomposed {
	readonly S: readonly number[];
	readonly U: readonly (readonly number[])[]; // [k][row]
	readonly V: readonly (readonly number[])[]; // [k][column]
}

export async function decompose(values: Float64Array): Promise<Decomposed> {
	// A tenth of a megabyte that the rest of the page does without.
	const { Matrix, SingularValueDecomposition } = await import("ml-matrix");
	const svd = new SingularValueDecomposition(Matrix.from1DArray(SIZE, SIZE, values));
	const columns = (matrix: InstanceType<typeof Matrix>) => Array.from({ length: SIZE }, (_, k) => matrix.getColumn(k));
	return { S: svd.diagonal, U: columns(svd.leftSingularVectors), V: columns(svd.rightSingularVectors) };
}

/** The nearest matrix of rank r. [SIZE, SIZE] */
export function approximation({ S, U, V }: Decomposed, r: number): Float64Array {
	const out = new Float64Array(SIZE * SIZE);
	for (let k = 0; k < r; k++)
		for (let row = 0; row < SIZE; row++)
			for (let column = 0; column < SIZE; column++) out[row * SIZE + column] += S[k] * U[k][row] * V[k][column];
	return out;
}

/** The error that rank r leaves, over the matrix's own size, both in the Frobenius norm: from 0 to 1. */
export function errorLeft({ S }: Pick<Decomposed, "S">, r: number): number {
	const squares = (values: readonly number[]) => values.reduce((sum, value) => sum + value * value, 0);
	return Math.sqrt(squares(S.slice(r)) / squares(S));
}

/** Numbers of two thin matrices of rank r that make a square of `size`. */
export const thinNumbers = (r: number, size = SIZE): number => r * 2 * size;
