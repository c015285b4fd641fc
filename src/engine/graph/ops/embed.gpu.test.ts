import { afterAll, expect, test } from "vitest";
import { roundBf16 } from "../../executor/compare.ts";
import { values } from "../../executor/test-gpu.ts";
import { rowWindows } from "../../kernels/binding-windows.ts";
import type { GraphBuilder } from "../builder.ts";
import { embed } from "./embed.ts";
import { expectAgreement, testDevices, withBindingLimit } from "./test-op.ts";

const devices = await testDevices();
afterAll(() => devices.destroy());

const SHAPES = [
	[1, 1, 1],
	[3, 5, 7],
	[17, 129, 33],
	[40, 300, 64],
	[65, 7, 255],
] as const;

const ids = (count: number, vocabulary: number) => Array.from({ length: count }, (_, i) => (i * 7919 + 3) % vocabulary);

function build(tokens: number, vocabulary: number, width: number, dtype: "f32" | "bf16") {
	return (builder: GraphBuilder) => {
		const id = builder.declare("input", "ids", [tokens], "u32", { live: { axis: "tokens", offset: 0 } });
		embed(builder, "embed", [id, builder.declare("weight", "table", [vocabulary, width], dtype)]);
	};
}

test.each(SHAPES)("embed [%i] of [%i, %i], f32 and bf16", async (tokens, vocabulary, width) => {
	const table = roundBf16(values(vocabulary * width, 1));
	for (const dtype of ["f32", "bf16"] as const) {
		const options = {
			values: { ids: ids(tokens, vocabulary), table },
			step: { live_tokens: Math.ceil(tokens * 0.7) },
			tolerance: 0,
		};
		await expectAgreement(devices.all, build(tokens, vocabulary, width, dtype), options);
	}
});

test("a table larger than a binding is read in windows", async () => {
	const [tokens, vocabulary, width] = [90, 61, 37];
	expect(rowWindows(vocabulary, width, 2, 1024).length).toBeGreaterThan(3);
	const small = devices.all.map((gpu) => withBindingLimit(gpu, 1024));
	const options = {
		values: { ids: ids(tokens, vocabulary), table: roundBf16(values(vocabulary * width, 1)) },
		step: { live_tokens: tokens },
		tolerance: 0,
	};
	await expectAgreement(small, build(tokens, vocabulary, width, "bf16"), options);
	await expectAgreement(small, build(tokens, vocabulary, width, "f32"), options);
});

test("windows cover every row once, within the limit and at aligned offsets", () => {
	for (const [rows, width, bytes, limit] of [
		[1000, 3, 2, 1024],
		[64, 64, 4, 4096],
		[151936, 896, 2, 128 * 2 ** 20],
	]) {
		const windows = rowWindows(rows, width, bytes, limit);
		let next = 0;
		for (const { firstRow, endRow, base, offset, size } of windows) {
			expect(firstRow).toBe(next);
			expect(offset % 256).toBe(0);
			expect(base * bytes).toBe(offset);
			expect(size).toBeLessThanOrEqual(limit);
			expect(offset + size).toBeGreaterThanOrEqual(endRow * width * bytes);
			expect(offset).toBeLessThanOrEqual(firstRow * width * bytes);
			next = endRow;
		}
		expect(next).toBe(rows);
	}
	expect(() => rowWindows(10, 1000, 4, 1024)).toThrow("does not fit");
});
