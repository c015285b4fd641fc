// Times the dispatches of plans with timestamp queries: each dispatch is a compute pass, so it does not overlap the next one.
import type { Gpu } from "../device/gpu.ts";
import type { StepScalars } from "../kernels/step.ts";
import type { Dispatch, Plan } from "./plan.ts";

/** The dispatches of one kernel variant. */
export interface KernelTime {
	/** Name of the kernel, with the tile of a matmul. */
	readonly kernel: string;
	readonly calls: number;
	readonly milliseconds: number;
	readonly flops: number;
	/** Bytes of the buffers that the dispatches bind. */
	readonly bytes: number;
}

export interface Profile {
	/** Longest time first. */
	readonly kernels: readonly KernelTime[];
	/** Smallest difference between two timestamps, in microseconds: browsers round them. */
	readonly resolutionMicroseconds: number;
}

/** Queries of a set; WebGPU's maximum is 4096. */
const QUERIES = 4096;
/** Passes of a submit. */
const PASSES = 32;
const USAGE = { COPY_SRC: 4, QUERY_RESOLVE: 512 } as const;

export interface ProfiledPlan {
	readonly plan: Plan;
	readonly scalars: Partial<StepScalars>;
}

/** @returns null if the device has no timestamp queries */
export async function profilePlans(gpu: Gpu, plans: readonly ProfiledPlan[]): Promise<Profile | null> {
	if (!gpu.has("timestamp-query")) return null;
	const rows = new Map<string, { -readonly [K in keyof KernelTime]: KernelTime[K] }>();
	let resolution = Number.POSITIVE_INFINITY;
	for (const { plan, scalars } of plans) {
		const dispatches = plan.prepared(scalars);
		const nanoseconds = await times(gpu, dispatches);
		for (const [i, { kernel, flops, bytes }] of dispatches.entries()) {
			const row = rows.get(kernel) ?? { kernel, calls: 0, milliseconds: 0, flops: 0, bytes: 0 };
			row.calls++;
			row.milliseconds += nanoseconds[i] / 1e6;
			row.flops += flops;
			row.bytes += bytes;
			rows.set(kernel, row);
			if (nanoseconds[i] > 0) resolution = Math.min(resolution, nanoseconds[i]);
		}
		for (const time of nanoseconds) resolution = greatestStep(resolution, time);
	}
	return {
		kernels: [...rows.values()].sort((a, b) => b.milliseconds - a.milliseconds),
		resolutionMicroseconds: Number.isFinite(resolution) ? resolution / 1000 : 0,
	};
}

/** The largest step of which both times are multiples. */
function greatestStep(a: number, b: number): number {
	if (!Number.isFinite(a)) return a;
	let [large, small] = [a, b];
	while (small > 0) [large, small] = [small, large % small];
	return large;
}

/** Nanoseconds of each dispatch. */
async function times(gpu: Gpu, dispatches: readonly Dispatch[]): Promise<number[]> {
	const { device } = gpu;
	const querySet = device.createQuerySet({ type: "timestamp", count: QUERIES });
	const resolved = gpu.createBuffer("timestamps", QUERIES * 8, USAGE.QUERY_RESOLVE | USAGE.COPY_SRC);
	const found: number[] = [];
	try {
		for (let first = 0; first < dispatches.length; first += QUERIES / 2) {
			const part = dispatches.slice(first, first + QUERIES / 2);
			for (let at = 0; at < part.length; at += PASSES) {
				const encoder = device.createCommandEncoder();
				for (const [i, { pipeline, bindGroup, workgroups }] of part.slice(at, at + PASSES).entries()) {
					const query = 2 * (at + i);
					const pass = encoder.beginComputePass({
						timestampWrites: { querySet, beginningOfPassWriteIndex: query, endOfPassWriteIndex: query + 1 },
					});
					pass.setPipeline(pipeline);
					pass.setBindGroup(0, bindGroup);
					pass.dispatchWorkgroups(...workgroups);
					pass.end();
				}
				device.queue.submit([encoder.finish()]);
			}
			const encoder = device.createCommandEncoder();
			encoder.resolveQuerySet(querySet, 0, 2 * part.length, resolved, 0);
			device.queue.submit([encoder.finish()]);
			const stamps = new BigUint64Array(await gpu.read(resolved, 0, part.length * 16));
			for (let i = 0; i < part.length; i++) found.push(Math.max(0, Number(stamps[2 * i + 1] - stamps[2 * i])));
		}
	} finally {
		querySet.destroy();
		gpu.destroyBuffer(resolved);
	}
	return found;
}
