// Cross-entropy over the vocabulary, with its gradient written in place, and the sum of the losses. One workgroup per row.
import source from "../../shaders/loss/cross-entropy.wgsl?raw";
import sumSource from "../../shaders/loss/sum-into.wgsl?raw";
import finiteSource from "../../shaders/util/finite.wgsl?raw";
import reduceSource from "../../shaders/util/reduce.wgsl?raw";
import { bindings, defineKernel, type KernelCall, spread, type TensorRange } from "./kernel.ts";
import { type LiveBound, liveCode } from "./step.ts";
import { defineVectorized } from "./vectorize.ts";

/** Threads that share a row of logits, by default: a software adapter compiles 64 with barriers for seconds. */
export const ROW_THREADS = 16;
/** Invocations that sum the losses of a chunk: few, as each walks the partial sums of all. */
const SUM_WORKGROUP = 16;

const pick = defineVectorized({
	name: "cross-entropy",
	source,
	includes: [finiteSource],
	params: { rows: "u32", vocabulary: "u32", first: "u32", gradient: "u32", live_axis: "u32", live_offset: "u32" },
	bindings: bindings(["targets"], ["logits", "losses"]),
});

const sum = defineKernel({
	name: "sum-into",
	source: sumSource,
	includes: [finiteSource, reduceSource],
	params: { rows: "u32", index: "u32", live_axis: "u32", live_offset: "u32", slot: "u32", slots: "u32" },
	bindings: bindings(["values"], ["state"]),
});

export interface CrossEntropyShape {
	readonly rows: number;
	readonly vocabulary: number;
	/** Entry of `targets` that belongs to row 0. */
	readonly first: number;
	/** Overwrite the logits with (softmax - onehot) * step.loss_scale. */
	readonly gradient: boolean;
	readonly live?: LiveBound;
}

/** @param WORKGROUP threads that share a row, a power of two. losses: [rows], in nats, unscaled. logits: [rows, vocabulary], targets: [.] u32 */
export function crossEntropyCall(
	io: { logits: TensorRange; targets: TensorRange; losses: TensorRange },
	shape: CrossEntropyShape,
	WORKGROUP: number,
): KernelCall {
	const { rows, vocabulary, first, gradient, live } = shape;
	const { kernel, elemSize } = pick(vocabulary);
	return {
		kernel,
		constants: { WORKGROUP },
		params: {
			rows,
			vocabulary: vocabulary / elemSize,
			first,
			gradient: gradient ? 1 : 0,
			live_axis: liveCode(live),
			live_offset: live?.offset ?? 0,
		},
		bindings: [io.targets, io.logits, io.losses],
		workgroups: spread(rows),
		flops: rows * vocabulary * (gradient ? 10 : 6),
	};
}

/** state[index] += sum of the live values, or of those of one slot of a race. values: [rows] */
export function sumIntoCall(
	io: { values: TensorRange; state: TensorRange },
	rows: number,
	index: number,
	live?: LiveBound,
	slot?: number,
): KernelCall {
	return {
		kernel: sum,
		constants: { WORKGROUP: SUM_WORKGROUP },
		params: {
			rows,
			index,
			live_axis: liveCode(live),
			live_offset: live?.offset ?? 0,
			slot: slot ?? 0,
			slots: slot === undefined ? 0 : 1,
		},
		bindings: [io.values, io.state],
		workgroups: [1, 1, 1],
		flops: rows,
	};
}
