import { describe, expect, it } from "vitest";
import { DTYPE_BYTES } from "./dtype.ts";
import { byteSize, openSafetensors } from "./safetensors.ts";
import { safetensorsHeader, writeSafetensors } from "./safetensors-write.ts";
import { bytesSource } from "./source.ts";
import { fixtureBytes, randomInts } from "./test-tools.ts";

async function readAll(bytes: Uint8Array) {
	const file = await openSafetensors(bytesSource(bytes), "file", "model", { finite: false });
	const tensors = [];
	for (const [name, { dtype, shape }] of file.tensors)
		tensors.push({ name, dtype, shape, bytes: await file.readTensor(name) });
	return { tensors, metadata: file.metadata };
}

describe("writeSafetensors", () => {
	it.each(["small.safetensors", "peft-tiny/adapter_model.safetensors", "peft-tiny-dora/adapter_model.safetensors"])(
		"gives the Python library's bytes for %s, in whatever order the tensors come",
		async (path) => {
			const original = fixtureBytes(path);
			const { tensors, metadata } = await readAll(original);
			expect(writeSafetensors(tensors, metadata, { finite: false })).toEqual(original);
			expect(writeSafetensors(tensors.toReversed(), metadata, { finite: false })).toEqual(original);
		},
	);

	it("writes the library's bytes for an empty file and for a file without metadata", () => {
		expect(new TextDecoder().decode(writeSafetensors([], {}).slice(8))).toBe("{}      ");
		const bytes = writeSafetensors([{ name: "x", dtype: "F32", shape: [1], bytes: new Uint8Array(4) }], {});
		expect(new TextDecoder().decode(bytes.slice(8, 64))).toBe(
			'{"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}  ',
		);
	});

	it("round-trips random tensors", async () => {
		const random = randomInts(5);
		const dtypes = Object.keys(DTYPE_BYTES);
		for (let round = 0; round < 100; round++) {
			const tensors = Array.from({ length: random(6) }, (_, i) => {
				const dtype = dtypes[random(dtypes.length)];
				const shape = Array.from({ length: random(4) }, () => random(4) * (DTYPE_BYTES[dtype] < 1 ? 4 : 1));
				if (!Number.isInteger(byteSize(dtype, shape))) shape.push(4);
				const bytes = Uint8Array.from({ length: byteSize(dtype, shape) }, () => random(256));
				return { name: `${["é", "\u{1f600}", "\n", ""][random(4)]}t${i}`, dtype, shape, bytes };
			});
			const metadata: Record<string, string> = random(2) ? { format: "pt", note: "ü" } : {};
			const found = await readAll(writeSafetensors(tensors, metadata, { finite: false }));
			const byName = (a: { name: string }, b: { name: string }) => (a.name < b.name ? -1 : 1);
			expect(found.tensors.toSorted(byName)).toEqual(tensors.toSorted(byName));
			expect(found.metadata).toEqual(metadata);
		}
	});

	it("refuses input that would make a broken file", () => {
		const tensor = { name: "x", dtype: "F32", shape: [2], bytes: new Uint8Array(8) };
		expect(() => writeSafetensors([{ ...tensor, bytes: new Uint8Array(4) }], {})).toThrow(
			"x is [2] F32 but has 4 bytes",
		);
		expect(() => writeSafetensors([tensor, tensor], {})).toThrow("two tensors x");
		expect(() => writeSafetensors([{ ...tensor, name: "__metadata__" }], {})).toThrow("__metadata__");
		expect(() => writeSafetensors([{ ...tensor, dtype: "F31" }], {})).toThrow("F31");
	});
});

it("safetensorsHeader plus the tensors in its order equal the same file", async () => {
	const original = fixtureBytes("small.safetensors");
	const { tensors, metadata } = await readAll(original);
	const { header, order } = safetensorsHeader(tensors.toReversed(), metadata);
	expect(header.length % 8).toBe(0);
	expect(Buffer.concat([header, ...order.map(({ bytes }) => bytes)]).equals(original)).toBe(true);
});
