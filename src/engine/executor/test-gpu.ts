// Helpers for GPU tests: a device with the machine's limits or WebGPU's default limits, the default tuning, and
// seeded values. Without an adapter the test fails; it is never skipped.
import { Gpu } from "../device/gpu.ts";
import { nodeGpu } from "../device/node-gpu.ts";

/** @param minimal request exactly WebGPU's default limits and no feature. */
export async function testGpu(minimal = false): Promise<Gpu> {
	return Gpu.request({ gpu: await nodeGpu(), minimal });
}

/** Seeded values from a sine hash, roughly uniform in [-scale, scale). */
export function values(count: number, seed: number, scale = 1): Float32Array {
	return Float32Array.from({ length: count }, (_, i) => {
		const x = Math.sin(i * 12.9898 + seed * 78.233) * 43758.5453;
		return (2 * (x - Math.floor(x)) - 1) * scale;
	});
}
