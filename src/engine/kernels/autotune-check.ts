// Checks a matmul variant before it is timed: its pipeline compiles, and its product equals the one computed here.

import { matmulCalls } from "./matmul.ts";
import type { Pipelines } from "./pipelines.ts";
import { dispatchOnce } from "./timing.ts";
import type { MatmulShape, MatmulVariant, Tuning } from "./tuning.ts";

/** Rows and columns of the product: not multiples of a tile, and few, because the processor computes it too. */
const [ROWS, COLUMNS] = [75, 203];
/** Largest error relative to the largest value of the product; wrong kernels are wrong by far more. */
const TOLERANCE = 1e-3;

/** @param shape with K and the formats of the kernel; storageB is "f32" or "bf16", and B is transposed */
export const checkVariant = (pipelines: Pipelines, variant: MatmulVariant, shape: MatmulShape) =>
	checkTuning(pipelines, { matmul: () => variant }, shape);

/** @param half in mixed precision; see MatmulSegmentShape */
export async function checkTuning(
	pipelines: Pipelines,
	tuning: Tuning,
	shape: MatmulShape,
	half?: number,
): Promise<"does not compile" | "wrong values" | null> {
	const { gpu } = pipelines;
	const { k, storageB } = shape;
	const [m, n] = [Math.min(shape.m, ROWS), Math.min(shape.n, COLUMNS)];
	// a: [m, k], b: [n, k]; halves of small integers, which bf16 represents exactly
	const a = Float32Array.from({ length: m * k }, (_, i) => (((i * 7919) % 31) - 15) / 16);
	const b = Float32Array.from({ length: n * k }, (_, i) => (((i * 104729) % 37) - 18) / 16);
	const buffers = [a, storageB === "bf16" ? pairs(b) : b, new Float32Array(m * n).fill(Number.NaN)].map((data) => {
		const buffer = gpu.storage("autotune", data.byteLength);
		gpu.write(buffer, 0, data);
		return buffer;
	});
	try {
		const calls = matmulCalls(
			{ segments: [{ a: { tensor: 0 }, b: { tensor: 1 } }], out: { tensor: 2 } },
			{
				m,
				n,
				segments: [{ ...shape, scale: 1, adapter: false, ...(half === undefined ? {} : { half }) }],
				accumulate: false,
			},
			tuning,
			gpu.device.limits,
		);
		await gpu.checked("autotune", () => dispatchOnce(pipelines, buffers, calls));
		const found = new Float32Array(await gpu.read(buffers[2], 0, m * n * 4));
		return matches(found, a, b, { m, n, k }) ? null : "wrong values";
	} catch {
		gpu.assertAlive();
		return "does not compile";
	} finally {
		for (const buffer of buffers) gpu.destroyBuffer(buffer);
	}
}

/** Whether found [m, n] is a · bᵀ. */
function matches(
	found: Float32Array,
	a: Float32Array,
	b: Float32Array,
	{ m, n, k }: { m: number; n: number; k: number },
): boolean {
	let [largest, error] = [0, 0];
	for (let i = 0; i < m; i++) {
		for (let j = 0; j < n; j++) {
			let sum = 0;
			for (let p = 0; p < k; p++) sum += a[i * k + p] * b[j * k + p];
			const difference = Math.abs(found[i * n + j] - sum);
			if (Number.isNaN(difference)) return false;
			error = Math.max(error, difference);
			largest = Math.max(largest, Math.abs(sum));
		}
	}
	return error <= TOLERANCE * largest;
}

/** The upper halves of floats, two in a word. */
function pairs(values: Float32Array<ArrayBuffer>): Uint32Array<ArrayBuffer> {
	const bits = new Uint32Array(values.buffer);
	return Uint32Array.from({ length: Math.ceil(bits.length / 2) }, (_, i) => {
		return ((bits[2 * i] >>> 16) | ((bits[2 * i + 1] ?? 0) & 0xffff0000)) >>> 0;
	});
}
