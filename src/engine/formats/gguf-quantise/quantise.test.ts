// Compares quantised blocks with llama.cpp's, byte for byte (fixtures/make_gguf_quantised.py).
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { decodeToFloat32 } from "../dtype.ts";
import { decodeBlocks, GGUF_TYPES } from "../gguf-blocks.ts";
import { openSafetensors } from "../safetensors.ts";
import { bytesSource } from "../source.ts";
import { blockSize, type QuantisedGgufType, quantiseGguf } from "./quantise.ts";

const path = process.env.TABTUNE_QUANTISED ?? "fixtures/gguf-quantised.safetensors";
const file = await openSafetensors(bytesSource(new Uint8Array(readFileSync(path))), path);
const x = decodeToFloat32(await file.readTensor("x"), "F32");
const width = 256;
const types: readonly QuantisedGgufType[] = ["Q4_0", "Q5_0", "Q5_1", "Q8_0", "Q4_K", "Q5_K", "Q6_K"];

describe.each(types)("%s", (type) => {
	test("every row has llama.cpp's bytes", async () => {
		const { elements, bytes } = blockSize(type);
		const expected = await file.readTensor(type);
		const found = quantiseGguf(type, x);
		const size = (width / elements) * bytes;
		const differing: number[] = [];
		for (let row = 0; row * width < x.length; row++) {
			const [from, to] = [row * size, (row + 1) * size];
			if (Buffer.compare(found.subarray(from, to), expected.subarray(from, to)) !== 0) differing.push(row);
		}
		expect(found.length).toBe(expected.length);
		expect(differing).toEqual([]);
	});

	test("dequantised rows are near the weights", () => {
		const [format] = [...GGUF_TYPES.values()].filter(({ name }) => name === type);
		const row = x.subarray(0, width); // standard normal
		const error = Math.max(
			...decodeBlocks(format, quantiseGguf(type, row)).map((value, i) => Math.abs(value - row[i])),
		);
		expect(error).toBeLessThan(type === "Q8_0" ? 0.02 : type === "Q6_K" ? 0.08 : 0.4);
	});
});
