// What kernel benches share: one dispatch list per candidate, timed in interleaved batches, so that a noisy machine
// disturbs all candidates alike. Times are medians in milliseconds per repetition.
import type { Gpu } from "../src/engine/device/gpu.ts";
import type { KernelCall } from "../src/engine/kernels/kernel.ts";
import type { Pipelines } from "../src/engine/kernels/pipelines.ts";
import { NEUTRAL_STEP, packScalars, STEP_FIELDS, type StepScalars } from "../src/engine/kernels/step.ts";

export interface Candidate {
	readonly name: string;
	readonly calls: readonly KernelCall[];
}

export interface Timing {
	readonly name: string;
	readonly milliseconds: number; // median of one repetition of all calls
	readonly flops: number;
	readonly gflops: number;
	readonly compileMilliseconds: number; // until the first dispatch was done
}

type Recorded = (pass: GPUComputePassEncoder) => void;

/** Times candidates whose calls bind `buffers` by tensor id. Each batch lasts about `batchMilliseconds`. */
export async function interleaved(
	pipelines: Pipelines,
	buffers: readonly GPUBuffer[],
	candidates: readonly Candidate[],
	{ rounds = 15, batchMilliseconds = 10, step = {} as Partial<StepScalars> } = {},
): Promise<Timing[]> {
	const { gpu } = pipelines;
	const stepBytes = packScalars(STEP_FIELDS, { ...NEUTRAL_STEP, ...step });
	const stepBuffer = gpu.uniform("step", stepBytes.byteLength);
	gpu.write(stepBuffer, 0, stepBytes);
	const uniforms = [stepBuffer];
	const states = [];
	for (const { name, calls } of candidates) {
		const started = performance.now();
		const recorded: Recorded[] = [];
		for (const call of calls) {
			const { pipeline, layout } = await pipelines.get(call);
			const params = packScalars(call.kernel.params, call.params);
			const uniform = gpu.uniform("params", params.byteLength);
			gpu.write(uniform, 0, params);
			uniforms.push(uniform);
			const bindGroup = gpu.device.createBindGroup({
				layout,
				entries: [
					{ binding: 0, resource: { buffer: stepBuffer } },
					{ binding: 1, resource: { buffer: uniform } },
					...call.bindings.map(({ tensor, offset = 0, size }, i) => ({
						binding: i + 2,
						resource: { buffer: buffers[tensor], offset, ...(size === undefined ? {} : { size }) },
					})),
				],
			});
			recorded.push((pass) => {
				pass.setPipeline(pipeline);
				pass.setBindGroup(0, bindGroup);
				pass.dispatchWorkgroups(...call.workgroups);
			});
		}
		await batch(gpu, recorded, 1, 0);
		const compileMilliseconds = performance.now() - started;
		const once = await batch(gpu, recorded, 1, 0);
		states.push({
			name,
			recorded,
			compileMilliseconds,
			flops: calls.reduce((sum, { flops }) => sum + flops, 0),
			repeats: Math.max(1, Math.round(batchMilliseconds / once)),
			times: [] as number[],
		});
	}
	for (let round = 0; round < rounds; round++) {
		for (const state of states) {
			// Slept through before the busy wait; by the fastest batch so far, or the sleep itself would be measured.
			const expected = state.times.length === 0 ? 0 : Math.min(...state.times) * state.repeats * 0.7;
			state.times.push((await batch(gpu, state.recorded, state.repeats, expected)) / state.repeats);
		}
	}
	for (const uniform of uniforms) gpu.destroyBuffer(uniform);
	return states.map(({ name, times, flops, compileMilliseconds }) => {
		const milliseconds = Math.min(...times);
		return { name, milliseconds, flops, gflops: flops / milliseconds / 1e6, compileMilliseconds };
	});
}

async function batch(gpu: Gpu, recorded: readonly Recorded[], repeats: number, expected: number): Promise<number> {
	const started = performance.now();
	const encoder = gpu.device.createCommandEncoder();
	const pass = encoder.beginComputePass();
	for (let i = 0; i < repeats; i++) for (const record of recorded) record(pass);
	pass.end();
	gpu.device.queue.submit([encoder.finish()]);
	await gpu.fence(expected);
	return performance.now() - started;
}

export function median(numbers: readonly number[]): number {
	const sorted = [...numbers].sort((a, b) => a - b);
	return sorted[sorted.length >> 1];
}
