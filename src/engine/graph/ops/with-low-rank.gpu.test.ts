import { afterAll, test } from "vitest";
import { values } from "../../executor/test-gpu.ts";
import type { GraphBuilder } from "../builder.ts";
import { elements, type TensorSpec } from "../ir.ts";
import { copy } from "./copy.ts";
import { expectAgreement, testDevices } from "./test-op.ts";
import { attentionStatisticsLow, ropeLow, swigluGradientLow, swigluLow } from "./with-low-rank.ts";

const devices = await testDevices();
afterAll(() => devices.destroy());

const TOKENS = { axis: "tokens", offset: 0 } as const;
const [ROWS, WIDTH, RANK] = [11, 48, 8];
const step = { live_tokens: 9, adapter_strength: 0.7 };
const up = { scale: 0.5, adapter: true, byColumns: true };
const down = { scale: 2, adapter: false, byColumns: false };
const [rows, u, B, A] = [
	[ROWS, WIDTH],
	[ROWS, RANK],
	[WIDTH, RANK],
	[RANK, WIDTH],
];

type Shapes = Readonly<Record<string, readonly number[]>>;

/** Checks an op of inputs of these shapes; those with ROWS rows are tokens. */
async function check(shapes: Shapes, add: (builder: GraphBuilder, inputs: readonly TensorSpec[]) => void) {
	const dtype = (name: string) => (name === "positions" ? "u32" : "f32");
	await expectAgreement(
		devices.all,
		(builder) => {
			const inputs = Object.entries(shapes).map(([name, shape]) =>
				builder.declare("input", name, shape, dtype(name), shape[0] === ROWS ? { live: TOKENS } : {}),
			);
			add(builder, inputs);
		},
		{
			values: Object.fromEntries(
				Object.entries(shapes).map(([name, shape], i) => [
					name,
					dtype(name) === "u32" ? Array.from({ length: ROWS }, (_, row) => (row * 3) % 7) : values(elements(shape), i),
				]),
			),
			step,
		},
	);
}

test.each([
	["of gate", 1],
	["of up", 2],
])("swigluLow with a term %s", (_name, which) =>
	check({ g: rows, h: rows, u, B }, (builder, [g, h, ...pair]) => {
		const [gate, up_] = [copy(builder, "gate", [g]), copy(builder, "up", [h])];
		const out = builder.activation("out", rows, "f32", TOKENS);
		const terms = [which === 1 ? up : null, which === 2 ? up : null] as const;
		swigluLow.into(builder, "act", [gate, up_, ...pair], [gate, up_, out], { act: "silu", terms });
	}),
);

test("swigluGradientLow", () =>
	check({ gate: rows, up: rows, dout: rows, u, A }, (builder, inputs) => {
		swigluGradientLow(builder, "d", inputs, { act: "gelu_tanh", low: down });
	}));

test.each([16, 8, 0])("ropeLow of %i rotated columns", (rotary_dim) =>
	check(
		{ x: rows, cos: [7, rotary_dim / 2 || 1], sin: [7, rotary_dim / 2 || 1], positions: [ROWS], u, B },
		(builder, inputs) => {
			ropeLow(builder, "rope", inputs, { head_dim: 16, rotary_dim, inverse: false, low: up });
		},
	),
);

test("attentionStatisticsLow", () =>
	check({ d: rows, out: rows, lse: [ROWS, 3], u, A }, (builder, [d, ...rest]) => {
		const dout = copy(builder, "dout", [d]);
		const statistics = builder.activation("statistics", [ROWS, 6], "f32", TOKENS);
		const attrs = { heads: 3, kv_heads: 1, head_dim: 16, scale: 0.25, low: down };
		attentionStatisticsLow.into(builder, "s", [dout, ...rest], [dout, statistics], attrs);
	}));
