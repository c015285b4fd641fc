import { afterAll, expect, test } from "vitest";
import { roundBf16 } from "../../executor/compare.ts";
import { values } from "../../executor/test-gpu.ts";
import type { WeightFormat } from "../../kernels/weight-format.ts";
import { differentiate } from "../autodiff.ts";
import { GraphBuilder } from "../builder.ts";
import { gradientErrors } from "../finite-difference.ts";
import { ReferenceMemory, runReference } from "../reference.ts";
import { doraGain, doraNorm, rowSquares } from "./dora.ts";
import { linear } from "./linear.ts";
import { expectAgreement, testDevices, withBindingLimit } from "./test-op.ts";

const devices = await testDevices();
afterAll(() => devices.destroy());

/** out, in, rank */
const SHAPES = [
	[1, 1, 1],
	[3, 7, 2],
	[65, 33, 5],
	[129, 64, 16],
	[40, 300, 33],
] as const;
const SCALE = 1.5;

const norm = (out: number, wide: number, rank: number, dtype: WeightFormat) => (builder: GraphBuilder) => {
	const W = builder.declare("weight", "W", [out, wide], dtype);
	const A = builder.declare("state", "A", [rank, wide], "f32");
	const B = builder.declare("state", "B", [out, rank], "f32");
	const times = (name: string, b: typeof W) => linear(builder, name, A, b);
	const squares = rowSquares(builder, "squares", [W]);
	return doraNorm(builder, "norm", [squares, times("P", W), times("G", A), B], { scale: SCALE });
};

const data = (out: number, wide: number, rank: number) => ({
	W: roundBf16(values(out * wide, 1)),
	A: values(rank * wide, 2, 0.5),
	B: values(out * rank, 3, 0.5),
});

test.each(SHAPES)(
	"norms of [%i, %i] with rank %i agree with the reference in every storage",
	async (out, wide, rank) => {
		for (const dtype of ["f32", "bf16", "int8", "nf4"] as const) {
			await expectAgreement(devices.all, norm(out, wide, rank, dtype), {
				values: data(out, wide, rank),
				step: { adapter_strength: 0.7 },
			});
		}
		const small = devices.all.map((gpu) => withBindingLimit(gpu, 4096));
		if (out * wide > 4096)
			await expectAgreement(small, norm(out, wide, rank, "f32"), { values: data(out, wide, rank), step: {} });
	},
);

test("the norms equal those of the rows of W + strength · s · B · A", () => {
	const [out, wide, rank] = [5, 7, 3];
	const builder = new GraphBuilder();
	const found = norm(out, wide, rank, "f32")(builder);
	const memory = new ReferenceMemory("float64");
	const { W, A, B } = data(out, wide, rank);
	for (const [name, matrix] of Object.entries({ W, A, B })) memory.set(name, matrix);
	const got = runReference(builder.build(), memory, { adapter_strength: 0.5 }).get(found.id);
	for (let o = 0; o < out; o++) {
		let squares = 0;
		for (let i = 0; i < wide; i++) {
			let value = W[o * wide + i];
			for (let k = 0; k < rank; k++) value += 0.5 * SCALE * B[o * rank + k] * A[k * wide + i];
			squares += value ** 2;
		}
		expect(got?.[o]).toBeCloseTo(Math.sqrt(squares), 10);
	}
});

const gain = (count: number) => (builder: GraphBuilder) =>
	doraGain(builder, "gain", [
		builder.declare("state", "magnitude", [count], "f32"),
		builder.declare("weight", "norm", [count], "f32"),
	]);
const lengths = (count: number) => values(count, 5).map((value) => value + 1.5);

test.each([1, 3, 64, 129, 1000])("gains of %i rows and their gradient agree with the reference", async (count) => {
	const both = (builder: GraphBuilder) => {
		const y = gain(count)(builder);
		const seed = builder.declare("input", "seed", [count], "f32");
		const wrt = builder.tensors.filter((t) => t.role === "state");
		differentiate(builder, new Map([[y.id, seed]]), wrt, (t) =>
			builder.declare("state", `grad ${t.name}`, t.shape, "f32"),
		);
	};
	const given = { magnitude: values(count, 4), norm: lengths(count), seed: values(count, 6) };
	await expectAgreement(devices.all, both, { values: given, step: { adapter_strength: 0.6 } });
});

test("the gradient of doraGain matches finite differences, and every gain is exactly 1 at strength 0", () => {
	const given = { magnitude: values(9, 4), norm: lengths(9) };
	expect(
		gradientErrors({ build: gain(9), values: given, wrt: ["magnitude"], step: { adapter_strength: 0.6 } }),
	).toEqual([]);
	const builder = new GraphBuilder();
	const found = gain(9)(builder);
	const memory = new ReferenceMemory("float32");
	for (const [name, matrix] of Object.entries(given)) memory.set(name, matrix);
	const off = runReference(builder.build(), memory, { adapter_strength: 0 }).get(found.id);
	expect([...(off ?? [])]).toEqual(Array(9).fill(1));
});
