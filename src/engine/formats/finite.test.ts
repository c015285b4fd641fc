// NaN and infinity are found at each position and type, and files that contain them are neither read nor written.
import { expect, test } from "vitest";
import { encodeBf16, encodeF16, encodeFloat32 } from "./dtype.ts";
import { firstNotFinite, firstNotFiniteBlock } from "./finite.ts";
import { decodeBlocks, GGUF_TYPES } from "./gguf-blocks.ts";
import { planGguf, writeGguf } from "./gguf-write.ts";
import { openSafetensors } from "./safetensors.ts";
import { safetensorsHeader, writeSafetensors } from "./safetensors-write.ts";
import { bytesSource } from "./source.ts";
import { errorOf } from "./test-tools.ts";

const encoders = {
	F32: encodeFloat32,
	BF16: encodeBf16,
	F16: encodeF16,
	F64: (values: Float32Array) => new Uint8Array(Float64Array.from(values).buffer),
};
const bad = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];

test.each(Object.entries(encoders))(
	"%s: the index of each of 35 positions; large finite numbers pass",
	(dtype, encode) => {
		const finite = Float32Array.from(
			{ length: 35 },
			(_, i) => (i % 2 ? -1 : 1) * (i === 3 ? 65_504 : 2 ** (i / 3 - 6)),
		);
		expect(firstNotFinite(encode(finite), dtype)).toBe(-1);
		for (let index = 0; index < finite.length; index++)
			for (const value of bad) expect(firstNotFinite(encode(finite.with(index, value)), dtype)).toBe(index);
		const last = encode(finite.with(34, Number.NaN));
		const shifted = new Uint8Array(last.length + 2).fill(0x3d);
		shifted.set(last, 1);
		expect(firstNotFinite(shifted.subarray(1, last.length + 1), dtype)).toBe(34);
	},
);

test("the scales of blocks", () => {
	const q8 = new Uint8Array(3 * 34).fill(0x7f);
	for (const block of [0, 1, 2]) q8.set([0, 0x3c], block * 34);
	expect(firstNotFiniteBlock(q8, "Q8_0", 32, 34)).toBe(-1);
	q8.set([0, 0xfc], 68);
	expect(firstNotFiniteBlock(q8, "Q8_0", 32, 34)).toBe(64);
});

const tensor = {
	name: "w",
	dtype: "F32",
	shape: [2, 3],
	bytes: encodeFloat32(Float32Array.of(1, 2, 3, 4, Number.NaN, 6)),
};

test("a safetensors file that contains NaN is refused by tensor and index, whole or in part", async () => {
	const { header } = safetensorsHeader([tensor], {});
	const source = bytesSource(new Uint8Array([...header, ...tensor.bytes]));
	const file = await openSafetensors(source, "m/model.safetensors");
	const whole = await errorOf(() => file.readTensor("w"));
	expect(whole.message).toMatch(/^w contains NaN or infinity at \[1, 1\] \(m\/model.safetensors\)/);
	expect(whole.code).toBe("model");
	expect((await errorOf(() => file.readRange?.("w", 12, 8))).message).toMatch(/at \[1, 1\]/);
	expect(await file.readRange?.("w", 0, 12)).toHaveLength(12);
});

test("none is written", async () => {
	expect((await errorOf(() => writeSafetensors([tensor], {}))).message).toMatch(
		/^w contains NaN or infinity at \[1, 1\]/,
	);
	const { name, shape, bytes } = tensor;
	const gguf = planGguf([], [{ name, shape, type: "F32", bytes: () => bytes }]);
	expect((await errorOf(() => writeGguf(gguf))).message).toMatch(/^w contains NaN or infinity at \[1, 1\]/);
});

test("blocks of MXFP4 are infinite where ggml's product is: from scale byte 253 on, by the size of the code", () => {
	const type = [...GGUF_TYPES.values()].find(({ name }) => name === "MXFP4");
	if (type === undefined) throw new Error("no MXFP4");
	for (let e = 0; e < 256; e++) {
		// A block of zeros, and one with every code.
		const bytes = Uint8Array.from([e, ...Array(16).fill(0), e, ...Array.from({ length: 16 }, (_, i) => i | (i << 4))]);
		const expected = decodeBlocks(type, bytes).findIndex((value) => !Number.isFinite(value));
		expect(firstNotFiniteBlock(bytes, "MXFP4", 32, 17)).toBe(expected);
		// The first infinite element of the gguf package's dequantize.
		expect(expected).toBe({ 253: 38, 254: 36, 255: 34 }[e] ?? -1);
	}
});
