// attention: causal softmax attention with grouped heads over a flat token axis; its gradient recomputes the probabilities
// from the log-sum-exp (FlashAttention, arXiv 2205.14135). Rows of text are concatenated without padding; kv_start …
// kv_last limit the keys that a query attends to. In generation k and v are the KV cache.
import {
	type AttentionShape,
	attentionCall,
	attentionGradientKvCall,
	attentionGradientQCall,
	attentionStatisticsCall,
} from "../../kernels/attention.ts";
import {
	attentionBlockCall,
	attentionBlockGradientKvCall,
	attentionBlockGradientQCall,
	attentionBlocks,
} from "../../kernels/attention-block.ts";
import { liveRows } from "../../kernels/step.ts";
import type { Tuning } from "../../kernels/tuning.ts";
import type { TensorSpec } from "../ir.ts";
import { defineMultiOp, defineOp, type KernelLimits, ranges, type Values } from "../op.ts";

export interface AttentionAttrs {
	readonly heads: number;
	readonly kv_heads: number;
	readonly head_dim: number;
	readonly scale: number; // 1 / sqrt(head_dim)
	/** Number of preceding keys that a query attends to, including its own (arXiv 2004.05150); all by default. */
	readonly window?: number;
}

/**
 * inputs: q [T, heads * head_dim], k and v [S, kv_heads * head_dim], kv_start and kv_last u32 [T], q_end u32 [S];
 * outputs: out like q, lse [T, heads]. The gradient needs S = T.
 */
export const attention = defineOp<AttentionAttrs>({
	op: "attention",
	infer({ heads, kv_heads, head_dim }, [q, k, v, kvStart, kvLast]) {
		if (heads % kv_heads !== 0) throw new Error(`attention: ${heads} heads cannot share ${kv_heads} key heads`);
		if (q.shape[1] !== heads * head_dim || k.shape[1] !== kv_heads * head_dim || k.shape.join() !== v.shape.join()) {
			throw new Error(
				`attention: q [${q.shape}], k [${k.shape}], v [${v.shape}] do not fit ${heads}/${kv_heads} heads of ${head_dim}`,
			);
		}
		if (kvStart.shape[0] !== q.shape[0] || kvLast.shape[0] !== q.shape[0])
			throw new Error("attention: a range for each query is needed");
		return [
			{ shape: q.shape, dtype: "f32" },
			{ shape: [q.shape[0], heads], dtype: "f32" },
		];
	},
	backward({ builder, node, attrs, inputs, outputs, gradOutputs: [dout], needs, setGrad }) {
		if (dout === undefined) return;
		const [q, k, v, kvStart, kvLast, queryEnd] = inputs;
		const statistics = attentionStatistics(builder, `d ${node.name} statistics`, [dout, outputs[0], outputs[1]], attrs);
		if (needs[0])
			setGrad(0, attentionGradientQ(builder, `d ${q.name}`, [q, k, v, dout, kvStart, kvLast, statistics], attrs));
		if (needs[1] || needs[2]) {
			const [dk, dv] = attentionGradientKv(builder, `d ${k.name}`, [q, k, v, dout, queryEnd, statistics], attrs);
			setGrad(1, dk);
			setGrad(2, dv);
		}
	},
	reference({ attrs, inputs: [q, k, v, kvStart, kvLast], inputSpecs: [spec], outputs: [out, lse], step }) {
		const { heads, head_dim } = attrs;
		forEachRow(attrs, liveRows(spec.shape[0], spec.live, step), (t, head, qAt, kAt) => {
			const scores: number[] = [];
			const first = firstKey(attrs, kvStart[t], kvLast[t]);
			for (let j = first; j <= kvLast[t]; j++) scores.push(attrs.scale * dot(q, qAt, k, kAt(j), head_dim));
			const most = scores.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
			const total = scores.reduce((sum, s) => sum + Math.exp(s - most), 0);
			lse[t * heads + head] = most + Math.log(total);
			for (let d = 0; d < head_dim; d++) {
				let sum = 0;
				scores.forEach((s, n) => {
					sum += (Math.exp(s - most) / total) * v[kAt(first + n) + d];
				});
				out[qAt + d] = sum;
			}
		});
	},
	lower({ attrs, inputs: [q, k, v, kvStart, kvLast], outputs: [out, lse], tuning, limits }) {
		const io = ranges({ q, k, v, kv_start: kvStart, kv_last: kvLast, out, lse });
		const [shape, blocks] = [shapeOf(attrs, q), blocksOf(attrs, tuning, limits)];
		return [blocks ? attentionBlockCall(io, shape, blocks) : attentionCall(io, shape, tuning.attention?.())];
	},
});

/** inputs: dout, out, lse; output: [T, heads * 2], pairs of log-sum-exp and Σ dout · out. */
export const attentionStatistics = defineOp<AttentionAttrs>({
	op: "attentionStatistics",
	infer: ({ heads }, [dout]) => [{ shape: [dout.shape[0], heads * 2], dtype: "f32" }],
	reference({ attrs, inputs: [dout, out, lse], inputSpecs: [spec], outputs: [statistics], step }) {
		forEachRow(attrs, liveRows(spec.shape[0], spec.live, step), (t, head, qAt) => {
			const i = t * attrs.heads + head;
			statistics[2 * i] = lse[i];
			statistics[2 * i + 1] = dot(dout, qAt, out, qAt, attrs.head_dim);
		});
	},
	lower({ attrs, inputs: [dout, out, lse], outputs: [statistics] }) {
		return [attentionStatisticsCall(ranges({ dout, out, lse, statistics }), shapeOf(attrs, dout))];
	},
});

/** inputs: q, k, v, dout, kv_start, kv_last, statistics; output: dq. */
export const attentionGradientQ = defineOp<AttentionAttrs>({
	op: "attentionGradientQ",
	infer: (_attrs, [q]) => [{ shape: q.shape, dtype: "f32" }],
	reference({ attrs, inputs: [q, k, v, dout, kvStart, kvLast, statistics], inputSpecs: [spec], outputs: [dq], step }) {
		const { head_dim, scale } = attrs;
		forEachRow(attrs, liveRows(spec.shape[0], spec.live, step), (t, head, qAt, kAt) => {
			const i = t * attrs.heads + head;
			for (let j = firstKey(attrs, kvStart[t], kvLast[t]); j <= kvLast[t]; j++) {
				const p = Math.exp(scale * dot(q, qAt, k, kAt(j), head_dim) - statistics[2 * i]);
				const ds = p * (dot(dout, qAt, v, kAt(j), head_dim) - statistics[2 * i + 1]) * scale;
				for (let d = 0; d < head_dim; d++) dq[qAt + d] += ds * k[kAt(j) + d];
			}
		});
	},
	lower({ attrs, inputs: [q, k, v, dout, kvStart, kvLast, statistics], outputs: [dq], tuning, limits }) {
		const io = ranges({ q, k, v, dout, kv_start: kvStart, kv_last: kvLast, statistics, dq });
		const [shape, blocks] = [shapeOf(attrs, q), blocksOf(attrs, tuning, limits)];
		return [
			blocks ? attentionBlockGradientQCall(io, shape, blocks) : attentionGradientQCall(io, shape, tuning.attention?.()),
		];
	},
});

/** inputs: q, k, v, dout, q_end, statistics; outputs: dk, dv. */
export const attentionGradientKv = defineMultiOp<AttentionAttrs>({
	op: "attentionGradientKv",
	infer(_attrs, [q, k]) {
		if (q.shape[0] !== k.shape[0]) throw new Error("attention: the gradient needs as many keys as queries");
		const out = { shape: k.shape, dtype: "f32" } as const;
		return [out, out];
	},
	reference({ attrs, inputs: [q, k, v, dout, queryEnd, statistics], inputSpecs: [spec], outputs: [dk, dv], step }) {
		const { heads, kv_heads, head_dim, scale, window = Number.POSITIVE_INFINITY } = attrs;
		const live = liveRows(spec.shape[0], spec.live, step);
		forEachRow(attrs, live, (t, head, qAt, kAt) => {
			const i = t * heads + head;
			const width = kv_heads * head_dim;
			for (let j = 0; j <= t; j++) {
				if (t >= queryEnd[j] || t >= j + window) continue;
				const kj = kAt(j);
				const p = Math.exp(scale * dot(q, qAt, k, kj, head_dim) - statistics[2 * i]);
				const ds = p * (dot(dout, qAt, v, kj, head_dim) - statistics[2 * i + 1]) * scale;
				if (kj >= live * width) continue;
				for (let d = 0; d < head_dim; d++) {
					dk[kj + d] += ds * q[qAt + d];
					dv[kj + d] += p * dout[qAt + d];
				}
			}
		});
	},
	lower({ attrs, inputs: [q, k, v, dout, queryEnd, statistics], outputs: [dk, dv], tuning, limits }) {
		const io = ranges({ q, k, v, dout, q_end: queryEnd, statistics, dk, dv });
		const [shape, blocks] = [shapeOf(attrs, q), blocksOf(attrs, tuning, limits)];
		return [
			blocks
				? attentionBlockGradientKvCall(io, shape, blocks)
				: attentionGradientKvCall(io, shape, tuning.attention?.()),
		];
	},
});

/** The first key that a query attends to. */
function firstKey({ window = Number.POSITIVE_INFINITY }: AttentionAttrs, start: number, last: number): number {
	return Math.max(start, last + 1 - window);
}

/** The blocks of the kernels for GPUs; null for the others. */
function blocksOf({ head_dim }: AttentionAttrs, { attentionQueries = 0 }: Tuning, limits: KernelLimits) {
	return attentionBlocks(head_dim, limits.maxComputeWorkgroupStorageSize, attentionQueries);
}

function shapeOf(attrs: AttentionAttrs, q: TensorSpec): AttentionShape {
	return { tokens: q.shape[0], ...attrs };
}

/** Calls back for each live query and head, with the offset of its row and of a key's row. */
function forEachRow(
	{ heads, kv_heads, head_dim }: AttentionAttrs,
	live: number,
	work: (t: number, head: number, qAt: number, kAt: (j: number) => number) => void,
): void {
	for (let t = 0; t < live; t++) {
		for (let head = 0; head < heads; head++) {
			const shared = Math.floor(head / (heads / kv_heads));
			work(t, head, (t * heads + head) * head_dim, (j) => (j * kv_heads + shared) * head_dim);
		}
	}
}

function dot(a: Values, aAt: number, b: Values, bAt: number, n: number): number {
	let sum = 0;
	for (let d = 0; d < n; d++) sum += a[aAt + d] * b[bAt + d];
	return sum;
}
