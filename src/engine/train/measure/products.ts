// Times the matmuls and the attention of a model alone: at each, what the kernels reach without the rest of a step.
import type { MeasuredWork } from "../../api.ts";
import { lowered } from "../../executor/plan.ts";
import { GraphBuilder } from "../../graph/builder.ts";
import { byteLength } from "../../graph/ir.ts";
import { attention, attentionGradientKv, attentionGradientQ, attentionStatistics } from "../../graph/ops/attention.ts";
import type { KernelCall } from "../../kernels/kernel.ts";
import { matmulCalls } from "../../kernels/matmul.ts";
import { timeInterleaved } from "../../kernels/timing.ts";
import type { WeightFormat } from "../../kernels/weight-format.ts";
import { weightFormatBytes } from "../../kernels/weight-format.ts";
import { weightName } from "../../models/linear.ts";
import type { ModelRuntime } from "../runtime.ts";

/** Rank of the low-rank products. */
export const RANK = 16;
const ROUNDS = 3;

type Runtime = Pick<ModelRuntime, "gpu" | "pipelines" | "tuning" | "model">;

/** A measurement before the peaks are known. */
export type TimedWork = Omit<MeasuredWork, "share_of_peak" | "share_of_bandwidth">;

interface Work {
	readonly name: string;
	readonly shape: string;
	readonly calls: readonly KernelCall[];
	/** Bytes of each buffer that the calls name by index. */
	readonly buffers: readonly number[];
	/** Contents of the buffers that must not be arbitrary. */
	readonly contents?: ReadonlyMap<number, Uint32Array<ArrayBuffer>>;
}

/** The products of the model's largest linear layer and of its adapter. */
export async function measureProducts(runtime: Runtime, tokens: number): Promise<TimedWork[]> {
	const { model } = runtime;
	const layer = model.family
		.linearModules(model.config)
		.reduce((most, one) => (one.out * one.in > most.out * most.in ? one : most));
	const storage = model.storageOf(weightName(layer));
	const { in: k, out: n } = layer;
	const product = (
		name: string,
		[m, columns, inner]: readonly [number, number, number],
		{ transposeA = false, transposeB = false, storageB = "f32" as WeightFormat },
	): Work => ({
		name,
		shape: `${m}×${columns}×${inner} ${storageB}`,
		buffers: [
			m * inner * 4,
			weightFormatBytes(storageB, transposeB ? [columns, inner] : [inner, columns]),
			m * columns * 4,
		],
		calls: matmulCalls(
			{ segments: [{ a: { tensor: 0 }, b: { tensor: 1 } }], out: { tensor: 2 } },
			{
				m,
				n: columns,
				segments: [{ k: inner, transposeA, transposeB, storageB, scale: 1, adapter: false }],
				accumulate: false,
			},
			runtime.tuning,
			runtime.gpu.device.limits,
		),
	});
	return measured(runtime, [
		product("frozen forward, x·Wᵀ", [tokens, n, k], { transposeB: true, storageB: storage }),
		product("frozen backward, dy·W", [tokens, k, n], { storageB: storage }),
		product("frozen, one token", [1, n, k], { transposeB: true, storageB: storage }),
		product("LoRA down, x·Aᵀ", [tokens, RANK, k], { transposeB: true }),
		product("LoRA gradient dA = duᵀ·x", [RANK, k, tokens], { transposeA: true }),
		product("LoRA gradient dB = dyᵀ·u", [n, RANK, tokens], { transposeA: true }),
	]);
}

/** The attention of one layer over one text. */
export async function measureAttention(runtime: Runtime, tokens: number): Promise<TimedWork[]> {
	const { num_attention_heads: heads, num_key_value_heads: kv_heads, head_dim } = runtime.model.config;
	const attrs = { heads, kv_heads, head_dim, scale: 1 / Math.sqrt(head_dim) };
	const builder = new GraphBuilder();
	const floats = (name: string, width: number) => builder.declare("input", name, [tokens, width], "f32");
	const words = (name: string) => builder.declare("input", name, [tokens], "u32");
	const [q, k, v, dout] = [
		floats("q", heads * head_dim),
		floats("k", kv_heads * head_dim),
		floats("v", kv_heads * head_dim),
		floats("dout", heads * head_dim),
	];
	const [kvStart, kvLast, queryEnd] = [words("kv_start"), words("kv_last"), words("q_end")];
	const out = attention(builder, "attention", [q, k, v, kvStart, kvLast, queryEnd], attrs);
	const lse = builder.tensors[builder.nodes[0].outputs[1]];
	const statistics = attentionStatistics(builder, "statistics", [dout, out, lse], attrs);
	attentionGradientQ(builder, "dq", [q, k, v, dout, kvStart, kvLast, statistics], attrs);
	attentionGradientKv(builder, "dkv", [q, k, v, dout, queryEnd, statistics], attrs);
	const graph = builder.build();
	const calls = lowered(graph, runtime.tuning, runtime.gpu.device.limits);
	const contents = new Map<number, Uint32Array<ArrayBuffer>>([
		[kvLast.id, Uint32Array.from({ length: tokens }, (_, t) => t)],
		[queryEnd.id, new Uint32Array(tokens).fill(tokens)],
	]);
	const names: Readonly<Record<string, string>> = {
		attention: "attention",
		attentionGradientQ: "gradient of queries",
		attentionGradientKv: "gradient of keys and values",
	};
	const shape = `${tokens} tokens, ${heads}/${kv_heads} heads of ${head_dim}`;
	const work = graph.nodes.flatMap(({ op }, i): Work[] => {
		const name = names[op];
		if (name === undefined) return [];
		const own = calls.filter(({ nodeIndex }) => nodeIndex === i).map(({ call }) => call);
		return [{ name, shape, calls: own, buffers: graph.tensors.map(byteLength), contents }];
	});
	return measured(runtime, work);
}

async function measured({ gpu, pipelines }: Runtime, works: readonly Work[]): Promise<TimedWork[]> {
	const results: TimedWork[] = [];
	for (const { name, shape, calls, buffers: sizes, contents = new Map() } of works) {
		const buffers: GPUBuffer[] = [];
		try {
			const [timing] = await gpu.checked(name, async () => {
				for (const [i, bytes] of sizes.entries()) {
					const buffer = gpu.storage(name, bytes);
					buffers.push(buffer);
					gpu.write(buffer, 0, contents.get(i) ?? smallNumbers(bytes));
				}
				const step = { live_tokens: 0xffffffff, live_targets: 0xffffffff };
				return timeInterleaved(pipelines, buffers, [{ name, calls }], { rounds: ROUNDS, step });
			});
			const { milliseconds, gflops } = timing;
			const used = new Set(calls.flatMap((call) => call.bindings.map(({ tensor }) => tensor)));
			const bytes = [...used].reduce((sum, tensor) => sum + sizes[tensor], 0);
			results.push({ name, shape, milliseconds, gflops, gigabytes_per_second: bytes / milliseconds / 1e6 });
		} finally {
			for (const buffer of buffers) gpu.destroyBuffer(buffer);
		}
	}
	return results;
}

/** Words that are small numbers as f32, and as pairs of bf16. */
function smallNumbers(bytes: number): Uint32Array<ArrayBuffer> {
	return Uint32Array.from(
		{ length: Math.ceil(bytes / 4) },
		(_, i) => 0x3c003c00 + ((Math.imul(i, 2654435761) >>> 25) << 16),
	);
}
