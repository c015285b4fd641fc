// Measures the adapter's peak rate of f32 multiply-adds in registers; benches divide a kernel's speed by it.
import { defineKernel, type KernelCall } from "../src/engine/kernels/kernel.ts";
import { unroll } from "../src/engine/kernels/unroll.ts";
import source from "./ceiling.wgsl?raw";

const CHAINS = 16;
const STEPS = 32; // unrolled
const LOOPS = 32;

const kernel = defineKernel({
	name: "ceiling",
	source: unroll(source, { CHAINS, STEPS }),
	params: { loops: "u32" },
	bindings: [{ name: "out", access: "read_write" }],
});

/** CHAINS independent chains of multiply-adds per thread. out: at least 64 · groups numbers. */
export function ceilingCall(out: number, groups = 64): KernelCall {
	return {
		kernel,
		constants: { CHAINS, STEPS },
		params: { loops: LOOPS },
		bindings: [{ tensor: out }],
		workgroups: [groups, 1, 1],
		flops: 2 * 64 * groups * LOOPS * CHAINS * STEPS,
	};
}
