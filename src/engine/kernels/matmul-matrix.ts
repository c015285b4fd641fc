// Strategy matrix: strategy block on the matrix units of a GPU (subgroup matrices), where the browser offers them. Operands are
// float16 in products of mixed precision, or float32; sums are float32.
import type { KernelFeature } from "./kernel.ts";
import { type BlockLimits, blockForm, blockTile, type Product } from "./matmul-block.ts";
import type { MatmulVariant, MatrixSizes } from "./tuning.ts";

/** Steps of K that are staged together: enough for the deepest matrix. */
const UNROLL = 16;
/** A tile of 64 × 64. */
const TILE = 64;
/** Rows and columns of a thread, by the number of threads that compute a tile: strategy block has the same, to be merged. */
const SHARES: Readonly<Record<number, readonly [number, number]>> = { 64: [8, 8], 128: [8, 4], 256: [4, 4] };

/** The matrices of a subgroup, nearly square. */
function share(sizes: MatrixSizes, subgroups: number) {
	const down = 2 ** Math.floor(Math.log2(Math.sqrt(subgroups)));
	const across = subgroups / down;
	return { rows: TILE / sizes.m / down, columns: TILE / sizes.n / across, across };
}

/** Whether a tile can be divided into subgroup matrices of these sizes. */
export function fitsTile(sizes: MatrixSizes, subgroup: number, threads = 64): boolean {
	const { rows, columns } = share(sizes, threads / subgroup);
	return [rows, columns, UNROLL / sizes.k].every((count) => Number.isInteger(count) && count > 0);
}

/** Bytes of workgroup memory at most: a staged slice of both operands, and the sums of a tile. */
const MEMORY = 2 * TILE * UNROLL * 4 + TILE * TILE * 4;

/** Constants and texts as blockForm's; null if the device's matrices do not suit the product or the variant. */
export function matrixForm(chosen: MatmulVariant, product: Product, limits: BlockLimits) {
	const { threads, splits = 1 } = chosen;
	const { m, n, segments, half, matrix: units } = product;
	const sizes = (half === null ? units?.f32 : units?.f16) ?? null;
	const [rows, columns] = SHARES[threads * splits] ?? [];
	if (units === undefined || sizes === null || rows === undefined || blockTile(chosen).m !== TILE) return null;
	if (segments.length !== 1 || m < TILE || n < TILE || !fitsTile(sizes, units.subgroup, threads * splits)) return null;
	if (limits.maxComputeWorkgroupStorageSize < MEMORY || limits.maxComputeInvocationsPerWorkgroup < threads * splits)
		return null;
	const variant: MatmulVariant = { strategy: "block", rows, columns, unroll: UNROLL, threads: threads * splits };
	const form = blockForm(variant, product, [units.wgsl.memory, units.wgsl.operations]);
	const shared = share(sizes, variant.threads / units.subgroup);
	const features: KernelFeature[] = half === null ? [] : ["shader-f16"];
	if (units.emulated !== true) features.push("subgroups", "chromium-experimental-subgroup-matrix");
	return {
		variant,
		wgsl: units.wgsl,
		features,
		subgroupSize: units.sized === true ? units.subgroup : undefined,
		sizes: {
			SUBGROUP: units.subgroup,
			SUBGROUPS_J: shared.across,
			MATRICES_I: shared.rows,
			MATRICES_J: shared.columns,
			MATRIX_M: sizes.m,
			MATRIX_N: sizes.n,
			MATRIX_K: sizes.k,
		},
		constants: {
			...form.constants,
			SCALED0: false, // the sums are scaled
			ELEMENT: half === null ? "f32" : "f16",
		},
		includes: form.includes,
	};
}
