// Every block type against the gguf package's own `dequantize`, bit for bit (fixtures/make_gguf.py).
import { expect, test } from "vitest";
import { decodeToFloat32 } from "./dtype.ts";
import { decodeBlocks, GGUF_TYPES } from "./gguf-blocks.ts";
import { openSafetensors } from "./safetensors.ts";
import { bytesSource } from "./source.ts";
import { fixtureBytes } from "./test-tools.ts";

const types = [...GGUF_TYPES.values()].filter(({ decode }) => decode !== null);

test.each(types)("$name is dequantised exactly", async (type) => {
	const file = await openSafetensors(bytesSource(fixtureBytes("gguf-blocks.safetensors")), "gguf-blocks");
	const expected = decodeToFloat32(await file.readTensor(`${type.name}.values`), "F32");
	const values = decodeBlocks(type, await file.readTensor(`${type.name}.bytes`));
	expect(values.length).toBe(expected.length);
	expect(values).toEqual(expected);
});
