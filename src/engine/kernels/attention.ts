// The attention kernels: the forward pass with its log-sum-exp, and two gradients that recompute the probabilities.
// unroll.ts expands the loops marked in the WGSL; tuning.ts sets the tile of each device.
import forwardSource from "../../shaders/attention/attention.wgsl?raw";
import gradientKvSource from "../../shaders/attention/attention-gradient-kv.wgsl?raw";
import gradientQSource from "../../shaders/attention/attention-gradient-q.wgsl?raw";
import statisticsSource from "../../shaders/attention/attention-statistics.wgsl?raw";
import { defineKernel, type KernelCall, type KernelSpec, spread, type TensorRange } from "./kernel.ts";
import type { AttentionTile, AttentionTiles } from "./tuning.ts";
import { unroll } from "./unroll.ts";

export interface AttentionShape {
	readonly tokens: number; // T, rows of q
	readonly heads: number;
	readonly kv_heads: number;
	readonly head_dim: number;
	readonly scale: number;
	/** Keys that a query looks back over, itself among them; all when absent. */
	readonly window?: number;
}

const SMALL: AttentionTile = { queries: 4, keys: 4 };
/** For devices of which nothing was measured. */
const SMALL_TILES: AttentionTiles = { threads: 32, forward: SMALL, gradientQ: SMALL, gradientKv: SMALL };

/** More keys than there can be. */
const NO_WINDOW = 0xffffffff;

const SHAPE_PARAMS = {
	tokens: "u32",
	heads: "u32",
	group: "u32",
	head_dim: "u32",
	scale: "f32",
	window: "u32",
} as const;
const read = (name: string) => ({ name, access: "read" }) as const;
const write = (name: string) => ({ name, access: "read_write" }) as const;

const forward = defineKernel({
	name: "attention",
	source: forwardSource,
	params: SHAPE_PARAMS,
	bindings: [read("q"), read("k"), read("v"), read("kv_start"), read("kv_last"), write("out"), write("lse")],
});
const statistics = defineKernel({
	name: "attention-statistics",
	source: statisticsSource,
	params: { tokens: "u32", heads: "u32", head_dim: "u32" },
	bindings: [read("dout"), read("out"), read("lse"), write("statistics")],
});
const gradientQ = defineKernel({
	name: "attention-gradient-q",
	source: gradientQSource,
	params: SHAPE_PARAMS,
	bindings: [
		read("q"),
		read("k"),
		read("v"),
		read("dout"),
		read("kv_start"),
		read("kv_last"),
		read("statistics"),
		write("dq"),
	],
});
const gradientKv = defineKernel({
	name: "attention-gradient-kv",
	source: gradientKvSource,
	params: SHAPE_PARAMS,
	bindings: [
		read("q"),
		read("k"),
		read("v"),
		read("dout"),
		read("q_end"),
		read("statistics"),
		write("dk"),
		write("dv"),
	],
});

/** out: [T, heads * head_dim], lse: [T, heads] of q, k, v; keys kv_start[t] … kv_last[t] are seen by query t. */
export function attentionCall(
	io: {
		q: TensorRange;
		k: TensorRange;
		v: TensorRange;
		kvStart: TensorRange;
		kvLast: TensorRange;
		out: TensorRange;
		lse: TensorRange;
	},
	shape: AttentionShape,
	{ threads, forward: tile } = SMALL_TILES,
): KernelCall {
	return tiled(
		forward,
		tile,
		threads,
		shape,
		shape.heads,
		tile.queries,
		[io.q, io.k, io.v, io.kvStart, io.kvLast, io.out, io.lse],
		2,
	);
}

/** statistics: [T, heads, 2] for the gradients. */
export function attentionStatisticsCall(
	io: { dout: TensorRange; out: TensorRange; lse: TensorRange; statistics: TensorRange },
	shape: AttentionShape,
): KernelCall {
	const { tokens, heads, head_dim } = shape;
	return {
		kernel: statistics,
		constants: {},
		params: { tokens, heads, head_dim },
		bindings: [io.dout, io.out, io.lse, io.statistics],
		workgroups: spread(Math.ceil((tokens * heads) / 64)),
		flops: 2 * tokens * heads * head_dim,
	};
}

/** dq: [T, heads * head_dim] */
export function attentionGradientQCall(
	io: {
		q: TensorRange;
		k: TensorRange;
		v: TensorRange;
		dout: TensorRange;
		kvStart: TensorRange;
		kvLast: TensorRange;
		statistics: TensorRange;
		dq: TensorRange;
	},
	shape: AttentionShape,
	{ threads, gradientQ: tile } = SMALL_TILES,
): KernelCall {
	return tiled(
		gradientQ,
		tile,
		threads,
		shape,
		shape.heads,
		tile.queries,
		[io.q, io.k, io.v, io.dout, io.kvStart, io.kvLast, io.statistics, io.dq],
		3,
	);
}

/** dk, dv: [T, kv_heads * head_dim] */
export function attentionGradientKvCall(
	io: {
		q: TensorRange;
		k: TensorRange;
		v: TensorRange;
		dout: TensorRange;
		queryEnd: TensorRange;
		statistics: TensorRange;
		dk: TensorRange;
		dv: TensorRange;
	},
	shape: AttentionShape,
	{ threads, gradientKv: tile } = SMALL_TILES,
): KernelCall {
	return tiled(
		gradientKv,
		tile,
		threads,
		shape,
		shape.kv_heads,
		tile.keys,
		[io.q, io.k, io.v, io.dout, io.queryEnd, io.statistics, io.dk, io.dv],
		4,
	);
}

/** One thread a block of rows, one row of workgroups a head. @param products matrix products over the causal half. */
function tiled(
	kernel: KernelSpec,
	tile: AttentionTile,
	threads: number,
	shape: AttentionShape,
	heads: number,
	rows: number,
	bindings: readonly TensorRange[],
	products: number,
): KernelCall {
	const { tokens, head_dim, scale, window = NO_WINDOW } = shape;
	const constants = { QUERIES: tile.queries, KEYS: tile.keys, WORKGROUP: threads };
	return {
		kernel: { ...kernel, source: unroll(kernel.source, constants) },
		constants,
		params: { tokens, heads: shape.heads, group: shape.heads / shape.kv_heads, head_dim, scale, window },
		bindings,
		workgroups: [Math.max(1, Math.ceil(tokens / (rows * threads))), heads, 1],
		flops: products * tokens * tokens * shape.heads * head_dim,
	};
}
