// Valid GGUF files, and damaged ones: one wrong value, truncation at every length, and random bytes.
import { expect, test } from "vitest";
import { TabTuneError } from "../../shared/errors.ts";
import { ggufFolder } from "../models/gguf/folder.ts";
import { openGguf } from "./gguf.ts";
import { bytesSource } from "./source.ts";
import { errorOf, randomInts } from "./test-tools.ts";

/** A file's pieces, little-endian. */
class Pieces {
	private readonly bytes: number[] = [];
	u32(n: number): this {
		this.bytes.push(...new Uint8Array(Uint32Array.of(n).buffer));
		return this;
	}
	u64(n: number | bigint): this {
		this.bytes.push(...new Uint8Array(BigUint64Array.of(BigInt(n)).buffer));
		return this;
	}
	text(text: string): this {
		const bytes = new TextEncoder().encode(text);
		this.u64(bytes.length);
		this.bytes.push(...bytes);
		return this;
	}
	raw(...bytes: number[]): this {
		this.bytes.push(...bytes);
		return this;
	}
	done(): Uint8Array {
		return Uint8Array.from(this.bytes);
	}
}

interface Changes {
	magic?: number[];
	version?: number;
	tensors?: number | bigint;
	architecture?: string;
	type?: number;
	length?: number | bigint;
}

/** One tensor [2, 32] of Q8_0, whose codes are its bytes. */
function file(changes: Changes = {}): Uint8Array {
	const { magic = [71, 71, 85, 70], version = 3, tensors = 1, architecture = "llama", type = 8, length = 5 } = changes;
	const head = new Pieces()
		.raw(...magic)
		.u32(version)
		.u64(tensors)
		.u64(2);
	head.text("general.architecture").u32(8).text(architecture);
	head.text("list").u32(9).u32(0).u64(length).raw(1, 2, 3, 4, 5);
	head.text("token_embd.weight").u32(2).u64(32).u64(2).u32(type).u64(0);
	const bytes = head.done();
	const whole = new Uint8Array(Math.ceil(bytes.length / 32) * 32 + 2 * 34);
	whole.set(bytes);
	return whole;
}

const open = (bytes: Uint8Array) => openGguf(bytesSource(bytes), "x.gguf");

test("reads metadata and tensors", async () => {
	const { metadata, tensors } = await open(file());
	expect(metadata.get("list")).toEqual([1, 2, 3, 4, 5]);
	expect(tensors.get("token_embd.weight")).toMatchObject({ shape: [2, 32], byteLength: 68 });
});

test.each<[string, Changes, RegExp]>([
	["magic", { magic: [71, 71, 77, 76] }, /does not start with GGUF/],
	["version", { version: 9 }, /GGUF version 9 is not supported/],
	["count", { tensors: 2n ** 40n }, /claims 1099511627776 tensors/],
	["size", { tensors: 2n ** 63n }, /claims a size of/],
	["list", { length: 2n ** 32n }, /claims 4294967296 values in a list/],
	["type", { type: 17 }, /token_embd\.weight has the tensor type IQ2_XS.*Q6_K/],
])("a wrong %s is named", async (_, changes, message) => {
	expect((await errorOf(() => open(file(changes)))).message).toMatch(message);
});

test("the error for an unknown architecture lists the known ones", async () => {
	const error = await errorOf(() => ggufFolder("x.gguf", bytesSource(file({ architecture: "mamba" }))));
	expect(error.message).toMatch(/architecture "mamba" is not supported.*llama/);
});

test("a truncated or damaged file either opens or is refused with a reason", async () => {
	const whole = file();
	for (let length = 0; length < whole.length; length++)
		expect((await errorOf(() => open(whole.slice(0, length)))).code).toBe("model");
	const random = randomInts(11);
	for (let round = 0; round < 500; round++) {
		const bytes = whole.slice();
		bytes[random(bytes.length)] = random(256);
		await open(bytes).catch((error: unknown) => expect(error).toBeInstanceOf(TabTuneError));
	}
});
