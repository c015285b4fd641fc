import { afterAll, describe, expect, test } from "vitest";
import { values } from "../../executor/test-gpu.ts";
import { differentiate } from "../autodiff.ts";
import type { GraphBuilder } from "../builder.ts";
import { gradientErrors } from "../finite-difference.ts";
import { attention } from "./attention.ts";
import { expectAgreement, testDevices, testTuning } from "./test-op.ts";

const devices = await testDevices();
afterAll(() => devices.destroy());
const LIVE = { axis: "tokens", offset: 0 } as const;

interface Shape {
	heads: number;
	kv_heads: number;
	head_dim: number;
	/** Lengths of the concatenated texts. */
	lengths: number[];
	/** Rows past the live ones. */
	spare: number;
	window?: number;
}

function ranges({ lengths, spare }: Shape) {
	const start: number[] = [];
	const end: number[] = [];
	for (const length of lengths) {
		const first = start.length;
		for (let i = 0; i < length; i++) {
			start.push(first);
			end.push(first + length);
		}
	}
	const stale = Array<number>(spare).fill(4_000_000_000);
	return { kv_start: [...start, ...stale], kv_last: [...start.map((_, t) => t), ...stale], q_end: [...end, ...stale] };
}

function build(shape: Shape, role: "input" | "state") {
	const { heads, kv_heads, head_dim, lengths, spare, window } = shape;
	const T = lengths.reduce((a, b) => a + b) + spare;
	return (builder: GraphBuilder) => {
		const floats = (name: string, width: number) => builder.declare(role, name, [T, width], "f32", { live: LIVE });
		const words = (name: string) => builder.declare("input", name, [T], "u32", { live: LIVE });
		const inputs = [
			floats("q", heads * head_dim),
			floats("k", kv_heads * head_dim),
			floats("v", kv_heads * head_dim),
			words("kv_start"),
			words("kv_last"),
			words("q_end"),
		];
		const attrs = { heads, kv_heads, head_dim, scale: 1 / Math.sqrt(head_dim), window };
		return attention(builder, "attention", inputs, attrs);
	};
}

/** Random values, with NaN in the rows past the live ones, which must not affect the result. */
function inputs(shape: Shape) {
	const { heads, kv_heads, head_dim, lengths, spare } = shape;
	const live = lengths.reduce((a, b) => a + b);
	const fill = (width: number, seed: number, scale: number) => [
		...values(live * width, seed, scale),
		...Array<number>(spare * width).fill(Number.NaN),
	];
	return {
		q: fill(heads * head_dim, 1, 3),
		k: fill(kv_heads * head_dim, 2, 3),
		v: fill(kv_heads * head_dim, 3, 1),
		...ranges(shape),
	};
}

const SHAPES: Shape[] = [
	{ heads: 1, kv_heads: 1, head_dim: 1, lengths: [1], spare: 0 },
	{ heads: 3, kv_heads: 1, head_dim: 5, lengths: [2, 7], spare: 3 },
	{ heads: 2, kv_heads: 1, head_dim: 6, lengths: [5, 9], spare: 2, window: 3 },
	{ heads: 4, kv_heads: 2, head_dim: 12, lengths: [17, 1, 9], spare: 6 },
	{ heads: 6, kv_heads: 2, head_dim: 32, lengths: [33, 70], spare: 1 },
	{ heads: 9, kv_heads: 3, head_dim: 64, lengths: [131], spare: 29 },
	{ heads: 4, kv_heads: 2, head_dim: 20, lengths: [90, 7, 61], spare: 5, window: 17 },
	{ heads: 2, kv_heads: 2, head_dim: 256, lengths: [40, 300], spare: 0 },
];

/** For the kernels that work in blocks: with a slice of the columns that is narrower than 16 vec4s, with one, with two unequal to it. */
const BLOCK_SHAPES: Shape[] = [
	{ heads: 4, kv_heads: 2, head_dim: 12, lengths: [17, 1, 9], spare: 6 },
	{ heads: 6, kv_heads: 2, head_dim: 64, lengths: [33, 70], spare: 2 },
	{ heads: 2, kv_heads: 1, head_dim: 72, lengths: [1, 45], spare: 0, window: 17 },
];

const CASES = [
	...SHAPES.map((shape) => ({ ...shape, kernels: "threads", tuning: testTuning })),
	...BLOCK_SHAPES.map((shape) => ({ ...shape, kernels: "blocks", tuning: { ...testTuning, attentionQueries: 32 } })),
];

describe.each(CASES)(
	"$kernels: heads $heads/$kv_heads of $head_dim, texts $lengths, $spare rows spare, window $window",
	({ tuning, ...shape }) => {
		const live_tokens = shape.lengths.reduce((a, b) => a + b);

		test("forward and backward agree with the reference", async () => {
			await expectAgreement(
				devices.all,
				(builder) => {
					const out = build(shape, "state")(builder);
					const seed = builder.declare("input", "dout", out.shape, "f32", { live: LIVE });
					const wrt = builder.tensors.filter(({ name }) => ["q", "k", "v"].includes(name));
					differentiate(builder, new Map([[out.id, seed]]), wrt, (t) =>
						builder.declare("state", `grad ${t.name}`, t.shape, "f32"),
					);
					// Compares the gradients only; the accumulations of NaN rows that autodiff adds are not part of the op.
					while (builder.nodes.at(-1)?.op === "accumulate" || builder.nodes.some(({ op }) => op === "accumulate")) {
						builder.nodes.splice(
							builder.nodes.findIndex(({ op }) => op === "accumulate"),
							1,
						);
					}
				},
				{
					values: { ...inputs(shape), dout: values((live_tokens + shape.spare) * shape.heads * shape.head_dim, 9) },
					step: { live_tokens },
					tolerance: 3e-5,
					tuning,
				},
			);
		});
	},
);

test("one text of 2048 tokens", async () => {
	const shape = { heads: 1, kv_heads: 1, head_dim: 4, lengths: [2048], spare: 0 };
	await expectAgreement(devices.all, (builder) => void build(shape, "input")(builder), {
		values: inputs(shape),
		step: { live_tokens: 2048 },
		tolerance: 3e-5,
	});
});

test.each(SHAPES.slice(0, 4))(
	"the gradient of attention matches finite differences: heads $heads/$kv_heads of $head_dim",
	(shape) => {
		const dense = { ...shape, lengths: shape.lengths.map((n) => Math.min(n, 6)), spare: 0 };
		const { q, k, v, ...words } = inputs(dense);
		expect(
			gradientErrors({
				build: build(dense, "state"),
				values: { q, k, v, ...words },
				wrt: ["q", "k", "v"],
				step: { live_tokens: dense.lengths.reduce((a, b) => a + b) },
			}),
		).toEqual([]);
	},
);
