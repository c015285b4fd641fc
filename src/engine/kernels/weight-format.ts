// Formats of frozen weights in GPU memory, and their sizes in bytes. A quantised matrix is one buffer with scales next to
// codes, so that a graph sees one tensor; shaders/dequant/dequant-*.wgsl decode it when a kernel loads it.

/** bf16: pairs in u32, the even element in the low half. */
export type WeightFormat = "f32" | "bf16" | QuantisedFormat | GgufBlockFormat;

/** Quantised by TabTune while a model is loaded. */
export const QUANTISED_FORMATS = ["int8", "nf4", "q8_0", "q4_0"] as const;
export type QuantisedFormat = (typeof QUANTISED_FORMATS)[number];
/** Formats in the blocks of GGUF files. */
export type GgufQuantisedFormat = Extract<QuantisedFormat, `q${string}`>;

export function isQuantisedFormat(storage: string): storage is QuantisedFormat {
	return QUANTISED_FORMATS.some((name) => name === storage);
}

/** Other blocks of GGUF files, which are used as the file stores them. */
export const GGUF_BLOCK_FORMATS = ["q4_1", "q5_0", "q5_1", "q4_k", "q5_k", "q6_k"] as const;
export type GgufBlockFormat = (typeof GGUF_BLOCK_FORMATS)[number];

/** The storage of a GGUF type's blocks, by its name in files ("Q4_K"); undefined for one that is dequantised. */
export function ggufBlockFormat(type: string): GgufBlockFormat | GgufQuantisedFormat | undefined {
	return (["q8_0", "q4_0", ...GGUF_BLOCK_FORMATS] as const).find((name) => name === type.toLowerCase());
}

/** Whether kernels dequantise the format, which is then neither float32 nor bfloat16. */
export const needsDequant = (storage: WeightFormat): storage is QuantisedFormat | GgufBlockFormat =>
	storage !== "f32" && storage !== "bf16";

/** Bytes of a tensor as stored: whole words. shape: [rows, width], or [n] of floats */
export function weightFormatBytes(storage: WeightFormat, shape: readonly number[]): number {
	const count = shape.reduce((product, n) => product * n, 1);
	switch (storage) {
		case "f32":
			return count * 4;
		case "bf16":
			return Math.ceil(count / 2) * 4;
		case "int8":
			return shape[0] * int8RowBytes(shape[1]);
		case "nf4":
			return nf4Bytes(count);
		default:
			return flatBytes(FLAT[storage], count);
	}
}

/** A row of int8 is its scale (f32) followed by one byte per code, padded to whole words. */
export const INT8_HEAD = 4;
export const int8RowBytes = (width: number): number => INT8_HEAD + Math.ceil(width / 4) * 4;

/**
 * NF4 runs over the flattened matrix in groups of 256 blocks of 64, the blocks that share one second absmax in bitsandbytes:
 * second absmax (f32), offset (f32), 256 bytes of the blocks' quantised absmax, then four bits per code. The last group ends
 * with its last code.
 */
export const NF4_BLOCK = 64;
export const NF4_GROUP = 256 * NF4_BLOCK;
export const NF4_HEAD = 8 + 256; // bytes
export const NF4_GROUP_BYTES = NF4_HEAD + NF4_GROUP / 2;

function nf4Bytes(count: number): number {
	const rest = count % NF4_GROUP;
	return Math.floor(count / NF4_GROUP) * NF4_GROUP_BYTES + (rest === 0 ? 0 : NF4_HEAD + Math.ceil(rest / 8) * 4);
}

/** Weights of a block of GGUF's older types, and of those whose name ends with K; rows are whole blocks. */
export const GGUF_BLOCK = 32;
const GGUF_SUPER_BLOCK = 256;

/** A format of the flattened matrix: weights and bytes of a block, and the number of blocks whose bytes are a multiple of 256. */
export interface FlatForm {
	readonly elements: number;
	readonly bytes: number;
	readonly aligned: number;
}

export const FLAT: Readonly<Record<"nf4" | GgufQuantisedFormat | GgufBlockFormat, FlatForm>> = {
	nf4: { elements: NF4_GROUP, bytes: NF4_GROUP_BYTES, aligned: 32 },
	q8_0: { elements: GGUF_BLOCK, bytes: 34, aligned: 128 },
	q4_0: { elements: GGUF_BLOCK, bytes: 18, aligned: 128 },
	q4_1: { elements: GGUF_BLOCK, bytes: 20, aligned: 64 },
	q5_0: { elements: GGUF_BLOCK, bytes: 22, aligned: 128 },
	q5_1: { elements: GGUF_BLOCK, bytes: 24, aligned: 32 },
	q4_k: { elements: GGUF_SUPER_BLOCK, bytes: 144, aligned: 16 },
	q5_k: { elements: GGUF_SUPER_BLOCK, bytes: 176, aligned: 16 },
	q6_k: { elements: GGUF_SUPER_BLOCK, bytes: 210, aligned: 128 },
};

/** Bytes of a flattened matrix, rounded up to whole words. */
export function flatBytes(form: FlatForm, count: number): number {
	if (form === FLAT.nf4) return nf4Bytes(count);
	return Math.ceil(((count / form.elements) * form.bytes) / 4) * 4;
}

/** The number that a matrix's width must be a multiple of. */
export const widthMultiple = (storage: WeightFormat): number =>
	storage.startsWith("q") ? FLAT[storage as GgufQuantisedFormat | GgufBlockFormat].elements : 1;
