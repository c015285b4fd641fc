// Norms together with the residual stream, for GPUs: the sum of the stream before a norm, and the gradient that a norm adds to the
// stream. Low-rank terms of the products that are added may be part of both. norm.ts has the norms alone.
import fourRowsSource from "../../shaders/lora/four-rows.wgsl?raw";
import lowRankSource from "../../shaders/lora/low-rank.wgsl?raw";
import sumsSource from "../../shaders/norm/norm-four-rows.wgsl?raw";
import gradientSource from "../../shaders/norm/norm-gradient-sum.wgsl?raw";
import sumSource from "../../shaders/norm/norm-sum.wgsl?raw";
import { bindings, defineKernel, type KernelCall, spread, type TensorRange } from "./kernel.ts";
import type { NormShape } from "./norm.ts";
import { liveCode, type ScalarType } from "./step.ts";
import { unroll } from "./unroll.ts";

/** Threads of four rows, which share their columns: more where rows are too few to occupy a GPU. */
const THREADS = { least: 64, most: 256 } as const;
/** Threads that occupy a GPU, with a few groups for each of its units. */
const OCCUPYING = 8192;

function threadsFor({ rows, width }: NormShape): number {
	let threads: number = THREADS.least;
	while (threads < Math.min(THREADS.most, width / 4) && Math.ceil(rows / 4) * threads < OCCUPYING) threads *= 2;
	return threads;
}

/** A low-rank term, scale · u · op(M). u: [T, rank], M: [columns, rank] (LoRA's B) or [rank, columns] (its A) */
export interface LowRank {
	readonly scale: number;
	/** Whether step.adapter_strength also scales it. */
	readonly adapter: boolean;
	readonly byColumns: boolean;
}

const shared = fourRowsSource + sumsSource + lowRankSource;

const HEAD = { rows: "u32", width: "u32", eps: "f32", live_axis: "u32", live_offset: "u32", once: "u32" } as const;

const sum = defineKernel({
	name: "norm-sum",
	source: unroll(shared + sumSource, {}),
	params: { ...HEAD, rank: "u32", scale: "f32", adapter: "u32" },
	bindings: bindings(["x", "weight", "bias", "low_u", "low_m"], ["y", "out"]),
});

/** Most products whose sum is a norm's output gradient: those of q, k and v. */
export const MOST_TERMS = 3;

const termParams = Array.from({ length: MOST_TERMS }, (_, i): [string, ScalarType][] => [
	[`d${i}_base`, "u32"],
	[`u${i}_base`, "u32"],
	[`m${i}_base`, "u32"],
	[`rank${i}`, "u32"],
	[`scale${i}`, "f32"],
	[`adapter${i}`, "u32"],
]).flat();

const gradient = defineKernel({
	name: "norm-gradient-sum",
	source: unroll(shared + gradientSource, {}),
	params: { ...HEAD, ...Object.fromEntries(termParams) },
	bindings: bindings(["x", "weight", "stream", "d", "low_u", "low_m"], ["out"]),
});

const head = ({ rows, width, eps, live }: NormShape) => ({
	rows,
	width: width / 4,
	eps,
	live_axis: liveCode(live),
	live_offset: live?.offset ?? 0,
	once: 1,
});

/** y += x + low-rank term; out = norm(y). x, y, out: [rows, width]; weight, bias: [width] f32; width and rank: multiples of 4 */
export function normSumCall(
	io: { x: TensorRange; weight: TensorRange; bias?: TensorRange; y: TensorRange; out: TensorRange },
	low: (LowRank & { readonly u: TensorRange; readonly M: TensorRange; readonly rank: number }) | null,
	shape: NormShape,
): KernelCall {
	return {
		kernel: sum,
		constants: {
			WORKGROUP: threadsFor(shape),
			CENTERED: shape.centered,
			ONE_PLUS: shape.one_plus ?? false,
			BY_COLUMNS: low?.byColumns ?? true,
		},
		params: {
			...head(shape),
			rank: (low?.rank ?? 0) / 4,
			scale: low?.scale ?? 0,
			adapter: low?.adapter ? 1 : 0,
		},
		bindings: [io.x, io.weight, io.bias ?? io.weight, low?.u ?? io.weight, low?.M ?? io.weight, io.y, io.out],
		workgroups: spread(Math.ceil(shape.rows / 4)),
		flops: shape.rows * shape.width * (7 + 2 * (low?.rank ?? 0)),
	};
}

/** A product that is part of a norm's output gradient. Offsets are numbers, from the start of the binding. */
export interface GradientTerm {
	readonly d: number;
	readonly low: (LowRank & { readonly u: number; readonly M: number; readonly rank: number }) | null;
}

/** out = stream + dx of a norm whose output gradient is the sum of the terms. d, u, M: the buffers that contain the terms' tensors */
export function normGradientSumCall(
	io: {
		x: TensorRange;
		weight: TensorRange;
		stream: TensorRange;
		d: TensorRange;
		u: TensorRange;
		M: TensorRange;
		out: TensorRange;
	},
	terms: readonly GradientTerm[],
	shape: NormShape,
): KernelCall {
	const params: Record<string, number> = { ...head(shape) };
	for (let i = 0; i < MOST_TERMS; i++) {
		const { d = 0, low = null } = terms[i] ?? {};
		params[`d${i}_base`] = d;
		params[`u${i}_base`] = low?.u ?? 0;
		params[`m${i}_base`] = low?.M ?? 0;
		params[`rank${i}`] = (low?.rank ?? 0) / 4;
		params[`scale${i}`] = low?.scale ?? 0;
		params[`adapter${i}`] = low?.adapter ? 1 : 0;
	}
	const ranks = terms.reduce((total, { low }) => total + (low?.rank ?? 0), 0);
	return {
		kernel: gradient,
		constants: {
			WORKGROUP: threadsFor(shape),
			CENTERED: shape.centered,
			ONE_PLUS: shape.one_plus ?? false,
			BY_COLUMNS: false,
			TERMS: terms.length,
		},
		params,
		bindings: [io.x, io.weight, io.stream, io.d, io.u, io.M, io.out],
		workgroups: spread(Math.ceil(shape.rows / 4)),
		flops: shape.rows * shape.width * (13 + terms.length + 2 * ranks),
	};
}
