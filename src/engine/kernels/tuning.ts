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
	/** direct: register tile, plain loads. shared: tile staged in workgroup memory. quad / xor: lanes exchange operands (subgroups). */
	readonly strategy: "direct" | "shared" | "quad" | "xor";
	/** Output tile of one thread (direct, quad, xor) or one workgroup (shared), rows × columns, and K steps unrolled. */
	readonly rows: number;
	readonly columns: number;
	readonly unroll: number;
}

export interface Tuning {
	matmul(shape: MatmulShape): MatmulVariant;
}
