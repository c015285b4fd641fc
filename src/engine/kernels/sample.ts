// Samples the next token on the GPU, so that only its id is read back.

import source from "../../shaders/loss/sample.wgsl?raw";
import finiteSource from "../../shaders/util/finite.wgsl?raw";
import randomSource from "../../shaders/util/random.wgsl?raw";
import reduceSource from "../../shaders/util/reduce.wgsl?raw";
import { bindings, defineKernel, type KernelCall, type TensorRange } from "./kernel.ts";

const kernel = defineKernel({
	name: "sample",
	source,
	includes: [finiteSource, randomSource, reduceSource],
	params: { rows: "u32", vocabulary: "u32" },
	bindings: bindings(["logits"], ["ids"]),
});

/** ids: [rows] of logits: [rows, vocabulary]; temperature, top_k, top_p, seed and step come with the step. */
export function sampleCall(
	io: { logits: TensorRange; ids: TensorRange },
	rows: number,
	vocabulary: number,
): KernelCall {
	return {
		kernel,
		constants: { WORKGROUP: 16 },
		params: { rows, vocabulary },
		bindings: [io.logits, io.ids],
		workgroups: [rows, 1, 1],
		flops: rows * vocabulary * 70,
	};
}
