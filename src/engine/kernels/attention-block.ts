// Attention in blocks, for GPUs: a workgroup shares the rows it reads through workgroup memory, so that thousands of threads
// work on one head. attention.ts has the kernels whose threads work alone, which are faster on software adapters.
import blockSource from "../../shaders/attention/attention-block.wgsl?raw";
import forwardSource from "../../shaders/attention/attention-block-forward.wgsl?raw";
import gradientKvSource from "../../shaders/attention/attention-block-gradient-kv.wgsl?raw";
import gradientQSource from "../../shaders/attention/attention-block-gradient-q.wgsl?raw";
import queriesSource from "../../shaders/attention/attention-block-queries.wgsl?raw";
import { type AttentionShape, NO_WINDOW } from "./attention.ts";
import { bindings, defineKernel, type KernelCall, type TensorRange } from "./kernel.ts";
import { unroll } from "./unroll.ts";

/** A block of a workgroup. All sizes are multiples of four. */
interface Block {
	readonly queries: number;
	readonly keys: number;
	/** Keys (gradient of keys and values: queries) of a thread, which has four of the other. */
	readonly perThread: number;
}

interface Blocks {
	readonly forward: Block;
	readonly gradientQ: Block;
	readonly gradientKv: Block;
	/** Workgroup memory that the largest of the three needs with slices of SLICE columns, bytes. */
	readonly bytes: number;
}

/** Columns of a head, in vec4s, that are staged at once. */
const SLICE = 16;

const blocks = (forward: Block, gradientQ: Block, gradientKv: Block): Blocks => {
	const row = (SLICE + 1) * 16;
	return {
		forward,
		gradientQ,
		gradientKv,
		bytes: Math.max(
			(forward.queries + forward.keys) * row +
				4 * forward.keys * forward.queries +
				(4 * forward.keys * forward.queries) / forward.perThread,
			2 * (gradientQ.queries + gradientQ.keys) * row + 4 * gradientQ.keys * gradientQ.queries,
			2 * (gradientKv.queries + gradientKv.keys) * row + 8 * gradientKv.keys * gradientKv.queries,
		),
	};
};

/** From the largest to those that fit into WebGPU's default limit. */
const BLOCKS: readonly Blocks[] = [
	blocks(
		{ queries: 32, keys: 32, perThread: 4 },
		{ queries: 32, keys: 16, perThread: 2 },
		{ queries: 32, keys: 16, perThread: 1 },
	),
	blocks(
		{ queries: 16, keys: 16, perThread: 1 },
		{ queries: 16, keys: 8, perThread: 1 },
		{ queries: 16, keys: 8, perThread: 1 },
	),
];

/**
 * @param queries the most that a block may have
 * @returns the blocks for a device, null if the kernels cannot be used: rows are read as vec4s and summed in registers
 */
export function attentionBlocks(
	head_dim: number,
	maxComputeWorkgroupStorageSize: number,
	queries: number,
): Blocks | null {
	if (head_dim % 4 !== 0 || head_dim > 256) return null;
	return (
		BLOCKS.find(({ bytes, forward }) => bytes <= maxComputeWorkgroupStorageSize && forward.queries <= queries) ?? null
	);
}

/** The text of the kernels: a measured choice is valid for this text only. */
export const attentionBlockText = [blockSource, queriesSource, forwardSource, gradientQSource, gradientKvSource].join(
	"\n",
);

interface BlockKernel {
	readonly source: string;
	readonly stage: "forward" | "gradientQ" | "gradientKv";
	/** Matrix products over the causal half, for the cost. */
	readonly products: number;
}

/** @param reads names of the inputs after q, k and v, in the order of their bindings */
function defineBlock<Name extends string>(
	name: string,
	{ source, stage, products }: BlockKernel,
	reads: readonly Name[],
	writes: readonly Name[],
): (io: Readonly<Record<"q" | "k" | "v" | Name, TensorRange>>, shape: AttentionShape, blocks: Blocks) => KernelCall {
	const names = ["q", "k", "v", ...reads, ...writes] as const;
	const kernel = defineKernel({
		name,
		source: blockSource + source.replace("\tqueries();\n", queriesSource),
		params: { tokens: "u32", heads: "u32", group: "u32", scale: "f32", window: "u32", once: "u32" },
		bindings: bindings(["q", "k", "v", ...reads], writes),
	});
	const owned = stage === "gradientKv" ? "keys" : "queries";
	return (io, { tokens, heads, kv_heads, head_dim, scale, window = NO_WINDOW }, { [stage]: block }) => {
		const columns = head_dim / 4;
		const slices = Math.ceil(columns / SLICE);
		const constants = {
			QUERIES: block.queries,
			KEYS: block.keys,
			[stage === "gradientKv" ? "THREAD_QUERIES" : "THREAD_KEYS"]: block.perThread,
			THREADS: (block.queries * block.keys) / (4 * block.perThread),
			COLUMNS: columns,
			SLICES: slices,
			SLICE: Math.ceil(columns / slices),
		};
		return {
			kernel: { ...kernel, source: unroll(kernel.source, constants) },
			constants,
			params: { tokens, heads, group: heads / kv_heads, scale, window, once: 1 },
			bindings: names.map((binding) => io[binding]),
			workgroups: [Math.max(1, Math.ceil(tokens / block[owned])), owned === "keys" ? kv_heads : heads, 1],
			flops: products * tokens * tokens * heads * head_dim,
		};
	};
}

/** out: [T, heads * head_dim], lse: [T, heads] of q, k, v; query t attends to the keys kv_start[t] … kv_last[t]. */
export const attentionBlockCall = defineBlock(
	"attention-block",
	{ source: forwardSource, stage: "forward", products: 2 },
	["kv_start", "kv_last"],
	["out", "lse"],
);

/** dq: [T, heads * head_dim] */
export const attentionBlockGradientQCall = defineBlock(
	"attention-block-gradient-q",
	{ source: gradientQSource, stage: "gradientQ", products: 3 },
	["dout", "kv_start", "kv_last", "statistics"],
	["dq"],
);

/** dk, dv: [T, kv_heads * head_dim] */
export const attentionBlockGradientKvCall = defineBlock(
	"attention-block-gradient-kv",
	{ source: gradientKvSource, stage: "gradientKv", products: 4 },
	["dout", "q_end", "statistics"],
	["dk", "dv"],
);
