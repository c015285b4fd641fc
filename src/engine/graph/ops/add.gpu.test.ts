import { afterAll, expect, test } from "vitest";
import { compareExecutors } from "../../executor/compare.ts";
import { testGpu, values } from "../../executor/test-gpu.ts";
import { GraphBuilder } from "../builder.ts";
import { gradientErrors } from "../finite-difference.ts";
import { add } from "./add.ts";

const gpu = await testGpu();
afterAll(() => gpu.destroy());
const tuning = { matmul: () => ({ strategy: "direct", rows: 4, columns: 4, unroll: 1, threads: 32 }) as const };

const SHAPES = [
	[1, 1],
	[3, 7],
	[5, 64],
	[17, 129],
	[300, 33],
] as const;

test.each(SHAPES)("add [%i, %i] agrees with the reference, live rows only", async (rows, width) => {
	const before = { ...gpu.allocated };
	const builder = new GraphBuilder();
	const live = { axis: "tokens", offset: 0 } as const;
	const a = builder.declare("input", "a", [rows, width], "f32", { live });
	const b = builder.declare("input", "b", [rows, width], "f32", { live });
	add(builder, "sum", [a, b]);
	const options = {
		gpu,
		tuning,
		values: { a: values(rows * width, 1), b: values(rows * width, 2) },
		step: { live_tokens: Math.ceil(rows / 2) },
	};
	expect(await compareExecutors(builder.build(), options)).toEqual([]);
	expect(gpu.allocated.buffers - before.buffers).toBeLessThanOrEqual(2); // the staging and fence buffers, created once
});

test("the gradient of add matches finite differences", () => {
	const build = (builder: GraphBuilder) =>
		add(builder, "sum", [builder.declare("state", "a", [3, 5], "f32"), builder.declare("state", "b", [3, 5], "f32")]);
	expect(gradientErrors({ build, values: { a: values(15, 1), b: values(15, 2) }, wrt: ["a", "b"] })).toEqual([]);
});
