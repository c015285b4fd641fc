// Random blocks of GGUF's types, with the numbers that they decode to.
import { decodeBlocks, GGUF_TYPES } from "../../formats/gguf-blocks.ts";
import { type GgufBlockFormat, weightFormatBytes } from "../../kernels/weight-format.ts";

/** Blocks with any codes and scales; the float16 factors have the magnitude of weights. */
export function randomBlocks(storage: GgufBlockFormat, count: number): { words: Uint32Array; values: Float32Array } {
	const type = [...GGUF_TYPES.values()].find(({ name }) => name.toLowerCase() === storage);
	if (type === undefined) throw new Error(`no type ${storage}`);
	const words = new Uint32Array(weightFormatBytes(storage, [1, count]) / 4);
	const bytes = new Uint8Array(words.buffer);
	for (let i = 0; i < bytes.length; i++) bytes[i] = Math.imul(i + 7, 2654435761) >>> 13;
	// 0x24.. and 0xa4.. are float16 of 1/64 to 1/32, of either sign.
	const halves = storage === "q6_k" ? [208] : storage === "q5_0" ? [0] : [0, 2];
	for (let block = 0; block * type.elements < count; block++)
		for (const at of halves) bytes[block * type.bytes + at + 1] = 0x24 | (bytes[block * type.bytes + at + 1] & 0x80);
	return { words, values: decodeBlocks(type, bytes.subarray(0, (count / type.elements) * type.bytes)) };
}
