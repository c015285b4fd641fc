import { afterAll, expect, test } from "vitest";
import type { Gpu } from "../../device/gpu.ts";
import { compareExecutors, roundBf16 } from "../../executor/compare.ts";
import { testGpu, values } from "../../executor/test-gpu.ts";
import { Pipelines } from "../../kernels/pipelines.ts";
import type { MatmulVariant, Tuning } from "../../kernels/tuning.ts";
import { defaultTable, detectClass, tuningFor } from "../../kernels/tuning-defaults.ts";
import {
	GGUF_BLOCK_FORMATS,
	type GgufBlockFormat,
	QUANTISED_FORMATS,
	type WeightFormat,
	widthMultiple,
} from "../../kernels/weight-format.ts";
import { randomBlocks } from "../../train/self-test/random-blocks.ts";
import { GraphBuilder } from "../builder.ts";
import { gradientErrors } from "../finite-difference.ts";
import { matmul } from "./matmul.ts";
import { withBindingLimit } from "./test-op.ts";

const gpu = await testGpu();
const minimal = await testGpu(true);
afterAll(() => {
	gpu.destroy();
	minimal.destroy();
});

const TOKENS = { axis: "tokens", offset: 0 } as const;
const always = (variant: MatmulVariant): Tuning => ({ matmul: () => variant });
const DIRECT: MatmulVariant = { strategy: "direct", rows: 4, columns: 4, unroll: 4, threads: 32 };
const PORTABLE: readonly MatmulVariant[] = [
	DIRECT,
	{ strategy: "direct", rows: 1, columns: 3, unroll: 1, threads: 8 },
	{ strategy: "shared", rows: 4, columns: 4, unroll: 16, threads: 256 },
	{ strategy: "shared", rows: 1, columns: 2, unroll: 8, threads: 64 },
	{ strategy: "split", rows: 4, columns: 4, unroll: 2, threads: 64 },
	{ strategy: "split", rows: 1, columns: 1, unroll: 1, threads: 32 },
];
// Each exchange strategy needs subgroups of one size.
const EXCHANGES: readonly [number, MatmulVariant][] = [
	[4, { strategy: "quad", rows: 8, columns: 4, unroll: 2, threads: 4 }],
	[8, { strategy: "xor", rows: 16, columns: 2, unroll: 2, threads: 8 }],
];
const { subgroupMinSize, subgroupMaxSize } = gpu.adapterInfo;
const exchanges = EXCHANGES.filter(
	([lanes]) => gpu.has("subgroups") && subgroupMinSize === lanes && subgroupMaxSize === lanes,
).map(([, variant]) => variant);

const isBlock = (dtype: WeightFormat): dtype is GgufBlockFormat => GGUF_BLOCK_FORMATS.some((name) => name === dtype);

/** A forward-like product with every feature: two segments, bias, live rows, accumulation into an earlier product. */
function product(m: number, n: number, k: number, rank: number, dtype: WeightFormat, transposeB: boolean) {
	const builder = new GraphBuilder();
	const x = builder.declare("input", "x", [m, k], "f32", { live: TOKENS });
	const W = builder.declare("weight", "W", transposeB ? [n, k] : [k, n], dtype);
	const u = builder.declare("input", "u", [m, rank], "f32", { live: TOKENS });
	const B = builder.declare("state", "B", transposeB ? [n, rank] : [rank, n], "f32");
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
	const out = matmul(builder, "lora", [x, W, u, B, bias], lora);
	matmul.into(builder, "into", [x, W, u, B, bias], [out], {
		...lora,
		accumulate: true,
	});
	const blocks = isBlock(dtype) ? randomBlocks(dtype, n * k) : null;
	const w = blocks?.values ?? values(n * k, 2);
	const encoded: Record<string, Uint32Array> = blocks === null ? {} : { W: blocks.words };
	return {
		graph: builder.build(),
		encoded,
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

/** The products of a gradient, with A transposed and NaN past its live rows. */
function gradients(tokens: number, live: number, m: number, n: number) {
	const builder = new GraphBuilder();
	const a = builder.declare("input", "a", [tokens, m], "f32", { live: TOKENS });
	const b = builder.declare("input", "b", [tokens, n], "f32", { live: TOKENS });
	matmul(builder, "TN", [a, b], {
		segments: [{ transposeA: true, transposeB: false, scale: 3, adapter: false }],
		accumulate: false,
		bias: false,
	});
	const poisoned = (width: number, seed: number) => values(tokens * width, seed).fill(Number.NaN, live * width);
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
	[80, 10, 36, 2],
] as const;
/** Widths that are not multiples of four, widths that are, and NF4 blocks that continue across rows and groups. */
const PACKED_SHAPES = [
	[3, 5, 7, 1],
	[17, 36, 72, 3],
	[2, 290, 63, 5],
] as const;
const named = (variants: readonly MatmulVariant[]) =>
	variants.map((variant) => [`${variant.strategy} ${variant.rows}x${variant.columns}`, variant] as const);

async function agrees(
	device: Gpu,
	tuning: Tuning,
	shapes: readonly (readonly [number, number, number, number])[] = SHAPES,
): Promise<void> {
	await productsAgree(device, tuning, shapes, ["f32", "bf16"]);
	for (const [tokens, live, m, n] of [
		[9, 5, 3, 7],
		[65, 64, 16, 30],
		[64, 33, 70, 8],
		[40, 0, 4, 4],
	]) {
		const { graph, ...rest } = gradients(tokens, live, m, n);
		expect(
			await compareExecutors(graph, { gpu: device, tuning, ...rest }),
			`TN, ${live} of ${tokens} tokens, [${m}, ${n}]`,
		).toEqual([]);
	}
}

async function productsAgree(
	device: Gpu,
	tuning: Tuning,
	shapes: readonly (readonly [number, number, number, number])[],
	storages: readonly WeightFormat[],
): Promise<void> {
	for (const [m, n, k, rank] of shapes) {
		for (const dtype of storages) {
			for (const transposeB of [true, false]) {
				const { graph, ...rest } = product(m, n, k, rank, dtype, transposeB);
				expect(
					await compareExecutors(graph, { gpu: device, tuning, ...rest }),
					`[${m}, ${n}] over ${k} and ${rank}, ${dtype}`,
				).toEqual([]);
			}
		}
	}
}

test.each(named([...PORTABLE, ...exchanges]))("%s agrees with the reference at odd shapes", (_name, variant) =>
	agrees(gpu, always(variant)),
);

test.each(named(PORTABLE))("%s agrees on a device with WebGPU's default limits", (_name, variant) =>
	agrees(minimal, always(variant)),
);

type Product = readonly [number, number, number, number];
const DECODING: readonly MatmulVariant[] = [
	{ strategy: "direct", rows: 2, columns: 4, unroll: 4, threads: 16 },
	{ strategy: "shared", rows: 1, columns: 2, unroll: 8, threads: 64 },
	{ strategy: "split", rows: 1, columns: 1, unroll: 1, threads: 32 },
	...exchanges.map((variant) => ({ ...variant, rows: 8, columns: 4, unroll: 4 })),
];

test.each(
	[...QUANTISED_FORMATS, ...GGUF_BLOCK_FORMATS].flatMap((storage) =>
		named(DECODING).map(([name, variant]) => [storage, name, variant] as const),
	),
)("%s is decoded by %s, forwards and backwards", async (storage, _name, variant) => {
	// Exchange strategies compile slowly, so only multiples of four are tested.
	const whole = exchanges.some(({ strategy }) => strategy === variant.strategy);
	const shapes = whole ? PACKED_SHAPES.slice(1, 2) : PACKED_SHAPES;
	// GGUF rows are whole blocks of 32, in either orientation.
	const fitting = shapes.map(([m, n, k, rank]): Product => {
		const whole = (size: number) => Math.ceil(size / widthMultiple(storage)) * widthMultiple(storage);
		return [m, whole(n), whole(k), rank];
	});
	await productsAgree(gpu, always(variant), fitting, [storage]);
	if (variant.strategy === "direct") await productsAgree(minimal, always(variant), fitting, [storage]);
});

test("quantised operands larger than a binding are split into windows", async () => {
	await productsAgree(withBindingLimit(gpu, 16_384), always(DIRECT), [[20, 61, 600, 2]], ["int8"]);
	await productsAgree(withBindingLimit(gpu, 35 * 8456), always(DIRECT), [[2, 1500, 400, 2]], ["nf4"]);
	await productsAgree(withBindingLimit(gpu, 16_384), always(DIRECT), [[2, 96, 608, 2]], ["q8_0", "q4_0"]);
	await productsAgree(withBindingLimit(gpu, 16_384), always(DIRECT), [[2, 64, 608, 2]], ["q4_1", "q5_0", "q5_1"]);
	await productsAgree(withBindingLimit(gpu, 36_000), always(DIRECT), [[2, 256, 256, 2]], ["q4_k", "q5_k", "q6_k"]);
});

test("the default variants of this device agree with the reference", async () => {
	const device = await detectClass(gpu, new Pipelines(gpu));
	await agrees(gpu, tuningFor(device, defaultTable(device)), [
		[3, 34, 64, 2],
		[9, 70, 40, 16],
		[50, 132, 64, 5],
	]);
});

test("operands larger than a binding are split into windows", async () => {
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

test.each([
	[false, true],
	[false, false],
	[true, false],
	[true, true],
])("the gradient of matmul is right, transposeA %s, transposeB %s", (transposeA, transposeB) => {
	const [m, n, k, r] = [4, 3, 5, 2];
	const shape = (rows: number, columns: number, turned: boolean) => (turned ? [columns, rows] : [rows, columns]);
	const build = (builder: GraphBuilder) => {
		const state = (name: string, rows: number, columns: number, turned: boolean) =>
			builder.declare("state", name, shape(rows, columns, turned), "f32");
		const inputs = [
			state("a", m, k, transposeA),
			state("b", k, n, transposeB),
			state("u", m, r, transposeA),
			state("v", r, n, transposeB),
		];
		const segment = { transposeA, transposeB, scale: 0.5, adapter: false };
		const attrs = { segments: [segment, { ...segment, scale: 2, adapter: true }], accumulate: false, bias: true };
		return matmul(builder, "y", [...inputs, builder.declare("state", "bias", [n], "f32")], attrs);
	};
	const given = {
		a: values(m * k, 1),
		b: values(k * n, 2),
		u: values(m * r, 3),
		v: values(r * n, 4),
		bias: values(n, 5),
	};
	expect(gradientErrors({ build, values: given, wrt: Object.keys(given) })).toEqual([]);
});

test("incompatible shapes are refused, and the error states both", () => {
	const builder = new GraphBuilder();
	const a = builder.declare("input", "a", [4, 5], "f32");
	const b = builder.declare("input", "b", [6, 4], "f32");
	const segment = { transposeA: false, transposeB: true, scale: 1, adapter: false };
	expect(() => matmul(builder, "y", [a, b], { segments: [segment], accumulate: false, bias: false })).toThrow(
		"a [4,5] and b [6,4] share no inner size",
	);
});

test("a dispatch of more than 65,535 workgroups uses two dimensions", async () => {
	const builder = new GraphBuilder();
	const n = 70000;
	const x = builder.declare("input", "x", [1, 3], "f32");
	const W = builder.declare("weight", "W", [n, 3], "f32");
	matmul(builder, "y", [x, W], {
		segments: [{ transposeA: false, transposeB: true, scale: 1, adapter: false }],
		accumulate: false,
		bias: false,
	});
	const tuning = always({ strategy: "split", rows: 1, columns: 1, unroll: 1, threads: 4 });
	expect(
		await compareExecutors(builder.build(), { gpu, tuning, values: { x: values(3, 1), W: values(n * 3, 2) } }),
	).toEqual([]);
});
