// Quantises tensors to GGUF's block types, byte for byte as `llama-quantize` does without an importance matrix. To add a type, add
// its quantiser of one block to QUANTISERS. gguf-blocks.ts dequantises.
import { GGUF_TYPES } from "../gguf-blocks.ts";
import { quantiseQ40, quantiseQ50, quantiseQ51, quantiseQ80 } from "./blocks.ts";
import { quantiseQ4K, quantiseQ5K, quantiseQ6K } from "./k-blocks.ts";

/** Quantises the block of x that begins at `at` to the bytes of `out` that begin at `to`. */
type BlockQuantiser = (x: Float32Array, at: number, out: Uint8Array, to: number) => void;

const QUANTISERS = {
	Q4_0: quantiseQ40,
	Q5_0: quantiseQ50,
	Q5_1: quantiseQ51,
	Q8_0: quantiseQ80,
	Q4_K: quantiseQ4K,
	Q5_K: quantiseQ5K,
	Q6_K: quantiseQ6K,
} as const satisfies Readonly<Record<string, BlockQuantiser>>;

export type QuantisedGgufType = keyof typeof QUANTISERS;

export const isQuantisedGgufType = (type: string): type is QuantisedGgufType => Object.hasOwn(QUANTISERS, type);

const SIZES = new Map([...GGUF_TYPES.values()].map(({ name, elements, bytes }) => [name, { elements, bytes }]));

/** The weights and bytes of a type's block. */
export function blockSize(type: QuantisedGgufType): { readonly elements: number; readonly bytes: number } {
	const size = SIZES.get(type);
	if (size === undefined) throw new Error(`${type} is not read`);
	return size;
}

/** @param values a whole number of blocks */
export function quantiseGguf(type: QuantisedGgufType, values: Float32Array): Uint8Array<ArrayBuffer> {
	const { elements, bytes } = blockSize(type);
	const blocks = values.length / elements;
	const out = new Uint8Array(blocks * bytes);
	const quantise = QUANTISERS[type];
	for (let block = 0; block < blocks; block++) quantise(values, block * elements, out, block * bytes);
	return out;
}
