// Helpers of the op tests: two devices (the machine's limits; WebGPU's default ones), a run of both executors side
// by side with a leak check, and a device that reports smaller bindings.
import { expect } from "vitest";
import type { Gpu } from "../../device/gpu.ts";
import { type CompareOptions, compareExecutors } from "../../executor/compare.ts";
import { testGpu } from "../../executor/test-gpu.ts";
import type { Tuning } from "../../kernels/tuning.ts";
import { GraphBuilder } from "../builder.ts";

export const testTuning: Tuning = {
	matmul: () => ({ strategy: "direct", rows: 4, columns: 4, unroll: 1, threads: 32 }),
};

export interface TestDevices {
	readonly all: readonly Gpu[];
	destroy(): void;
}

export async function testDevices(): Promise<TestDevices> {
	const all = [await testGpu(), await testGpu(true)];
	return {
		all,
		destroy() {
			for (const gpu of all) gpu.destroy();
		},
	};
}

/** Both executors agree on every node of the graph, on every device, and no buffer is leaked. */
export async function expectAgreement(
	devices: readonly Gpu[],
	build: (builder: GraphBuilder) => void,
	options: Omit<CompareOptions, "gpu" | "tuning">,
): Promise<void> {
	for (const gpu of devices) {
		const before = gpu.allocated.buffers;
		const builder = new GraphBuilder();
		build(builder);
		expect(
			await compareExecutors(builder.build(), {
				...options,
				gpu,
				tuning: testTuning,
			}),
		).toEqual([]);
		expect(gpu.allocated.buffers - before).toBeLessThanOrEqual(2); // the staging and fence buffers, made once
	}
}

/** The same device with a smaller limit on bindings, so that kernels have to use several windows. */
export function withBindingLimit(gpu: Gpu, maxStorageBufferBindingSize: number): Gpu {
	const { limits } = gpu.device;
	const small = {
		maxStorageBufferBindingSize,
		maxComputeWorkgroupsPerDimension: limits.maxComputeWorkgroupsPerDimension,
		maxComputeInvocationsPerWorkgroup: limits.maxComputeInvocationsPerWorkgroup,
		maxComputeWorkgroupStorageSize: limits.maxComputeWorkgroupStorageSize,
		minUniformBufferOffsetAlignment: limits.minUniformBufferOffsetAlignment,
	};
	const device = new Proxy(gpu.device, {
		get(target, key) {
			if (key === "limits") return small;
			const value: unknown = Reflect.get(target, key, target);
			return typeof value === "function" ? value.bind(target) : value;
		},
	});
	return new Proxy(gpu, {
		get: (target, key) => (key === "device" ? device : Reflect.get(target, key, target)),
	});
}
