import { expect, test } from "vitest";
import { compareExecutors } from "../../executor/compare.ts";
import { testGpu, values } from "../../executor/test-gpu.ts";
import { GraphBuilder } from "../builder.ts";
import { columnSum } from "./column-sum.ts";
import { testTuning } from "./test-op.ts";

test.each([
	[1, 1, 1],
	[7, 5, 3],
	[40, 130, 33],
	[9, 64, 0],
])("columnSum of [%i, %i], %i rows live, NaN past them", async (rows, width, live) => {
	const gpu = await testGpu();
	try {
		const builder = new GraphBuilder();
		const x = builder.declare("input", "x", [rows, width], "f32", { live: { axis: "tokens", offset: 0 } });
		columnSum(builder, "sum", [x]);
		const options = {
			gpu,
			tuning: testTuning,
			values: { x: values(rows * width, 1).fill(Number.NaN, live * width) },
			step: { live_tokens: live },
		};
		expect(await compareExecutors(builder.build(), options)).toEqual([]);
	} finally {
		gpu.destroy();
	}
});
