// The frozen matmul and the LoRA MLP step beside jax-js on the same device.
import type { Gpu } from "../../src/engine/device/gpu.ts";
import { matmulCalls } from "../../src/engine/kernels/matmul.ts";
import { Pipelines } from "../../src/engine/kernels/pipelines.ts";
import { timeInterleaved } from "../../src/engine/kernels/timing.ts";
import { tuneDevice } from "../../src/engine/train/device-tuning.ts";
import { loadJax, timeJaxMatmul, timeJaxMlp } from "./jax.ts";
import { MLP, timeMlp } from "./mlp.ts";

export interface PeerRow {
	readonly work: string;
	readonly tokens: number;
	readonly tabtune_ms: number;
	/** Null where the time limit left no time. */
	readonly jax_ms: number | null;
}

const STEPS = 5;
const median = (values: readonly number[]) => values.toSorted((a, b) => a - b)[values.length >> 1];

interface PeerOptions {
	readonly tokens: readonly number[];
	/** Whether work of so many floating-point operations, some tens of times, fits into the time limit. */
	affordable(flops: number): boolean;
	onRow(row: PeerRow): void;
}

export async function timePeers(gpu: Gpu, instance: GPU, options: PeerOptions): Promise<void> {
	const pipelines = new Pipelines(gpu);
	const { tuning } = await tuneDevice(gpu, pipelines, !gpu.info.software, {});
	const jax = await loadJax(instance);
	for (const tokens of options.tokens) {
		const { hidden: k, inner: n } = MLP;
		const buffers = [tokens * k, n * k, tokens * n].map((count) => gpu.storage("peer", count * 4));
		const calls = matmulCalls(
			{ segments: [{ a: { tensor: 0 }, b: { tensor: 1 } }], out: { tensor: 2 } },
			{
				m: tokens,
				n,
				segments: [{ k, transposeA: false, transposeB: true, storageB: "f32", scale: 1, adapter: false }],
				accumulate: false,
			},
			tuning,
			gpu.device.limits,
		);
		const [own] = await timeInterleaved(pipelines, buffers, [{ name: "matmul", calls }]);
		for (const buffer of buffers) gpu.destroyBuffer(buffer);
		const product = 2 * tokens * n * k;
		const afford = (flops: number) => options.affordable(flops * 10); // jax-js is up to ten times slower here
		options.onRow({
			work: `x·Wᵀ, ${tokens}×${n}×${k}, f32`,
			tokens,
			tabtune_ms: own.milliseconds,
			jax_ms: afford(product) ? median(await timeJaxMatmul(jax, tokens, STEPS)) : null,
		});
		options.onRow({
			work: `LoRA SwiGLU MLP step, ${k}/${n}, r = ${MLP.r}, f32`,
			tokens,
			tabtune_ms: median(await timeMlp(pipelines, tuning, tokens, STEPS)),
			jax_ms: afford(6 * product) ? median(await timeJaxMlp(jax, tokens, STEPS)) : null,
		});
	}
}
