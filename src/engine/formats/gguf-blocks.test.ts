// Every block type against the gguf package's own `dequantize`, bit for bit (fixtures/make_gguf.py).
import { expect, test } from "vitest";
import { decodeToFloat32 } from "./dtype.ts";
import { decodeBlocks, GGUF_TYPES } from "./gguf-blocks.ts";
import { openSafetensors } from "./safetensors.ts";
import { bytesSource } from "./source.ts";
import { fixtureBytes } from "./test-tools.ts";

const types = [...GGUF_TYPES.values()].filter(({ decode, name }) => decode !== null && name !== "F64");
const open = (name: string) => openSafetensors(bytesSource(fixtureBytes(name)), name);

test.each(types)("$name is dequantised exactly", async (type) => {
	const [first, more] = [await open("gguf-blocks.safetensors"), await open("gguf-blocks-more.safetensors")];
	const file = first.tensors.has(`${type.name}.bytes`) ? first : more;
	const expected = decodeToFloat32(await file.readTensor(`${type.name}.values`), "F32");
	const values = decodeBlocks(type, await file.readTensor(`${type.name}.bytes`));
	expect(values.length).toBe(expected.length);
	expect(values).toEqual(expected);
});

test("float64 is rounded to float32", () => {
	const type = [...GGUF_TYPES.values()].find(({ name }) => name === "F64");
	if (type === undefined) throw new Error("no F64");
	const numbers = [0.1, -3, 1e-50];
	expect([...decodeBlocks(type, new Uint8Array(Float64Array.from(numbers).buffer))]).toEqual(numbers.map(Math.fround));
});
