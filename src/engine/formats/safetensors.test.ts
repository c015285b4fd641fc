import { describe, expect, it } from "vitest";
import { TabTuneError } from "../../shared/errors.ts";
import { decodeToFloat32 } from "./dtype.ts";
import { joinShards, openSafetensors } from "./safetensors.ts";
import { writeSafetensors } from "./safetensors-write.ts";
import { type ByteSource, blobSource, bytesSource } from "./source.ts";
import { errorOf, fixtureBytes, randomInts } from "./test-tools.ts";

/** A file with this header text and as many data bytes. */
function fileOf(header: string | Uint8Array, dataBytes = 0): Uint8Array {
	const json = typeof header === "string" ? new TextEncoder().encode(header) : header;
	const file = new Uint8Array(8 + json.length + dataBytes);
	new DataView(file.buffer).setBigUint64(0, BigInt(json.length), true);
	file.set(json, 8);
	return file;
}

const entry = (begin: number, end: number, shape = [(end - begin) / 4], dtype = "F32") =>
	JSON.stringify({ dtype, shape, data_offsets: [begin, end] });

describe("openSafetensors", () => {
	it.each([
		["bytes", (bytes: Uint8Array<ArrayBuffer>) => bytesSource(bytes)],
		["a Blob", (bytes: Uint8Array<ArrayBuffer>) => blobSource(new Blob([bytes]))],
	])("reads a file of the Python library from %s", async (_, sourceOf) => {
		const file = await openSafetensors(sourceOf(fixtureBytes("small.safetensors")), "small", "model", {
			finite: false,
		});
		expect(file.metadata).toEqual({ format: "pt" });
		expect(file.tensors.get("weight.f32")).toMatchObject({ dtype: "F32", shape: [2, 4], byteLength: 32 });
		expect(file.tensors.get("scalar")).toMatchObject({ shape: [], byteLength: 4 });
		expect(file.tensors.get("empty")).toMatchObject({ shape: [0, 3], byteLength: 0 });
		const floats = async (name: string) => {
			const { dtype } = file.tensors.get(name) ?? { dtype: "" };
			return [...decodeToFloat32(await file.readTensor(name), dtype)];
		};
		const infinity = Number.POSITIVE_INFINITY;
		expect(await floats("weight.f32")).toEqual([0, -0, 1, -1.5, 65504, Math.fround(6e-8), infinity, Number.NaN]);
		expect(await floats("weight.f16")).toEqual([0, -0, 1, -1.5, 65504, 2 ** -24, infinity, Number.NaN]);
		expect(await floats("weight.bf16")).toEqual([0, -0, 1, -1.5, 65536, 6.007030606269836e-8, infinity, Number.NaN]);
		expect(await floats("weight.f64")).toEqual([Math.fround(1 / 3)]);
		expect([...(await file.readTensor("ids.u8"))]).toEqual([0, 255, 7]);
		expect([...(await file.readTensor("mask"))]).toEqual([1, 0, 1]);
		expect(await floats("__proto__")).toEqual([6]);
		expect(await floats("\u{1f600}")).toEqual([2]);
	});

	it.each<[string, Uint8Array, string]>([
		["an empty file", new Uint8Array(0), "too few"],
		["a text file", new TextEncoder().encode("<!DOCTYPE html><html></html>"), "not a safetensors file"],
		["a truncated header", fileOf("{}").with(0, 200), "the file is truncated"],
		["a header that does not start with {", fileOf(' {"x":1}'), "start with {"],
		["a header after a byte order mark", fileOf("\ufeff{}"), "start with {"],
		["a list", fileOf("[1,2]"), "start with {"],
		["a header that is not JSON", fileOf('{"x": {]}'), "line 1, column 8"],
		["a header that is not UTF-8", fileOf(Uint8Array.of(123, 34, 255, 34, 58, 49, 125)), "UTF-8"],
		["a tensor that occurs twice", fileOf(`{"x":${entry(0, 4)},"x":${entry(0, 4)}}`, 4), '"x" occurs twice'],
		["a key of a tensor that occurs twice", fileOf('{"x":{"dtype":"F32","dtype":"F32"}}'), '"dtype" occurs twice'],
		["metadata that is not text", fileOf('{"__metadata__":{"a":1}}'), "__metadata__"],
		["metadata that is a list", fileOf('{"__metadata__":["a"]}'), "__metadata__"],
		["an entry that is a number", fileOf('{"x":1}'), "x is not a tensor"],
		["an unknown type", fileOf(`{"x":${entry(0, 4, [1], "F31")}}`, 4), 'x has the unknown type "F31"'],
		["a type named like a method", fileOf(`{"x":${entry(0, 4, [1], "toString")}}`, 4), "unknown type"],
		["no shape", fileOf('{"x":{"dtype":"F32","data_offsets":[0,4]}}', 4), "x has no valid shape"],
		["a negative dimension", fileOf(`{"x":${entry(0, 4, [-1])}}`, 4), "x has no valid shape"],
		["a fractional dimension", fileOf(`{"x":${entry(0, 4, [0.5])}}`, 4), "x has no valid shape"],
		[
			"a number over 2^53",
			fileOf('{"x":{"dtype":"F32","shape":[0,9007199254740993],"data_offsets":[0,0]}}'),
			"x has no valid shape",
		],
		["a size that overflows", fileOf(`{"x":${entry(0, 4, Array<number>(60).fill(2 ** 40))}}`, 4), "x is ["],
		["three offsets", fileOf('{"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4,8]}}', 4), "x has no valid shape"],
		["offsets in reverse order", fileOf(`{"x":${entry(4, 0, [1])}}`, 4), "x is [1] F32"],
		[
			"a size that is not shape times type",
			fileOf(`{"x":${entry(0, 8, [1])}}`, 8),
			"x is [1] F32 and needs 4 bytes, but its offsets span 8",
		],
		["half a byte", fileOf(`{"x":${entry(0, 1, [1], "F4")}}`, 1), "x is [1] F4"],
		["a hole at the start", fileOf(`{"x":${entry(4, 8)}}`, 8), "gap before x"],
		["a hole in the middle", fileOf(`{"x":${entry(0, 4)},"y":${entry(8, 12)}}`, 12), "gap before y"],
		["tensors that overlap", fileOf(`{"x":${entry(0, 8)},"y":${entry(4, 8)}}`, 8), "y overlaps"],
		["truncated data", fileOf(`{"x":${entry(0, 8)}}`, 7), "the file is truncated"],
		["data after the last tensor", fileOf(`{"x":${entry(0, 8)}}`, 9), "1 bytes after the last tensor"],
	])("refuses %s", async (_, bytes, message) => {
		const error = await errorOf(() => openSafetensors(bytesSource(bytes), "dir/model.safetensors"));
		expect(error.code).toBe("model");
		expect(error.parts.where).toBe("dir/model.safetensors");
		expect(error.message).toContain(message);
		expect(error.parts.next).toBeTruthy();
	});

	it("accepts what the library accepts: null metadata, unknown keys, empty tensors at the same offset", async () => {
		const header = `{"__metadata__":null,"a":${entry(0, 0)},"b":${entry(0, 4).replace("}", ',"more":1.5}')},"c":${entry(4, 4)}}  `;
		const file = await openSafetensors(bytesSource(fileOf(header, 4)), "x");
		expect([...file.tensors.keys()]).toEqual(["a", "b", "c"]);
	});

	it("reads the header and then only the requested tensor", async () => {
		const bytes = fixtureBytes("small.safetensors");
		const reads: [number, number][] = [];
		const source: ByteSource = {
			size: bytes.length,
			read: async (offset, length) => {
				reads.push([offset, length]);
				return bytes.slice(offset, offset + length);
			},
		};
		const file = await openSafetensors(source, "small", "model", { finite: false });
		await file.readTensor("weight.bf16");
		const header = Number(new DataView(bytes.buffer).getBigUint64(0, true));
		const tensor = file.tensors.get("weight.bf16");
		expect(reads).toEqual([
			[0, 8],
			[8, header],
			[tensor?.offset, 16],
		]);
	});

	it("reports a file that changes or becomes unreadable after it was opened", async () => {
		const bytes = fixtureBytes("small.safetensors");
		let mode: "whole" | "short" | "fail" = "whole";
		const file = await openSafetensors(
			{
				size: bytes.length,
				read: async (offset, length) => {
					if (mode === "fail") throw new DOMException("gone", "NotReadableError");
					return bytes.slice(offset, offset + (mode === "short" ? length - 1 : length));
				},
			},
			"small",
			"adapter",
		);
		mode = "short";
		expect((await errorOf(() => file.readTensor("scalar"))).message).toContain("ends before byte");
		mode = "fail";
		const error = await errorOf(() => file.readTensor("scalar"));
		expect(error.code).toBe("adapter");
		expect(error.message).toContain("cannot be read");
		expect((await errorOf(() => file.readTensor("scalar.weight"))).message).toContain("no tensor scalar.weight");
	});

	it("throws only TabTuneErrors for damaged files", async () => {
		const original = fixtureBytes("small.safetensors");
		const header = Number(new DataView(original.buffer).getBigUint64(0, true));
		const random = randomInts(11);
		let opened = 0;
		for (let round = 0; round < 1200; round++) {
			let bytes = original.slice();
			// Half of the edits change digits and punctuation of the header, where most checks are.
			for (let edits = 1 + random(3); edits > 0; edits--) {
				const at = random(2) ? random(8 + header) : random(bytes.length);
				bytes[at] = random(2) ? '0123456789{}[],:"\\'.charCodeAt(random(18)) : random(256);
			}
			if (random(4) === 0) bytes = bytes.slice(0, random(bytes.length + 1));
			try {
				const file = await openSafetensors(bytesSource(bytes), "mutant");
				opened++;
				for (const [name, { byteLength }] of file.tensors)
					expect((await file.readTensor(name)).length).toBe(byteLength);
			} catch (error) {
				expect(error, String(error)).toBeInstanceOf(TabTuneError);
			}
		}
		expect(opened).toBeGreaterThan(20); // edits in data and names are legal: both branches were taken
		expect(opened).toBeLessThan(600);
	});
});

describe("joinShards", () => {
	const shard = (name: string, value: number) =>
		openSafetensors(
			bytesSource(writeSafetensors([{ name, dtype: "U8", shape: [1], bytes: Uint8Array.of(value) }], { format: "pt" })),
			name,
		);

	it("reads each tensor from its shard", async () => {
		const shards = new Map([
			["1.safetensors", await shard("a", 1)],
			["2.safetensors", await shard("b", 2)],
		]);
		const joined = joinShards(shards, { b: "2.safetensors", a: "1.safetensors" }, "index");
		expect([...joined.tensors.keys()]).toEqual(["b", "a"]);
		expect([...(await joined.readTensor("a")), ...(await joined.readTensor("b"))]).toEqual([1, 2]);
		expect(joined.metadata).toEqual({ format: "pt" });
		expect((await errorOf(() => joined.readTensor("toString"))).message).toContain("toString");
	});

	it("has the tensors of the shards, whatever the index leaves out or adds, as transformers", async () => {
		const shards = new Map([
			["1.safetensors", await shard("a", 1)],
			["2.safetensors", await shard("c", 2)],
		]);
		const joined = joinShards(shards, { c: "1.safetensors", b: "1.safetensors" }, "dir/index");
		expect([...joined.tensors.keys()]).toEqual(["c", "a"]);
		expect((await joined.readTensor("c")).length).toBeGreaterThan(0);
		expect((await errorOf(() => joined.readTensor("b"))).message).toContain("no tensor b (dir/index)");
	});
});
