// Kernels for GPUs that add low-rank terms to what they read before they do the work of another kernel: the gated activation and
// its gradient, the rotation, and the statistics of attention. All widths and ranks are multiples of four.
import gateSource from "../../shaders/elementwise/gate.wgsl?raw";
import statisticsSource from "../../shaders/lora/attention-statistics-low.wgsl?raw";
import fourRowsSource from "../../shaders/lora/four-rows.wgsl?raw";
import lowRankSource from "../../shaders/lora/low-rank.wgsl?raw";
import ropeSource from "../../shaders/lora/rope-low.wgsl?raw";
import swigluGradientSource from "../../shaders/lora/swiglu-gradient-low.wgsl?raw";
import swigluSource from "../../shaders/lora/swiglu-low.wgsl?raw";
import vec4Source from "../../shaders/util/vec4.wgsl?raw";
import { bindings, defineKernel, type KernelCall, type KernelSpec, spread, type TensorRange } from "./kernel.ts";
import type { LowRank } from "./norm-sum.ts";
import { type LiveBound, liveCode, type ScalarType } from "./step.ts";
import type { Gate } from "./swiglu.ts";
import { unroll } from "./unroll.ts";

const WORKGROUP = 64;

/** A term whose u and M are at offsets of their bindings, in numbers. */
export type PlacedLowRank = LowRank & { readonly u: number; readonly M: number; readonly rank: number };

type Fields = Readonly<Record<string, ScalarType>>;
const LIVE: Fields = { live_axis: "u32", live_offset: "u32", once: "u32" };
const BASES = (i: number): Fields => ({ [`u${i}_base`]: "u32", [`m${i}_base`]: "u32" });
const TERM = (i: number): Fields => ({ [`rank${i}`]: "u32", [`scale${i}`]: "f32", [`adapter${i}`]: "u32" });

const define = (
	name: string,
	source: string,
	params: Fields,
	bound: KernelSpec["bindings"],
	options: Partial<Pick<KernelSpec, "includes" | "bases">> = {},
) =>
	defineKernel({
		name,
		source: unroll(fourRowsSource + lowRankSource + source, {}),
		params,
		bindings: bound,
		...options,
	});

const gated = { includes: [vec4Source, gateSource] };
const swiglu = define(
	"swiglu-low",
	swigluSource,
	{ rows: "u32", width: "u32", ...LIVE, ...BASES(0), ...TERM(0), ...BASES(1), ...TERM(1) },
	bindings(["low_u", "low_m"], ["gate", "up", "out"]),
	gated,
);
const swigluGradient = define(
	"swiglu-gradient-low",
	swigluGradientSource,
	{ rows: "u32", width: "u32", ...LIVE, ...TERM(0) },
	bindings(["gate", "up", "dout", "low_u", "low_m"], ["dgate", "dup"]),
	gated,
);
const rope = define(
	"rope-low",
	ropeSource,
	{
		rows: "u32",
		heads: "u32",
		head_dim: "u32",
		half_dim: "u32",
		...LIVE,
		x_base: "u32",
		out_base: "u32",
		...BASES(0),
		...TERM(0),
	},
	bindings(["x", "cosines", "sines", "positions", "low_u", "low_m"], ["out"]),
	{ bases: { x: "x_base", low_u: "u0_base", low_m: "m0_base", out: "out_base" } },
);
const statistics = define(
	"attention-statistics-low",
	statisticsSource,
	{ rows: "u32", heads: "u32", head_dim: "u32", ...LIVE, ...TERM(0) },
	bindings(["out", "lse", "low_u", "low_m"], ["dout", "statistics"]),
);

const liveParams = (live: LiveBound | undefined) => ({
	live_axis: liveCode(live),
	live_offset: live?.offset ?? 0,
	once: 1,
});

function termParams(low: PlacedLowRank | null, i: number): Record<string, number> {
	return {
		[`u${i}_base`]: low?.u ?? 0,
		[`m${i}_base`]: low?.M ?? 0,
		[`rank${i}`]: (low?.rank ?? 0) / 4,
		[`scale${i}`]: low?.scale ?? 0,
		[`adapter${i}`]: low?.adapter ? 1 : 0,
	};
}

interface Factors {
	readonly u: TensorRange;
	readonly M: TensorRange;
}

/** gate, up += their terms; out = f(gate) * up. gate, up, out: [rows, width] */
export function swigluLowCall(
	io: Factors & { gate: TensorRange; up: TensorRange; out: TensorRange },
	act: Gate,
	terms: readonly [PlacedLowRank | null, PlacedLowRank | null],
	[rows, width]: readonly number[],
	live?: LiveBound,
): KernelCall {
	const ranks = terms.reduce((sum, low) => sum + (low?.rank ?? 0), 0);
	return {
		kernel: swiglu,
		constants: { WORKGROUP, BY_COLUMNS: true, TANH_GELU: act === "gelu_tanh" },
		params: { rows, width: width / 4, ...liveParams(live), ...termParams(terms[0], 0), ...termParams(terms[1], 1) },
		bindings: [io.u, io.M, io.gate, io.up, io.out],
		workgroups: spread(Math.ceil((Math.ceil(rows / 4) * width) / 4 / WORKGROUP)),
		flops: rows * width * (8 + 2 * ranks),
	};
}

/** Gradients of f(gate) * up for dout + its term. All: [rows, width] */
export function swigluGradientLowCall(
	io: Factors & {
		gate: TensorRange;
		up: TensorRange;
		dout: TensorRange;
		dgate: TensorRange;
		dup: TensorRange;
	},
	act: Gate,
	low: PlacedLowRank,
	[rows, width]: readonly number[],
	live?: LiveBound,
): KernelCall {
	return {
		kernel: swigluGradient,
		constants: { WORKGROUP, BY_COLUMNS: false, TANH_GELU: act === "gelu_tanh" },
		params: { rows, width: width / 4, ...liveParams(live), ...termParams(low, 0) },
		bindings: [io.gate, io.up, io.dout, io.u, io.M, io.dgate, io.dup],
		workgroups: spread(Math.ceil((Math.ceil(rows / 4) * width) / 4 / WORKGROUP)),
		flops: rows * width * (13 + 2 * low.rank),
	};
}

/** out = rotated x + term. x, out: [rows, heads * head_dim]; rotary_dim 0 copies */
export function ropeLowCall(
	io: Factors & {
		x: TensorRange;
		cos: TensorRange;
		sin: TensorRange;
		positions: TensorRange;
		out: TensorRange;
	},
	low: PlacedLowRank,
	shape: { readonly rows: number; readonly width: number; readonly head_dim: number; readonly rotary_dim: number },
	live?: LiveBound,
): KernelCall {
	const { rows, width, head_dim, rotary_dim } = shape;
	const threads = (Math.ceil(rows / 4) * (width / head_dim) * (head_dim - rotary_dim / 2)) / 4;
	return {
		kernel: rope,
		constants: { WORKGROUP, BY_COLUMNS: true },
		params: {
			rows,
			heads: width / head_dim,
			head_dim: head_dim / 4,
			half_dim: rotary_dim / 8,
			...liveParams(live),
			x_base: 0,
			out_base: 0,
			...termParams(low, 0),
		},
		bindings: [io.x, io.cos, io.sin, io.positions, io.u, io.M, io.out],
		workgroups: spread(Math.ceil(threads / WORKGROUP)),
		flops: rows * width * (4 + 2 * low.rank),
	};
}

/** Largest head_dim of `attentionStatisticsLowCall`, whose workgroup has a thread for each four columns. */
export const MOST_HEAD_DIM = 4 * WORKGROUP;

/** dout += its term; statistics: [rows, heads, 2]. dout, out: [rows, heads * head_dim], lse: [rows, heads] */
export function attentionStatisticsLowCall(
	io: Factors & { dout: TensorRange; out: TensorRange; lse: TensorRange; statistics: TensorRange },
	low: PlacedLowRank,
	{ rows, heads, head_dim }: { readonly rows: number; readonly heads: number; readonly head_dim: number },
	live?: LiveBound,
): KernelCall {
	const blocks = Math.ceil(heads / Math.floor(WORKGROUP / (head_dim / 4)));
	return {
		kernel: statistics,
		constants: { WORKGROUP, BY_COLUMNS: false },
		params: { rows, heads, head_dim: head_dim / 4, ...liveParams(live), ...termParams(low, 0) },
		bindings: [io.out, io.lse, io.u, io.M, io.dout, io.statistics],
		workgroups: spread(Math.ceil(rows / 4) * blocks),
		flops: rows * heads * head_dim * (2 + 2 * low.rank),
	};
}
