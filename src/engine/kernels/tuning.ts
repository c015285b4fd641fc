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

export const STRATEGY_NAMES = ["direct", "quad", "xor", "shared", "split"] as const;

export interface MatmulVariant {
	/**
	 * direct: register tile, plain loads. quad / xor: the same, lanes of a subgroup of 4 / 8 exchange operands. shared:
	 * tile staged in workgroup memory. split: a few outputs, with the K loop divided among threads.
	 */
	readonly strategy: (typeof STRATEGY_NAMES)[number];
	/** Output tile of one thread, rows × columns (split: of one workgroup). quad: rows % 4 = 0, xor: rows % 8 = 0. */
	readonly rows: number;
	readonly columns: number;
	/** Unrolled K steps (shared: K steps that are staged together). */
	readonly unroll: number;
	/** Threads of a workgroup; quad and xor have 4 and 8. shared: a multiple of 16, split: a power of two. */
	readonly threads: number;
}

/** A variant that every device supports. */
export const PLAIN_VARIANT: MatmulVariant = { strategy: "direct", rows: 4, columns: 4, unroll: 1, threads: 32 };

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
	/** Attention in workgroups that share what they read (attention-block.ts), where the device has the memory for it. */
	readonly attentionBlocks?: boolean;
	/** Independent calls become one dispatch (graph/passes/merge-dispatches.ts), where launching one costs more than its work. */
	readonly mergeDispatches?: boolean;
	matmul(shape: MatmulShape): MatmulVariant;
}

/** few: one token at a time. narrow: a side of the size of a LoRA rank. wide: everything else. */
export const SHAPE_KINDS = ["few", "narrow", "wide"] as const;
export type ShapeKind = (typeof SHAPE_KINDS)[number];

/** There are few kinds, so that a model needs few pipelines; compilation is most of a cold start. */
export type TuningTable = Readonly<Record<ShapeKind, MatmulVariant>>;

export function shapeKind({ m }: Pick<MatmulShape, "m">): ShapeKind {
	if (m <= 4) return "few";
	return m <= 16 ? "narrow" : "wide";
}

export function tuningOf(table: TuningTable): Tuning {
	return { matmul: (shape) => table[shapeKind(shape)] };
}
