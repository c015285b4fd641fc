// The attention kernels: the forward pass with its log-sum-exp, and two gradients that recompute the probabilities.
// unroll.ts expands the loops marked in the WGSL; tuning.ts sets the tile of each device.
import forwardSource from "../../shaders/attention/attention.wgsl?raw";
import gradientKvSource from "../../shaders/attention/attention-gradient-kv.wgsl?raw";
import gradientQSource from "../../shaders/attention/attention-gradient-q.wgsl?raw";
import inputsSource from "../../shaders/attention/attention-inputs.wgsl?raw";
import queriesSource from "../../shaders/attention/attention-queries.wgsl?raw";
import statisticsSource from "../../shaders/attention/attention-statistics.wgsl?raw";
import productsSource from "../../shaders/attention/attention-tile-products.wgsl?raw";
import { bindings, defineKernel, type KernelCall, spread, type TensorRange } from "./kernel.ts";
import type { AttentionTile, AttentionTiles } from "./tuning.ts";
import { unroll } from "./unroll.ts";

export interface AttentionShape {
	readonly tokens: number; // T, rows of q
	readonly heads: number;
	readonly kv_heads: number;
	readonly head_dim: number;
	readonly scale: number;
	/** Number of preceding keys that a query attends to, including its own; all by default. */
	readonly window?: number;
}

const SMALL: AttentionTile = { queries: 4, keys: 4 };
/** Tiles for devices that were not measured. */
const SMALL_TILES: AttentionTiles = { threads: 32, forward: SMALL, gradientQ: SMALL, gradientKv: SMALL };

/** A window larger than any text. */
export const NO_WINDOW = 0xffffffff;

const SHAPE_PARAMS = {
	tokens: "u32",
	heads: "u32",
	group: "u32",
	head_dim: "u32",
	scale: "f32",
	window: "u32",
} as const;

interface TiledKernel {
	readonly source: string;
	readonly tile: "forward" | "gradientQ" | "gradientKv";
	/** The rows that a thread owns. */
	readonly rows: "queries" | "keys";
	/** Matrix products over the causal half, for the cost. */
	readonly products: number;
}

/**
 * Defines a kernel over tiles of queries and keys: one thread for a block of rows, one row of workgroups for a head.
 * @param reads names of the inputs after q, k and v, in the order of their bindings
 */
function defineTiled<Name extends string>(
	name: string,
	{ source, tile: stage, rows, products }: TiledKernel,
	reads: readonly Name[],
	writes: readonly Name[],
): (
	io: Readonly<Record<"q" | "k" | "v" | Name, TensorRange>>,
	shape: AttentionShape,
	tiles?: AttentionTiles,
) => KernelCall {
	const text = source.replace("\tqueries();\n", queriesSource).replace(/\t+tile_products\(\);\n/, productsSource);
	const names = ["q", "k", "v", ...reads, ...writes] as const;
	const kernel = defineKernel({
		name,
		source: inputsSource + text,
		params: SHAPE_PARAMS,
		bindings: bindings(["q", "k", "v", ...reads], writes),
	});
	return (io, shape, tiles = SMALL_TILES) => {
		const { tokens, heads, kv_heads, head_dim, scale, window = NO_WINDOW } = shape;
		const tile = tiles[stage];
		const constants = { QUERIES: tile.queries, KEYS: tile.keys, WORKGROUP: tiles.threads };
		return {
			kernel: { ...kernel, source: unroll(kernel.source, constants) },
			constants,
			params: { tokens, heads, group: heads / kv_heads, head_dim, scale, window },
			bindings: names.map((binding) => io[binding]),
			workgroups: [
				Math.max(1, Math.ceil(tokens / (tile[rows] * tiles.threads))),
				rows === "queries" ? heads : kv_heads,
				1,
			],
			flops: products * tokens * tokens * heads * head_dim,
		};
	};
}

/** out: [T, heads * head_dim], lse: [T, heads] of q, k, v; query t attends to the keys kv_start[t] … kv_last[t]. */
export const attentionCall = defineTiled(
	"attention",
	{ source: forwardSource, tile: "forward", rows: "queries", products: 2 },
	["kv_start", "kv_last"],
	["out", "lse"],
);

/** dq: [T, heads * head_dim] */
export const attentionGradientQCall = defineTiled(
	"attention-gradient-q",
	{ source: gradientQSource, tile: "gradientQ", rows: "queries", products: 3 },
	["dout", "kv_start", "kv_last", "statistics"],
	["dq"],
);

/** dk, dv: [T, kv_heads * head_dim] */
export const attentionGradientKvCall = defineTiled(
	"attention-gradient-kv",
	{ source: gradientKvSource, tile: "gradientKv", rows: "keys", products: 4 },
	["dout", "q_end", "statistics"],
	["dk", "dv"],
);

const statistics = defineKernel({
	name: "attention-statistics",
	source: statisticsSource,
	params: { tokens: "u32", heads: "u32", head_dim: "u32" },
	bindings: bindings(["dout", "out", "lse"], ["statistics"]),
});

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
