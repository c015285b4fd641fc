// The candidates for attention on a GPU: workgroups that share blocks of queries and keys, or threads that work alone. One choice
// is for the forward pass and both gradients, which are checked and timed together.
import {
	attentionCall,
	attentionGradientKvCall,
	attentionGradientQCall,
	attentionStatisticsCall,
} from "./attention.ts";
import {
	attentionBlockCall,
	attentionBlockGradientKvCall,
	attentionBlockGradientQCall,
	attentionBlocks,
} from "./attention-block.ts";
import type { Dropped, Work } from "./candidates.ts";
import type { KernelCall } from "./kernel.ts";
import type { Pipelines } from "./pipelines.ts";
import { dispatchOnce } from "./timing.ts";

/** Queries of a block; 0: threads work alone. The first is the default. */
export const ATTENTION_CANDIDATES = [32, 16, 0] as const;

interface Shape {
	readonly tokens: number;
	readonly heads: number;
	readonly kv_heads: number;
	readonly head_dim: number;
	readonly scale: number;
}

/** SmolLM2-135M's heads and one text of 512 tokens. */
const TIMED: Shape = { tokens: 512, heads: 9, kv_heads: 3, head_dim: 64, scale: 1 / 8 };
/** Few tokens, because the processor computes them too: no multiple of a block. */
const CHECKED: Shape = { tokens: 75, heads: 3, kv_heads: 1, head_dim: 64, scale: 1 / 8 };
/** Largest error relative to the largest value. */
const TOLERANCE = 1e-3;

const NAMES = [
	"q",
	"k",
	"v",
	"dout",
	"kv_start",
	"kv_last",
	"q_end",
	"out",
	"lse",
	"statistics",
	"dq",
	"dk",
	"dv",
] as const;
type Name = (typeof NAMES)[number];

function width(name: Name, { heads, kv_heads, head_dim }: Shape): number {
	if (name === "lse") return heads;
	if (name === "statistics") return 2 * heads;
	if (["q", "dout", "out", "dq"].includes(name)) return heads * head_dim;
	return ["k", "v", "dk", "dv"].includes(name) ? kv_heads * head_dim : 1;
}

export function attentionWork(pipelines: Pipelines): Work<number> {
	const { limits } = pipelines.gpu.device;
	const callsOf = (shape: Shape, queries: number): KernelCall[] => {
		const io = Object.fromEntries(NAMES.map((name, tensor) => [name, { tensor }])) as Record<Name, { tensor: number }>;
		const blocks = attentionBlocks(shape.head_dim, limits.maxComputeWorkgroupStorageSize, queries);
		const statistics = attentionStatisticsCall(io, shape);
		return blocks === null
			? [attentionCall(io, shape), statistics, attentionGradientQCall(io, shape), attentionGradientKvCall(io, shape)]
			: [
					attentionBlockCall(io, shape, blocks),
					statistics,
					attentionBlockGradientQCall(io, shape, blocks),
					attentionBlockGradientKvCall(io, shape, blocks),
				];
	};
	return {
		buffers: NAMES.map((name) => TIMED.tokens * width(name, TIMED) * 4),
		calls: (queries) => callsOf(TIMED, queries),
		step: { live_tokens: TIMED.tokens },
		check: (queries) => check(pipelines, callsOf(CHECKED, queries)),
	};
}

/** Values of the inputs in [-1, 1), one text that begins at token 0. */
function inputOf(name: Name): Float32Array<ArrayBuffer> | Uint32Array<ArrayBuffer> {
	const { tokens } = CHECKED;
	if (name === "kv_start") return new Uint32Array(tokens);
	if (name === "kv_last") return Uint32Array.from({ length: tokens }, (_, i) => i);
	if (name === "q_end") return new Uint32Array(tokens).fill(tokens);
	const seed = NAMES.indexOf(name) + 3;
	return Float32Array.from({ length: tokens * width(name, CHECKED) }, (_, i) =>
		NAMES.indexOf(name) > 3 ? Number.NaN : (((i * 7919 * seed) % 61) - 30) / 31,
	);
}

async function check(pipelines: Pipelines, calls: readonly KernelCall[]): Promise<Dropped> {
	const { gpu } = pipelines;
	const given = NAMES.map(inputOf);
	const buffers = given.map((data) => {
		const buffer = gpu.storage("autotune", data.byteLength);
		gpu.write(buffer, 0, data);
		return buffer;
	});
	try {
		await gpu.checked("autotune", () => dispatchOnce(pipelines, buffers, calls, { live_tokens: CHECKED.tokens }));
		const expected = attentionOf(given[0], given[1], given[2], given[3]);
		for (const [name, numbers] of Object.entries(expected)) {
			const buffer = buffers[NAMES.indexOf(name as Name)];
			const found = new Float32Array(await gpu.read(buffer, 0, numbers.length * 4));
			const largest = numbers.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
			if (!numbers.every((value, i) => Math.abs(found[i] - value) <= TOLERANCE * largest)) return "wrong values";
		}
		return null;
	} catch {
		gpu.assertAlive();
		return "does not compile";
	} finally {
		for (const buffer of buffers) gpu.destroyBuffer(buffer);
	}
}

/** Causal attention of CHECKED and its gradients, computed here. q, dout: [T, heads * head_dim]; k, v: [T, kv_heads * head_dim] */
function attentionOf(q: ArrayLike<number>, k: ArrayLike<number>, v: ArrayLike<number>, dout: ArrayLike<number>) {
	const { tokens, heads, kv_heads, head_dim, scale } = CHECKED;
	const own = heads * head_dim;
	const shared = kv_heads * head_dim;
	const [out, dq, dk, dv] = [own, own, shared, shared].map((columns) => new Float64Array(tokens * columns));
	const dot = (a: ArrayLike<number>, at: number, b: ArrayLike<number>, bt: number) => {
		let sum = 0;
		for (let d = 0; d < head_dim; d++) sum += a[at + d] * b[bt + d];
		return sum;
	};
	for (let t = 0; t < tokens; t++) {
		for (let head = 0; head < heads; head++) {
			const at = t * own + head * head_dim;
			const row = (j: number) => j * shared + Math.floor((head * kv_heads) / heads) * head_dim;
			const p = Array.from({ length: t + 1 }, (_, j) => Math.exp(scale * dot(q, at, k, row(j))));
			const total = p.reduce((a, b) => a + b, 0);
			for (let j = 0; j <= t; j++) for (let d = 0; d < head_dim; d++) out[at + d] += (p[j] / total) * v[row(j) + d];
			const delta = dot(dout, at, out, at);
			for (let j = 0; j <= t; j++) {
				const ds = (p[j] / total) * (dot(dout, at, v, row(j)) - delta) * scale;
				for (let d = 0; d < head_dim; d++) {
					dq[at + d] += ds * k[row(j) + d];
					dk[row(j) + d] += ds * q[at + d];
					dv[row(j) + d] += (p[j] / total) * dout[at + d];
				}
			}
		}
	}
	return { out, dq, dk, dv };
}
