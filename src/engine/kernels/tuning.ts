// Chooses the matmul variant for a shape on this device: a table with defaults per device class (tuning-defaults.ts),
// adjusted by measurement (autotune.ts). Plain data, cached per adapter and kernel text.
import type { WeightFormat } from "./weight-format.ts";

/** The shape that a kernel computes. matmul.ts has transposed skinny products, so m is the short side. */
export interface MatmulShape {
	readonly m: number;
	readonly n: number;
	readonly k: number;
	readonly transposeA: boolean;
	readonly transposeB: boolean;
	/** Storage format of operand B: frozen weights keep the format of the file, or are quantised. */
	readonly storageB: WeightFormat;
}

export const STRATEGY_NAMES = ["direct", "quad", "xor", "shared", "block", "split"] as const;

export interface MatmulVariant {
	/**
	 * direct: register tile, plain loads. quad / xor: the same, lanes of a subgroup of 4 / 8 exchange operands. shared:
	 * tile staged in workgroup memory. block: the same with vec4s, for GPUs. split: a few outputs, with the K loop divided
	 * among threads.
	 */
	readonly strategy: (typeof STRATEGY_NAMES)[number];
	/** Output tile of one thread, rows × columns (split: of one workgroup). quad: rows % 4 = 0, xor: rows % 8 = 0. */
	readonly rows: number;
	readonly columns: number;
	/** Unrolled K steps (shared, block: K steps that are staged together). block: rows, columns and this are multiples of 4. */
	readonly unroll: number;
	/** Threads of a workgroup; quad and xor have 4 and 8. shared: a multiple of 16, split: a power of two. block: of a tile. */
	readonly threads: number;
	/** block: groups of threads in a workgroup that share the K loop of a tile, a power of two; 1 by default. */
	readonly splits?: number;
}

/** A variant that every device supports. */
export const PLAIN_VARIANT: MatmulVariant = { strategy: "direct", rows: 4, columns: 4, unroll: 1, threads: 32 };

/** Sizes of subgroup matrices: sums [m, n] from operands [m, k] and [k, n]. */
export interface MatrixSizes {
	readonly m: number;
	readonly n: number;
	readonly k: number;
}

/** For which types of operands matrix units are used. */
export type MatrixTypes = Readonly<Record<"f16" | "f32", boolean>>;

/** Texts of strategy matrix: at module scope, and in the entry point before, in and after the loop over K. */
export interface MatrixTexts {
	readonly memory: string;
	readonly operations: string;
	readonly start: string;
	readonly multiply: string;
	readonly sums: string;
}

export interface MatrixUnits {
	/** Threads of a subgroup. */
	readonly subgroup: number;
	/** Whether the kernel asks for subgroups of that size, where others are possible. */
	readonly sized?: boolean;
	/** Null: there are no matrices with operands of this type and float32 sums. */
	readonly f16: MatrixSizes | null;
	readonly f32: MatrixSizes | null;
	/** The strategy's WGSL, which only devices with matrix units load. */
	readonly wgsl: MatrixTexts;
	/** Whether the operations are not those of the device, in tests. */
	readonly emulated?: boolean;
}

/** Queries × keys that a thread of attention holds in registers. */
export interface AttentionTile {
	readonly queries: number;
	readonly keys: number;
}

export interface AttentionTiles {
	/** Threads of a workgroup. */
	readonly threads: number;
	readonly forward: AttentionTile;
	readonly gradientQ: AttentionTile;
	readonly gradientKv: AttentionTile;
}

export interface Tuning {
	/** By default the smallest tiles, which every device supports. */
	attention?(): AttentionTiles;
	/**
	 * The most queries of a workgroup of attention that shares what it reads (attention-block.ts), where the device has the memory
	 * for it; by default, and if 0, threads work alone.
	 */
	readonly attentionQueries?: number;
	/** Independent calls become one dispatch (graph/passes/merge-dispatches.ts), where launching one costs more than its work. */
	readonly mergeDispatches?: boolean;
	/** The device has float16 numbers (shader-f16). */
	readonly float16?: boolean;
	/** Matrix units, where wide products are faster on them than with strategy block. */
	readonly matrix?: MatrixUnits;
	/** Threads that share a row of logits, a power of two; by default few, for software adapters. */
	readonly rowThreads?: number;
	matmul(shape: MatmulShape): MatmulVariant;
}

/**
 * few: one token at a time. narrow: a side of the size of a LoRA rank. wide: everything else. GPUs, on which a product must
 * occupy thousands of threads, distinguish small and medium products from wide ones, and call the smallest narrow.
 */
export const SHAPE_KINDS = ["few", "narrow", "small", "medium", "wide"] as const;
export type ShapeKind = (typeof SHAPE_KINDS)[number];

/** A record by kind, in which the small and the medium kind may be missing. */
export type ByKind<T> = Readonly<
	Record<Exclude<ShapeKind, "small" | "medium">, T> & Partial<Record<"small" | "medium", T>>
>;

/** There are few kinds, so that a model needs few pipelines; compilation is most of a cold start. */
export type TuningTable = ByKind<MatmulVariant>;

/** From this number of outputs on, a product is no longer narrow, small, or medium. */
const OUTPUTS = { small: 2 ** 16, medium: 2 ** 18, wide: 2 ** 19 } as const;

/** @param table its kinds are those that are distinguished */
export function shapeKind({ m, n }: Pick<MatmulShape, "m" | "n">, table: ByKind<unknown>): ShapeKind {
	if (m <= 4) return "few";
	if (m <= 16) return "narrow";
	if (table.small === undefined || m * n >= OUTPUTS.wide) return "wide";
	if (m * n < OUTPUTS.small) return "narrow";
	return m * n < OUTPUTS.medium || table.medium === undefined ? "small" : "medium";
}

/** Products with a shorter side than this are narrow: a side is a LoRA rank, or a few of them. */
const NARROW = 64;

/**
 * The tuning of products that run at the same time in one dispatch: the wide ones occupy the device together, and all have
 * workgroups of one size, where their strategy allows it.
 */
export function tuningTogether(tuning: Tuning, shapes: readonly MatmulShape[]): Tuning {
	const isNarrow = ({ m, n }: MatmulShape) => Math.min(m, n) < NARROW;
	const size = ({ threads, splits = 1 }: MatmulVariant) => threads * splits;
	/** The variant of one product of the size of all. */
	const ofAll = (all: readonly MatmulShape[]): MatmulVariant | null => {
		if (all.length === 0) return null;
		const [{ m }] = all;
		const outputs = all.reduce((sum, shape) => sum + shape.m * shape.n, 0);
		return tuning.matmul({ ...all[0], n: Math.ceil(outputs / m) });
	};
	const wide = ofAll(shapes.filter((shape) => !isNarrow(shape)));
	return {
		...tuning,
		matmul(shape) {
			if (!isNarrow(shape)) return wide ?? tuning.matmul(shape);
			const own = tuning.matmul(shape);
			if (wide === null || wide.strategy !== "block" || own.strategy !== "block") return own;
			const splits = size(wide) / own.threads;
			return Number.isInteger(Math.log2(splits)) && splits >= 1 ? { ...own, splits } : own;
		},
	};
}

export function tuningOf(table: TuningTable): Tuning {
	return { matmul: (shape) => table[shapeKind(shape, table)] ?? table.wide };
}
