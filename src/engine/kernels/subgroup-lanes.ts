// Checks that subgroup lanes can exchange operands: all subgroups have one size, and the local invocation index equals
// the lane. Without this check, kernels written for one size give wrong results on other devices.

import swapQuad from "../../shaders/matmul/matmul-swap-quad.wgsl?raw";
import swapXor from "../../shaders/matmul/matmul-swap-xor.wgsl?raw";
import source from "../../shaders/matmul/subgroup-lanes.wgsl?raw";
import type { Gpu } from "../device/gpu.ts";
import { bindings, defineKernel, type KernelCall } from "./kernel.ts";
import type { Pipelines } from "./pipelines.ts";
import { dispatchOnce } from "./timing.ts";

const kernel = defineKernel({
	name: "lanes",
	source,
	params: { lanes: "u32" },
	bindings: bindings([], ["out"]),
	features: ["subgroups"],
});

const GROUPS = 5;

/** Number of lanes that exchange operands: 4 (quad operations), 8 (shuffles), or 0 if the device does not support it reliably. */
export async function exchangeLanes(gpu: Gpu, pipelines: Pipelines): Promise<0 | 4 | 8> {
	const { subgroupMinSize: lanes, subgroupMaxSize } = gpu.adapterInfo;
	if (!gpu.has("subgroups") || lanes !== subgroupMaxSize || (lanes !== 4 && lanes !== 8)) return 0;
	const call: KernelCall = {
		kernel: { ...kernel, includes: [lanes === 4 ? swapQuad : swapXor] },
		constants: { LANES: lanes },
		params: { lanes },
		bindings: [{ tensor: 0 }],
		workgroups: [GROUPS, 1, 1],
		flops: 0,
	};
	const found = gpu.storage("lanes", GROUPS * lanes * 16);
	try {
		await dispatchOnce(pipelines, [found], [call]);
		const words = new Uint32Array(await gpu.read(found, 0, GROUPS * lanes * 16));
		return inOrder(words, lanes) ? lanes : 0;
	} catch (cause) {
		gpu.assertAlive();
		console.warn("subgroups are not used:", cause);
		return 0;
	} finally {
		gpu.destroyBuffer(found);
	}
}

/** Whether every thread reported the size, its index as lane, and the values of its partners. */
export function inOrder(words: Uint32Array, lanes: number): boolean {
	for (let thread = 0; thread * 4 < words.length; thread++) {
		const [size, lane, first, third] = words.subarray(thread * 4);
		if (size !== lanes || lane !== thread % lanes || first !== (thread ^ 1) || third !== (thread ^ 3)) return false;
	}
	return true;
}
