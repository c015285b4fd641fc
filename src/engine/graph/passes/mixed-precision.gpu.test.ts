// Mixed precision: which products are marked, and every strategy against the reference, which rounds as they do.
import { afterAll, expect, test } from "vitest";
import { compareExecutors, roundBf16 } from "../../executor/compare.ts";
import { testGpu, values } from "../../executor/test-gpu.ts";
import type { MatmulVariant } from "../../kernels/tuning.ts";
import { differentiate } from "../autodiff.ts";
import { GraphBuilder } from "../builder.ts";
import { type MatmulAttrs, matmul } from "../ops/index.ts";
import { mixedPrecision } from "./mixed-precision.ts";

const gpu = await testGpu();
afterAll(() => gpu.destroy());

/** y = x · Wᵀ + 2 · u · Bᵀ, and the gradients of x and B. */
function graphOf(m: number, n: number, k: number, rank: number) {
	const builder = new GraphBuilder();
	const x = builder.declare("state", "x", [m, k], "f32");
	const W = builder.declare("weight", "W", [n, k], "bf16");
	const u = builder.declare("state", "u", [m, rank], "f32");
	const B = builder.declare("state", "B", [n, rank], "f32");
	const segment = { transposeA: false, transposeB: true, scale: 1, adapter: false };
	const segments = [segment, { ...segment, scale: 2, adapter: true }];
	const y = matmul(builder, "y", [x, W, u, B], { segments, accumulate: false, bias: false });
	const dy = builder.declare("input", "dy", [m, n], "f32");
	differentiate(builder, new Map([[y.id, dy]]), [x, B], ({ id, shape }) =>
		builder.declare("state", `gradient ${id}`, shape, "f32"),
	);
	return mixedPrecision(builder.build());
}

test("products with frozen weights are marked, those of LoRA are not", () => {
	const marks = graphOf(4, 4, 4, 2)
		.nodes.filter(({ op }) => op === "matmul")
		.map(({ name, attrs }) => [name, (attrs as MatmulAttrs).segments.map(({ half }) => half ?? null)]);
	expect(Object.fromEntries(marks)).toMatchObject({ y: [1, null], "d y A0": [1024], "d y B1": [null] });
});

const VARIANTS: readonly MatmulVariant[] = [
	{ strategy: "direct", rows: 4, columns: 4, unroll: 4, threads: 8 },
	{ strategy: "shared", rows: 2, columns: 2, unroll: 8, threads: 64 },
	{ strategy: "split", rows: 1, columns: 4, unroll: 2, threads: 32 },
	{ strategy: "block", rows: 4, columns: 4, unroll: 4, threads: 16, splits: 2 },
	...(gpu.has("subgroups") && gpu.adapterInfo.subgroupMaxSize === 8
		? [{ strategy: "xor", rows: 8, columns: 2, unroll: 2, threads: 8 } as const]
		: []),
];

/** Strategy block stages float16 numbers, which it computes in two ways. */
const CASES = VARIANTS.flatMap((variant) =>
	[false, ...(variant.strategy === "block" && gpu.has("shader-f16") ? [true] : [])].map(
		(float16) => [variant.strategy, float16 ? ", with shader-f16" : "", variant, float16] as const,
	),
);

test.each(CASES)("%s rounds operands to float16 and sums in float32%s", async (_strategy, _with, variant, float16) => {
	const [m, n, k, rank] = [20, 36, 24, 4];
	const dy = values(m * n, 6).map((value) => value * 1e-6); // would be zero in float16
	const options = {
		gpu,
		tuning: { matmul: () => variant, float16 },
		values: {
			x: values(m * k, 1),
			W: roundBf16(values(n * k, 2)),
			u: values(m * rank, 3),
			B: values(n * rank, 4),
			dy,
		},
		step: { adapter_strength: 0.75 },
	};
	expect(await compareExecutors(graphOf(m, n, k, rank), options)).toEqual([]);
});
