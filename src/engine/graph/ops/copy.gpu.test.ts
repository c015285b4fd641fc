import { afterAll, expect, test } from "vitest";
import { compareExecutors } from "../../executor/compare.ts";
import { testGpu, values } from "../../executor/test-gpu.ts";
import { GraphBuilder } from "../builder.ts";
import { gradientErrors } from "../finite-difference.ts";
import { copy } from "./copy.ts";

const gpu = await testGpu();
afterAll(() => gpu.destroy());
const tuning = { matmul: () => ({ strategy: "direct", rows: 4, columns: 4, unroll: 1, threads: 32 }) as const };

test.each([
	[1, 1],
	[3, 7],
	[5, 64],
	[17, 129],
	[300, 33],
])("copy [%i, %i] agrees with the reference", async (rows, width) => {
	const builder = new GraphBuilder();
	const x = builder.declare("input", "x", [rows, width], "f32", { live: { axis: "tokens", offset: 0 } });
	copy(builder, "copy", [x]);
	expect(
		await compareExecutors(builder.build(), {
			gpu,
			tuning,
			values: { x: values(rows * width, 1) },
			step: { live_tokens: rows },
			tolerance: 0,
		}),
	).toEqual([]);
});

test("the gradient of copy matches finite differences", () => {
	const build = (builder: GraphBuilder) => copy(builder, "copy", [builder.declare("state", "x", [2, 3], "f32")]);
	expect(gradientErrors({ build, values: { x: values(6, 1) }, wrt: ["x"] })).toEqual([]);
});
