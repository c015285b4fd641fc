// Helpers for op tests: two devices (one with the machine's limits, one with WebGPU's default limits), a comparison of both
// executors with a leak check, and a device that reports a smaller binding limit.
import { expect } from "vitest";
import type { Gpu } from "../../device/gpu.ts";
import { type CompareOptions, compareExecutors } from "../../executor/compare.ts";
import { testGpu } from "../../executor/test-gpu.ts";
import type { Tuning } from "../../kernels/tuning.ts";
import { GraphBuilder } from "../builder.ts";
import type { Graph } from "../ir.ts";

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

type AgreementOptions = Omit<CompareOptions, "gpu" | "tuning"> & Partial<Pick<CompareOptions, "tuning">>;

/** Checks that both executors agree on every node of the graph, on every device, and that no buffer is leaked. */
export async function expectAgreement(
	devices: readonly Gpu[],
	build: (builder: GraphBuilder) => void,
	options: AgreementOptions,
): Promise<void> {
	const builder = new GraphBuilder();
	build(builder);
	await expectGraphAgreement(devices, builder.build(), options);
}

/** The same check of a graph that a pass has changed. */
export async function expectGraphAgreement(
	devices: readonly Gpu[],
	graph: Graph,
	options: AgreementOptions,
): Promise<void> {
	for (const gpu of devices) {
		const before = gpu.allocated.buffers;
		expect(
			await compareExecutors(graph, {
				tuning: testTuning,
				...options,
				gpu,
			}),
		).toEqual([]);
		expect(gpu.allocated.buffers - before).toBeLessThanOrEqual(2); // the staging and fence buffers, created once
	}
}

/** Returns the same device with a smaller binding limit, so that kernels need several windows. */
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
