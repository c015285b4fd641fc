// Times lists of kernel calls in interleaved batches, so that other load on the machine affects all of them equally. Used
// by autotuning and the benchmarks.
import type { KernelCall } from "./kernel.ts";
import type { Pipelines } from "./pipelines.ts";
import { NEUTRAL_STEP, packScalars, STEP_FIELDS, type StepScalars } from "./step.ts";

export interface Candidate {
	readonly name: string;
	/** Bindings name buffers by index. */
	readonly calls: readonly KernelCall[];
}

export interface Timing {
	readonly name: string;
	readonly milliseconds: number; // of one repetition of all calls, in the quietest batch
	readonly flops: number; // of one repetition
	readonly gflops: number;
	/** Time to the end of the first repetition, mostly compilation. */
	readonly firstMilliseconds: number;
}

export interface TimingOptions {
	readonly rounds?: number;
	/** Target duration of a batch. Measuring short kernels one by one can be wrong by a third. */
	readonly batchMilliseconds?: number;
	readonly step?: Partial<StepScalars>;
	/** Measures no further batch after this time. A candidate without a batch takes Infinity. */
	readonly until?: { readonly time: number; now(): number };
}

type Record = (pass: GPUComputePassEncoder) => void;

/** @param buffers buffers of the calls' tensor ids. */
export async function timeInterleaved(
	pipelines: Pipelines,
	buffers: readonly GPUBuffer[],
	candidates: readonly Candidate[],
	{ rounds = 3, batchMilliseconds = 20, step = {}, until }: TimingOptions = {},
): Promise<Timing[]> {
	const uniforms: GPUBuffer[] = [];
	try {
		const states: {
			name: string;
			flops: number;
			firstMilliseconds: number;
			records: Record[];
			repeats: number;
			best: number;
		}[] = [];
		for (const { name, calls } of candidates) {
			const started = performance.now();
			const records = await prepare(pipelines, buffers, calls, step, uniforms);
			await batch(pipelines, records, 1, 0);
			const firstMilliseconds = performance.now() - started;
			const once = await batch(pipelines, records, 1, 0);
			const repeats = Math.min(2000, Math.max(1, Math.round(batchMilliseconds / once)));
			states.push({
				name,
				flops: calls.reduce((sum, { flops }) => sum + flops, 0),
				firstMilliseconds,
				records,
				repeats,
				best: Number.POSITIVE_INFINITY,
			});
		}
		for (let round = 0; round < rounds; round++) {
			for (const state of states) {
				if (until !== undefined && until.now() >= until.time) break;
				// Sleeps for less than the fastest batch so far, so that the sleep is not measured.
				const sleep = Number.isFinite(state.best) ? state.best * state.repeats * 0.7 : 0;
				state.best = Math.min(
					state.best,
					(await batch(pipelines, state.records, state.repeats, sleep)) / state.repeats,
				);
			}
		}
		return states.map(({ name, flops, firstMilliseconds, best }) => ({
			name,
			flops,
			firstMilliseconds,
			milliseconds: best,
			gflops: flops / best / 1e6,
		}));
	} finally {
		for (const uniform of uniforms) pipelines.gpu.destroyBuffer(uniform);
	}
}

/** Runs calls once and waits for them. */
export async function dispatchOnce(
	pipelines: Pipelines,
	buffers: readonly GPUBuffer[],
	calls: readonly KernelCall[],
	step: Partial<StepScalars> = {},
): Promise<void> {
	const uniforms: GPUBuffer[] = [];
	try {
		await batch(pipelines, await prepare(pipelines, buffers, calls, step, uniforms), 1, 0);
	} finally {
		for (const uniform of uniforms) pipelines.gpu.destroyBuffer(uniform);
	}
}

async function prepare(
	pipelines: Pipelines,
	buffers: readonly GPUBuffer[],
	calls: readonly KernelCall[],
	step: Partial<StepScalars>,
	uniforms: GPUBuffer[],
): Promise<Record[]> {
	const { gpu } = pipelines;
	const uniform = (bytes: Uint8Array<ArrayBuffer>) => {
		const buffer = gpu.uniform("timing", bytes.byteLength);
		gpu.write(buffer, 0, bytes);
		uniforms.push(buffer);
		return buffer;
	};
	const stepBuffer = uniform(packScalars(STEP_FIELDS, { ...NEUTRAL_STEP, ...step }));
	const compiled = await Promise.all(calls.map((call) => pipelines.get(call)));
	return calls.map((call, i) => {
		const bindGroup = gpu.device.createBindGroup({
			label: call.kernel.name,
			layout: compiled[i].layout,
			entries: [
				{ binding: 0, resource: { buffer: stepBuffer } },
				{ binding: 1, resource: { buffer: uniform(packScalars(call.kernel.params, call.params)) } },
				...call.bindings.map(({ tensor, offset = 0, size }, b) => ({
					binding: b + 2,
					resource: { buffer: buffers[tensor], offset, ...(size === undefined ? {} : { size }) },
				})),
			],
		});
		return (pass) => {
			pass.setPipeline(compiled[i].pipeline);
			pass.setBindGroup(0, bindGroup);
			pass.dispatchWorkgroups(...call.workgroups);
		};
	});
}

async function batch(
	{ gpu }: Pipelines,
	records: readonly Record[],
	repeats: number,
	expectedMilliseconds: number,
): Promise<number> {
	const started = performance.now();
	const encoder = gpu.device.createCommandEncoder();
	const pass = encoder.beginComputePass();
	for (let i = 0; i < repeats; i++) for (const record of records) record(pass);
	pass.end();
	gpu.device.queue.submit([encoder.finish()]);
	await gpu.fence(expectedMilliseconds);
	return performance.now() - started;
}
