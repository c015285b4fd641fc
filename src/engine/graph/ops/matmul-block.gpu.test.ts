// Strategy block against the reference. Its pipelines depend on how each operand is read and compile slowly on software
// adapters, so there is one product for each way of reading, in small tiles.
import { afterAll, expect, test } from "vitest";
import type { Gpu } from "../../device/gpu.ts";
import { compareExecutors, roundBf16 } from "../../executor/compare.ts";
import { values } from "../../executor/test-gpu.ts";
import { fitBlock } from "../../kernels/matmul-block.ts";
import type { MatmulVariant } from "../../kernels/tuning.ts";
import { QUANTISED_FORMATS, type WeightFormat } from "../../kernels/weight-format.ts";
import { GraphBuilder } from "../builder.ts";
import { matmul } from "./matmul.ts";
import { testDevices } from "./test-op.ts";

const devices = await testDevices();
const [gpu, minimal] = devices.all;
afterAll(() => devices.destroy());

const TOKENS = { axis: "tokens", offset: 0 } as const;
const block = (rows: number, columns: number, unroll: number, threads: number, splits: number): MatmulVariant => ({
	strategy: "block",
	rows,
	columns,
	unroll,
	threads,
	splits,
});
const SMALL = block(4, 4, 4, 16, 2);

interface Case {
	readonly variant: MatmulVariant;
	readonly size: readonly [m: number, n: number, k: number, rank: number];
	readonly dtype: WeightFormat;
	readonly transposeB: boolean;
	/** Bias, live rows, and accumulation into an earlier product. */
	readonly everything: boolean;
}

/** x [m, k] · W (+ u [m, r] · B) with W as in a forward pass (transposeB) or in a gradient. */
function product({ size: [m, n, k, rank], dtype, transposeB, everything }: Case) {
	const builder = new GraphBuilder();
	const live = everything ? { live: TOKENS } : {};
	const x = builder.declare("input", "x", [m, k], "f32", live);
	const W = builder.declare("weight", "W", transposeB ? [n, k] : [k, n], dtype);
	const segment = { transposeA: false, transposeB, scale: 1, adapter: false };
	const inputs = [x, W];
	if (rank > 0) {
		inputs.push(builder.declare("input", "u", [m, rank], "f32", live));
		inputs.push(builder.declare("state", "B", transposeB ? [n, rank] : [rank, n], "f32"));
	}
	if (everything) inputs.push(builder.declare("weight", "bias", [n], "f32"));
	const attrs = {
		segments: rank > 0 ? [segment, { ...segment, scale: 2, adapter: true }] : [segment],
		accumulate: false,
		bias: everything,
	};
	const out = matmul(builder, "y", inputs, attrs);
	if (everything) matmul.into(builder, "into", inputs, [out], { ...attrs, accumulate: true });
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
		step: { live_tokens: everything ? m - 3 : m, adapter_strength: 0.75 },
	};
}

const one = (
	variant: MatmulVariant,
	size: Case["size"],
	dtype: WeightFormat,
	transposeB: boolean,
	everything = false,
): Case => ({ variant, size, dtype, transposeB, everything });

const CASES: Readonly<Record<string, Case>> = {
	"whole vectors along K": one(SMALL, [36, 68, 32, 8], "bf16", true),
	"whole vectors along N": one(SMALL, [36, 68, 32, 0], "bf16", false),
	"single numbers": one(SMALL, [21, 35, 14, 3], "bf16", false, true),
	"odd rows that end with a whole vec4": one(SMALL, [36, 72, 37, 0], "bf16", false, true),
	"odd rows of few numbers": one(SMALL, [20, 68, 5, 0], "f32", true),
	"a skinny product, transposed": one(SMALL, [40, 12, 20, 0], "f32", true),
	"tall tiles": one(block(8, 4, 8, 8, 1), [35, 36, 24, 0], "f32", true),
	"wide tiles, four splits": one(block(4, 8, 4, 8, 4), [17, 40, 36, 0], "f32", true),
};

async function agrees(device: Gpu, given: Case): Promise<void> {
	const tuning = { matmul: () => given.variant };
	expect(await compareExecutors(product(given).graph, { gpu: device, tuning, ...product(given) })).toEqual([]);
}

test.each(Object.entries(CASES))("%s", (_name, given) => agrees(gpu, given));

test.each([
	[64, 33, 72, 8],
	[65, 64, 16, 30],
	[64, 33, 35, 70],
])("gradients of weights: %i tokens, of which %i are live, [%i, %i]", async (tokens, live, m, n) => {
	const builder = new GraphBuilder();
	const a = builder.declare("input", "a", [tokens, m], "f32", { live: TOKENS });
	const b = builder.declare("input", "b", [tokens, n], "f32", { live: TOKENS });
	const segment = { transposeA: true, transposeB: false, scale: 3, adapter: false };
	matmul(builder, "TN", [a, b], { segments: [segment], accumulate: false, bias: false });
	const poisoned = (width: number, seed: number) => values(tokens * width, seed).fill(Number.NaN, live * width);
	expect(
		await compareExecutors(builder.build(), {
			gpu,
			tuning: { matmul: () => SMALL },
			values: { a: poisoned(m, 1), b: poisoned(n, 2) },
			step: { live_tokens: live },
		}),
	).toEqual([]);
});

test.each(QUANTISED_FORMATS)("%s weights are decoded while they are staged", (dtype) =>
	agrees(gpu, one(SMALL, [20, 64, 64, 0], dtype, true)),
);

test("a workgroup has fewer splits or steps where a device's limits demand it", async () => {
	const limits = { maxComputeInvocationsPerWorkgroup: 256, maxComputeWorkgroupStorageSize: 16_384 };
	expect(fitBlock(block(8, 8, 16, 64, 2), limits)).toEqual(block(8, 8, 16, 64, 2));
	expect(fitBlock(block(8, 4, 16, 64, 4), limits)).toEqual(block(8, 4, 8, 64, 4));
	expect(fitBlock(block(4, 4, 8, 64, 8), limits)).toEqual(block(4, 4, 8, 64, 4));
	await agrees(minimal, one(block(4, 4, 4, 16, 64), [35, 36, 24, 0], "f32", true));
});
