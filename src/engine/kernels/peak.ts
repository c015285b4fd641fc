// Measures what a device can do at most: the rate of f32 multiply-adds in registers, and the bandwidth of copying a large buffer.
// A kernel's speed is reported as a share of these.
import copySource from "../../shaders/measure/copy-words.wgsl?raw";
import multiplyAddSource from "../../shaders/measure/multiply-add.wgsl?raw";
import { TabTuneError } from "../../shared/errors.ts";
import { bindings, defineKernel, type KernelCall } from "./kernel.ts";
import type { Pipelines } from "./pipelines.ts";
import { timeInterleaved } from "./timing.ts";
import { unroll } from "./unroll.ts";

const CHAINS = 16;
const STEPS = 32; // unrolled
const LOOPS = 32;
const THREADS = 64;

const multiplyAdd = defineKernel({
	name: "multiply-add",
	source: unroll(multiplyAddSource, { CHAINS, STEPS }),
	params: { loops: "u32" },
	bindings: bindings([], ["out"]),
});

/** CHAINS independent chains of multiply-adds per thread. out: at least 64 · groups numbers */
export function multiplyAddCall(out: number, groups = 64): KernelCall {
	return {
		kernel: multiplyAdd,
		constants: { CHAINS, STEPS },
		params: { loops: LOOPS },
		bindings: [{ tensor: out }],
		workgroups: [groups, 1, 1],
		flops: 2 * THREADS * groups * LOOPS * CHAINS * STEPS,
	};
}

const copy = defineKernel({
	name: "copy-words",
	source: copySource,
	params: { count: "u32" },
	bindings: bindings(["src"], ["dst"]),
});

export interface Peaks {
	/** f32 multiply-adds in registers. */
	readonly gflops: number;
	/** Bytes read and written by a copy, in GB/s. */
	readonly gigabytesPerSecond: number;
}

/** Software adapters have few threads; a GPU needs enough workgroups for all its threads. */
const GROUPS = { software: [64], gpu: [1024, 8192] } as const;
/** Size of each buffer of the copy: larger than the caches of GPUs. */
const COPY_BYTES = { software: 2 ** 25, gpu: 2 ** 28 } as const;
const COPY_GROUPS = { software: 64, gpu: 8192 } as const;

export async function measurePeaks(pipelines: Pipelines): Promise<Peaks> {
	const { gpu } = pipelines;
	const device = gpu.info.software ? "software" : "gpu";
	const options = { rounds: gpu.info.software ? 3 : 5 };
	const groups = GROUPS[device];
	const out = gpu.storage("peak", Math.max(...groups) * THREADS * 4);
	const rates = await timeInterleaved(
		pipelines,
		[out],
		groups.map((count) => ({ name: `${count} workgroups`, calls: [multiplyAddCall(0, count)] })),
		options,
	).finally(() => gpu.destroyBuffer(out));
	const gflops = Math.max(...rates.map((rate) => rate.gflops));
	const { maxBufferSize, maxStorageBufferBindingSize } = gpu.info;
	for (let bytes = Math.min(COPY_BYTES[device], maxBufferSize, maxStorageBufferBindingSize); ; bytes /= 2) {
		bytes -= bytes % 16;
		const buffers: GPUBuffer[] = [];
		try {
			const milliseconds = await gpu.checked("measuring the bandwidth", async () => {
				for (const name of ["from", "to"]) buffers.push(gpu.storage(name, bytes));
				const call: KernelCall = {
					kernel: copy,
					constants: { THREADS: 256 },
					params: { count: bytes / 16 },
					bindings: [{ tensor: 0 }, { tensor: 1 }],
					workgroups: [COPY_GROUPS[device], 1, 1],
					flops: 0,
				};
				const [timing] = await timeInterleaved(pipelines, buffers, [{ name: "copy", calls: [call] }], options);
				return timing.milliseconds;
			});
			return { gflops, gigabytesPerSecond: (2 * bytes) / milliseconds / 1e6 };
		} catch (error) {
			const smaller = error instanceof TabTuneError && error.code === "memory" && bytes > 2 ** 24;
			if (!smaller) throw error;
		} finally {
			for (const buffer of buffers) gpu.destroyBuffer(buffer);
		}
	}
}
