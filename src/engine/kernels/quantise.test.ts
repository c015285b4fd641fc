import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { bytesSource, decodeToFloat32, openSafetensors } from "../formats/index.ts";
import { dequantise, quantise, quantiser } from "./quantise.ts";
import { DYNAMIC_LEVELS } from "./quantise-nf4.ts";
import { int8RowBytes, NF4_GROUP_BYTES, NF4_HEAD, QUANTISED_FORMATS, weightFormatBytes } from "./weight-format.ts";

// The same matrices quantised by bitsandbytes (fixtures/make_quantised.py).
const file = await openSafetensors(
	bytesSource(new Uint8Array(await readFile("fixtures/quantised.safetensors"))),
	"quantised.safetensors",
);
const bytes = (name: string) => file.readTensor(name);
const floats = async (name: string) => decodeToFloat32(await bytes(name), file.tensors.get(name)?.dtype ?? "");
const MATRICES = [0, 1, 2, 3];
async function matrix(n: number) {
	const [rows, width] = file.tensors.get(`w.${n}`)?.shape ?? [];
	return { w: await floats(`w.${n}`), rows, width };
}

test.each(MATRICES)("NF4 of matrix %i equals bitsandbytes', code by code", async (n) => {
	const { w, rows, width } = await matrix(n);
	const words = quantise("nf4", w, rows, width);
	expect(words.byteLength).toBe(weightFormatBytes("nf4", [rows, width]));
	const packed = new Uint8Array(words.buffer);
	const numbers = new Float32Array(words.buffer);
	const [codes, absmax] = [await bytes(`nf4.${n}.codes`), await bytes(`nf4.${n}.absmax`)];
	const [second, offset] = [await floats(`nf4.${n}.second`), await floats(`nf4.${n}.offset`)];
	for (const [group, most] of second.entries()) {
		const head = group * NF4_GROUP_BYTES;
		const own = codes.subarray(group * 8192, (group + 1) * 8192);
		expect(packed.slice(head + NF4_HEAD, head + NF4_HEAD + own.length)).toEqual(own);
		const blocks = absmax.subarray(group * 256, (group + 1) * 256);
		expect(packed.slice(head + 8, head + 8 + blocks.length)).toEqual(blocks);
		expect(Math.abs(numbers[head / 4] - most)).toBeLessThanOrEqual(1e-8);
		expect(Math.abs(numbers[head / 4 + 1] - offset[0])).toBeLessThanOrEqual(1e-8);
	}
	const expected = await floats(`nf4.${n}.values`);
	const worst = dequantise("nf4", words, rows, width).reduce(
		(high, v, i) => Math.max(high, Math.abs(v - expected[i])),
		0,
	);
	expect(worst).toBeLessThan(3e-8); // for weights of about 0.1
});

test.each(MATRICES)("int8 of matrix %i equals bitsandbytes', code by code", async (n) => {
	const { w, rows, width } = await matrix(n);
	const words = quantise("int8", w, rows, width);
	const packed = new Int8Array(words.buffer);
	const codes = new Int8Array((await bytes(`int8.${n}.codes`)).buffer);
	const absmax = await floats(`int8.${n}.absmax`);
	const values = dequantise("int8", words, rows, width);
	for (let row = 0; row < rows; row++) {
		const at = row * int8RowBytes(width) + 4;
		expect(packed.slice(at, at + width)).toEqual(codes.slice(row * width, (row + 1) * width));
		for (let i = 0; i < width; i++)
			expect(Math.abs(values[row * width + i] - (codes[row * width + i] * absmax[row]) / 127)).toBeLessThan(2e-8);
	}
});

test.each([0, 2].flatMap((n) => (["q8_0", "q4_0"] as const).map((storage) => [storage, n] as const)))(
	"%s of matrix %i equals llama.cpp's, byte by byte",
	async (storage, n) => {
		const { w, rows, width } = await matrix(n);
		const words = quantise(storage, w, rows, width);
		const expected = await bytes(`${storage}.${n}`);
		expect(new Uint8Array(words.buffer).slice(0, expected.length)).toEqual(expected);
		const sum = dequantise(storage, words, rows, width).reduce((total, value) => total + Math.abs(value), 0);
		expect(Math.abs(sum / (await floats(`${storage}.${n}.sum`))[0] - 1)).toBeLessThan(1e-6);
	},
);

test.each(QUANTISED_FORMATS)("%s in pieces of rows equals a whole matrix", async (storage) => {
	const { w, rows, width } = await matrix(2);
	const pieces = quantiser(storage, rows, width);
	for (let row = 0; row < rows; row += 5) pieces.push(w.subarray(row * width, Math.min(rows, row + 5) * width));
	expect(pieces.finish()).toEqual(quantise(storage, w, rows, width));
});

test("the dynamic map has 256 ascending levels from -0.993 to 1", () => {
	expect(DYNAMIC_LEVELS.length).toBe(256);
	for (let i = 1; i < 256; i++) expect(DYNAMIC_LEVELS[i]).toBeGreaterThan(DYNAMIC_LEVELS[i - 1]);
	expect([DYNAMIC_LEVELS[0], DYNAMIC_LEVELS[127], DYNAMIC_LEVELS[255]]).toEqual([Math.fround(-0.99296875), 0, 1]);
});
