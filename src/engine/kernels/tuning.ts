// Which variant of a kernel family runs for which shape on this device. Filled with defaults per device class, then
// corrected by measurement at start (autotune.ts). Plain data, so that it can be cached per adapter and kernel text.

/** How operand B is stored: frozen weights stay bf16 pairs when the file holds bf16. */
export type Storage = "f32" | "bf16";

export interface MatmulShape {
	readonly m: number;
	readonly n: number;
	readonly k: number;
	readonly transposeA: boolean;
	readonly transposeB: boolean;
	readonly storageB: Storage;
}

export interface MatmulVariant {
	/**
	 * direct: register tile, plain loads. quad / xor: the same, lanes of a subgroup of 4 / 8 exchange operands. shared:
	 * tile staged in workgroup memory. split: a few outputs, the K loop shared out among threads.
	 */
	readonly strategy: "direct" | "quad" | "xor" | "shared" | "split";
	/** Output tile of one thread, rows × columns (split: of one workgroup). quad: rows % 4 = 0, xor: rows % 8 = 0. */
	readonly rows: number;
	readonly columns: number;
	/** K steps written out (shared: staged at once). */
	readonly unroll: number;
	/** Threads of a workgroup; quad and xor have 4 and 8. shared: a multiple of 16, split: a power of two. */
	readonly threads: number;
}

export interface Tuning {
	matmul(shape: MatmulShape): MatmulVariant;
}
