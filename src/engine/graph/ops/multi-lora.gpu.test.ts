import { afterAll, expect, test } from "vitest";
import type { Gpu } from "../../device/gpu.ts";
import { compareExecutors } from "../../executor/compare.ts";
import { testGpu, values } from "../../executor/test-gpu.ts";
import { Pipelines } from "../../kernels/pipelines.ts";
import type { MatmulVariant, Tuning } from "../../kernels/tuning.ts";
import { defaultTable, detectClass, tuningFor } from "../../kernels/tuning-defaults.ts";
import { differentiate } from "../autodiff.ts";
import { GraphBuilder } from "../builder.ts";
import { gradientErrors } from "../finite-difference.ts";
import type { TensorSpec } from "../ir.ts";
import { simplify } from "../passes/simplify.ts";
import { addLowRank, copy, dropout } from "./index.ts";
import { withBindingLimit } from "./test-op.ts";

const gpu = await testGpu();
const minimal = await testGpu(true);
afterAll(() => {
	gpu.destroy();
	minimal.destroy();
});

const TOKENS = { axis: "tokens", offset: 0 } as const;
const always = (variant: MatmulVariant): Tuning => ({ matmul: () => variant });
const PORTABLE: readonly MatmulVariant[] = [
	{ strategy: "direct", rows: 4, columns: 4, unroll: 4, threads: 32 },
	{ strategy: "shared", rows: 4, columns: 4, unroll: 16, threads: 256 },
	{ strategy: "split", rows: 4, columns: 4, unroll: 2, threads: 64 },
];
const device = await detectClass(gpu, new Pipelines(gpu));

/** Builds the low-rank part of a linear layer for slots of these ranks, with gradients. x, y: tokens of all slots. */
function build(builder: GraphBuilder, ranks: readonly number[], room: number, from: number, to: number, p: number) {
	const slots = ranks.length;
	const x = builder.declare("state", "x", [slots * room, from], "f32", { live: TOKENS });
	const y = builder.declare("state", "y0", [slots * room, to], "f32", { live: TOKENS });
	const pairs = ranks.map((r, slot) => ({
		slot,
		scale: 2 / r,
		A: builder.declare("state", `A${slot}`, [r, from], "f32"),
		B: builder.declare("state", `B${slot}`, [to, r], "f32"),
	}));
	const input = p > 0 ? dropout(builder, "dropped", [x], { p, salt: 5, slots: true }) : x;
	const fresh = copy(builder, "y", [y]);
	addLowRank(builder, "q", input, fresh, slots, pairs);
	return { x, pairs, out: fresh };
}

interface Case {
	readonly ranks: readonly number[];
	readonly room: number;
	readonly live: number;
	readonly from: number;
	readonly to: number;
}

function given({ ranks, room, live, from, to }: Case) {
	const slots = ranks.length;
	const rows = (width: number, seed: number) =>
		values(slots * room * width, seed).fill(Number.NaN, slots * live * width); // the rows past the live ones are undefined
	return {
		x: rows(from, 1),
		y0: rows(to, 2),
		dy: rows(to, 3),
		...Object.fromEntries(ranks.map((r, l) => [`A${l}`, values(r * from, 10 + l)])),
		...Object.fromEntries(ranks.map((r, l) => [`B${l}`, values(to * r, 30 + l)])),
		...Object.fromEntries(ranks.map((r, l) => [`dA${l}`, values(r * from, 50 + l)])),
		...Object.fromEntries(ranks.map((r, l) => [`dB${l}`, values(to * r, 70 + l)])),
	};
}

const CASES: readonly Case[] = [
	{ ranks: [1], room: 3, live: 2, from: 5, to: 7 },
	{ ranks: [3, 1, 2], room: 5, live: 5, from: 9, to: 4 },
	{ ranks: [1, 2, 4, 8, 16], room: 9, live: 7, from: 33, to: 17 },
	{ ranks: [64, 2], room: 40, live: 33, from: 70, to: 66 },
	{ ranks: [2, 5], room: 6, live: 0, from: 8, to: 8 },
];

async function agrees(on: Gpu, tuning: Tuning, cases: readonly Case[], p: number): Promise<void> {
	for (const one of cases) {
		const builder = new GraphBuilder();
		const { x, pairs, out } = build(builder, one.ranks, one.room, one.from, one.to, p);
		const dy = builder.declare("state", "dy", out.shape, "f32", { live: TOKENS });
		const wrt = pairs.flatMap(({ A, B }) => [A, B]);
		const gradientOf = ({ name, shape }: TensorSpec) => builder.declare("state", `d${name}`, shape, "f32");
		const dx = differentiate(builder, new Map([[out.id, dy]]), wrt, gradientOf, { through: x });
		if (dx !== undefined) builder.result(dx);
		builder.result(out);
		const { live, ranks } = one;
		const step = {
			live_tokens: live * ranks.length,
			slot_tokens: live,
			adapter_strength: 0.75,
			seed: 3,
			micro_step: 1,
		};
		for (const graph of [builder.build(), simplify(builder.build())]) {
			expect(await compareExecutors(graph, { gpu: on, tuning, values: given(one), step }), JSON.stringify(one)).toEqual(
				[],
			);
		}
	}
}

test.each(PORTABLE.map((variant) => [variant.strategy, variant] as const))(
	"%s agrees with the reference, forward and backward",
	async (_name, variant) => {
		await agrees(gpu, always(variant), CASES, 0);
		await agrees(minimal, always(variant), CASES.slice(1, 3), 0.3);
	},
);

test("the default variants of this device agree with the reference", () =>
	agrees(gpu, tuningFor(device, defaultTable(device)), CASES, 0.3));

test("the gradients match finite differences", () => {
	const ranks = [2, 1, 3];
	const one = { ranks, room: 4, live: 3, from: 5, to: 4 };
	for (const p of [0, 0.4]) {
		const all = given(one);
		const fill = (v: ArrayLike<number>) => Float64Array.from(v, (n) => (Number.isNaN(n) ? 0 : n));
		const errors = gradientErrors({
			build: (builder) => build(builder, ranks, one.room, one.from, one.to, p).out,
			values: {
				x: fill(all.x),
				y0: fill(all.y0),
				...Object.fromEntries(Object.entries(all).filter(([name]) => /^[AB]/.test(name))),
			},
			wrt: ["x", ...ranks.flatMap((_, l) => [`A${l}`, `B${l}`])],
			step: { live_tokens: 9, slot_tokens: 3, seed: 5, micro_step: 2 },
		});
		expect(errors).toEqual([]);
	}
});

test("a tensor of all slots that is larger than a binding is refused, with its size", async () => {
	const small = withBindingLimit(gpu, 4096);
	await expect(agrees(small, always(PORTABLE[0]), [CASES[3]], 0)).rejects.toThrow(
		/2 adapters of 40 tokens make a tensor of/,
	);
});
