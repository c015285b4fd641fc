import { afterAll, expect, test } from "vitest";
import { compareExecutors, roundBf16 } from "../../executor/compare.ts";
import { testGpu, values } from "../../executor/test-gpu.ts";
import { withBindingLimit } from "./test-op.ts";
import type { MatmulVariant, Tuning } from "../../kernels/tuning.ts";
import { GraphBuilder } from "../builder.ts";
import { matmul } from "./matmul.ts";

const gpu = await testGpu();
const minimal = await testGpu(true);
afterAll(() => {
	gpu.destroy();
	minimal.destroy();
});

const TOKENS = { axis: "tokens", offset: 0 } as const;
const always = (variant: MatmulVariant): Tuning => ({ matmul: () => variant });
const DIRECT: MatmulVariant = {
	strategy: "direct",
	rows: 4,
	columns: 4,
	unroll: 4,
};

/** One forward-like product with everything on: two segments, bias, live rows, accumulation into an older product. */
function product(
	m: number,
	n: number,
	k: number,
	rank: number,
	dtype: "f32" | "bf16",
	transposeB: boolean,
) {
	const builder = new GraphBuilder();
	const x = builder.declare("input", "x", [m, k], "f32", { live: TOKENS });
	const W = builder.declare("weight", "W", transposeB ? [n, k] : [k, n], dtype);
	const u = builder.declare("input", "u", [m, rank], "f32", { live: TOKENS });
	const B = builder.declare(
		"state",
		"B",
		transposeB ? [n, rank] : [rank, n],
		"f32",
	);
	const bias = builder.declare("weight", "bias", [n], "f32");
	const segment = { transposeA: false, transposeB, scale: 1, adapter: false };
	const plain = { segments: [segment], accumulate: false, bias: false };
	matmul(builder, "plain", [x, W], plain);
	matmul(builder, "biased", [x, W, bias], { ...plain, bias: true });
	const lora = {
		segments: [
			{ ...segment, scale: 0.5 },
			{ ...segment, scale: 2, adapter: true },
		],
		accumulate: false,
		bias: true,
	};
	const [out] = matmul(builder, "lora", [x, W, u, B, bias], lora);
	builder.addInto("matmul", "into", [x, W, u, B, bias], [out], {
		...lora,
		accumulate: true,
	});
	const w = values(n * k, 2);
	return {
		graph: builder.build(),
		values: {
			x: values(m * k, 1),
			W: dtype === "bf16" ? roundBf16(w) : w,
			u: values(m * rank, 3),
			B: values(n * rank, 4),
			bias: values(n, 5),
		},
		step: { live_tokens: Math.max(1, m - 2), adapter_strength: 0.75 },
	};
}

/** The products of a gradient: A transposed, its rows live up to a point behind which lies NaN. */
function gradients(tokens: number, live: number, m: number, n: number) {
	const builder = new GraphBuilder();
	const a = builder.declare("input", "a", [tokens, m], "f32", { live: TOKENS });
	const b = builder.declare("input", "b", [tokens, n], "f32", { live: TOKENS });
	matmul(builder, "TN", [a, b], {
		segments: [
			{ transposeA: true, transposeB: false, scale: 3, adapter: false },
		],
		accumulate: false,
		bias: false,
	});
	const poisoned = (width: number, seed: number) =>
		values(tokens * width, seed).fill(Number.NaN, live * width);
	return {
		graph: builder.build(),
		values: { a: poisoned(m, 1), b: poisoned(n, 2) },
		step: { live_tokens: live },
	};
}

const SHAPES = [
	[1, 1, 1, 1],
	[3, 5, 7, 1],
	[5, 33, 17, 3],
	[33, 64, 40, 8],
	[70, 131, 62, 16],
	[9, 300, 64, 5],
] as const;
const devices = [
	["all features", gpu],
	["default limits", minimal],
] as const;

test.each(SHAPES)(
	"direct, [%i, %i] over %i and rank %i",
	async (m, n, k, rank) => {
		for (const [, device] of devices) {
			for (const dtype of ["f32", "bf16"] as const) {
				for (const transposeB of [true, false]) {
					const { graph, ...rest } = product(m, n, k, rank, dtype, transposeB);
					expect(
						await compareExecutors(graph, {
							gpu: device,
							tuning: always(DIRECT),
							...rest,
						}),
					).toEqual([]);
				}
			}
		}
	},
);

test.each([
	[9, 5, 3, 7],
	[65, 64, 16, 30],
	[64, 33, 70, 8],
	[40, 0, 4, 4],
])(
	"direct, transposed A with %i tokens, %i live, [%i, %i]",
	async (tokens, live, m, n) => {
		for (const [, device] of devices) {
			const { graph, ...rest } = gradients(tokens, live, m, n);
			expect(
				await compareExecutors(graph, {
					gpu: device,
					tuning: always(DIRECT),
					...rest,
				}),
			).toEqual([]);
		}
	},
);

test("operands larger than a binding are cut into windows", async () => {
	const small = withBindingLimit(gpu, 4096);
	for (const dtype of ["f32", "bf16"] as const) {
		for (const transposeB of [true, false]) {
			const { graph, ...rest } = product(37, 61, 45, 3, dtype, transposeB);
			expect(
				await compareExecutors(graph, {
					gpu: small,
					tuning: always(DIRECT),
					...rest,
				}),
			).toEqual([]);
		}
	}
	const { graph, ...rest } = gradients(90, 71, 29, 33);
	expect(
		await compareExecutors(graph, {
			gpu: small,
			tuning: always(DIRECT),
			...rest,
		}),
	).toEqual([]);
});
