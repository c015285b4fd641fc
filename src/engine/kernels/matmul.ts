// Turns matmul shapes into dispatches. It splits operands larger than a binding into windows, transposes skinny products
// so that the short side is in registers, and fills in the kernel parameters. matmul-variants.ts has the strategies,
// tuning.ts chooses between them.

import { TabTuneError } from "../../shared/errors.ts";
import { kernelsMessage } from "../../shared/messages/index.ts";
import { type KernelCall, spread, type TensorRange } from "./kernel.ts";
import { flip, rowsPerBinding, type Span, spans, strided } from "./matmul-operands.ts";
import { variantKernel } from "./matmul-variants.ts";
import { type LiveBound, liveCode } from "./step.ts";
import type { MatmulShape, Tuning } from "./tuning.ts";
import type { WeightFormat } from "./weight-format.ts";

export interface MatmulSegmentShape {
	readonly k: number;
	readonly transposeA: boolean; // A: [k, m] instead of [m, k]
	readonly transposeB: boolean; // B: [n, k] instead of [k, n]
	readonly scale: number;
	readonly adapter: boolean; // also times step.adapter_strength
	readonly storageB: WeightFormat; // segment 1: f32
	readonly half?: number; // segment 0: operands are rounded to float16, A after a multiplication by this power of two
}

export interface MatmulProblem {
	readonly m: number;
	readonly n: number;
	readonly segments: readonly MatmulSegmentShape[]; // 1 or 2
	readonly accumulate: boolean;
	/** The live rows of A0. They limit the rows of out or, if A0 is transposed, the K loop of segment 0. */
	readonly live?: LiveBound;
	/** The product is one slot's: of one segment, with the slot's tokens for rows of out and A, or (A transposed) for K. */
	readonly slot?: SlotWindow;
}

/** The operands that contain the tokens of all slots, slot after slot; the others contain those of this slot only. */
export interface SlotWindow {
	readonly index: number;
	readonly slots: number;
	readonly a: boolean;
	readonly b: boolean; // B's rows are tokens
	readonly out: boolean;
}

export interface MatmulOperands {
	readonly segments: readonly {
		readonly a: TensorRange;
		readonly b: TensorRange;
	}[];
	readonly bias?: TensorRange; // [n]
	readonly out: TensorRange; // [m, n]
}

export interface MatmulLimits {
	readonly maxStorageBufferBindingSize: number;
	readonly maxComputeWorkgroupsPerDimension: number;
	readonly maxComputeInvocationsPerWorkgroup: number;
	readonly maxComputeWorkgroupStorageSize: number; // bytes
}

/** out = Σ scale · op(A)·op(B) (+ bias) (+ out). Several calls where an operand does not fit into a binding. */
export function matmulCalls(
	operands: MatmulOperands,
	problem: MatmulProblem,
	tuning: Tuning,
	limits: MatmulLimits,
): KernelCall[] {
	const { m, n, segments } = problem;
	const bytes = limits.maxStorageBufferBindingSize;
	if (problem.slot !== undefined) requireWhole(problem, problem.slot, bytes);
	const rowsWithin = (rows: number, width: number, storage: WeightFormat): number =>
		rowsPerBinding(rows, width, storage, bytes);
	// Rows of out and of A, rows of a transposed B, and the K loop where neither is.
	let mStep = rowsWithin(m, n, "f32");
	let nStep = n;
	let kStep = segments[0].k;
	segments.forEach(({ k, transposeA, transposeB, storageB }, s) => {
		let kWithin = k;
		if (transposeA) kWithin = Math.min(kWithin, rowsWithin(k, m, "f32"));
		else mStep = Math.min(mStep, rowsWithin(m, k, "f32"));
		if (transposeB) nStep = Math.min(nStep, rowsWithin(n, k, storageB));
		else kWithin = Math.min(kWithin, rowsWithin(k, n, storageB));
		if (s === 0) kStep = kWithin;
		else if (kWithin < k) throw new Error(`segment 1 of a matmul does not fit into a binding of ${bytes} bytes`);
	});
	const calls: KernelCall[] = [];
	for (const i of spans(m, mStep)) {
		for (const j of spans(n, nStep)) {
			const parts = spans(segments[0].k, kStep);
			parts.forEach((k, part) => {
				calls.push(
					windowCall(
						operands,
						problem,
						{ i, j, k, first: part === 0, last: part === parts.length - 1 },
						tuning,
						limits,
					),
				);
			});
		}
	}
	return calls;
}

/** Offset of a slot's first row in each operand, in elements per token of a slot. */
function slotSteps({ m, n, segments: [{ k, transposeA }], slot }: MatmulProblem): {
	a: number;
	b: number;
	out: number;
} {
	if (slot === undefined) return { a: 0, b: 0, out: 0 };
	return {
		a: slot.a ? slot.index * (transposeA ? m : k) : 0,
		b: slot.b ? slot.index * n : 0,
		out: slot.out ? slot.index * n : 0,
	};
}

/** The first row of a slot changes from step to step, so such an operand must fit into one binding. */
function requireWhole(problem: MatmulProblem, { slots, a, b, out }: SlotWindow, bindingBytes: number): void {
	const { m, n, segments } = problem;
	const [{ k, transposeA, transposeB }] = segments;
	if (segments.length > 1 || (b && transposeB))
		throw new Error("a slot's product has one segment, and tokens for B's rows");
	const tokens = transposeA ? k : m;
	const widest = Math.max(a ? (transposeA ? m : k) : 0, b || out ? n : 0);
	const bytes = slots * tokens * widest * 4;
	if (bytes <= bindingBytes) return;
	throw new TabTuneError("memory", {
		what: kernelsMessage("slotsTooLarge", { slots, tokens, size: mebibytes(bytes), limit: mebibytes(bindingBytes) }),
		where: kernelsMessage("race"),
		next: kernelsMessage("slotsTooLarge.next"),
	});
}

const mebibytes = (bytes: number): string => (bytes / 2 ** 20).toFixed(1);

interface Window {
	readonly i: Span;
	readonly j: Span;
	readonly k: Span; // of segment 0
	readonly first: boolean; // the first K window sets out, the others add to it
	readonly last: boolean; // the last K window adds segment 1 and the bias
}

function windowCall(
	operands: MatmulOperands,
	problem: MatmulProblem,
	window: Window,
	tuning: Tuning,
	limits: MatmulLimits,
): KernelCall {
	const { live, accumulate } = problem;
	const { i, j } = window;
	const bytes = limits.maxStorageBufferBindingSize;
	const [segment0, segment1] = problem.segments;
	const matrices = problem.segments.map(({ k, transposeA, transposeB, storageB }, s) => {
		const span = s === 0 ? window.k : { first: 0, count: k };
		const { a, b } = operands.segments[s];
		return {
			a: transposeA
				? flip(strided(a, k, problem.m, "f32", span, i, bytes))
				: strided(a, problem.m, k, "f32", i, span, bytes),
			b: transposeB
				? flip(strided(b, problem.n, k, storageB, j, span, bytes))
				: strided(b, k, problem.n, storageB, span, j, bytes),
		};
	});
	const out = strided(operands.out, problem.m, problem.n, "f32", i, j, bytes);
	const step = slotSteps(problem);
	matrices[0].a = { ...matrices[0].a, slot: step.a };
	matrices[0].b = { ...matrices[0].b, slot: step.b };
	const biased = operands.bias !== undefined && window.last;
	let m = i.count;
	let n = j.count;
	let shape: MatmulShape = {
		m,
		n,
		k: window.k.count,
		transposeA: segment0.transposeA,
		transposeB: segment0.transposeB,
		storageB: segment0.storageB,
	};
	let liveDimension = segment0.transposeA ? 2 : 0;
	let liveOffset = (live?.offset ?? 0) + (segment0.transposeA ? window.k.first : i.first);
	let place = { i: out.p, j: out.q };
	// A skinny product is transposed, (op(A)·op(B))ᵀ = op(B)ᵀ·op(A)ᵀ, so that its short side is in registers.
	const turned = turns(shape, operands.bias !== undefined);
	if (turned) {
		[m, n] = [n, m];
		shape = {
			...shape,
			m,
			n,
			transposeA: !segment0.transposeB,
			transposeB: !segment0.transposeA,
		};
		place = { i: out.q, j: out.p };
		if (liveDimension === 0) liveDimension = 1;
		for (const matrix of matrices) [matrix.a, matrix.b] = [flip(matrix.b), flip(matrix.a)];
	}
	const [first, second] = matrices;
	const k1 = window.last ? (segment1?.k ?? 0) : 0;
	const scaled = problem.segments.map(({ scale, adapter }) => adapter || scale !== 1);
	const { spec, constants, tile } = variantKernel(
		tuning.matmul(shape),
		{
			...shape,
			segments: [
				{ ...first, k: shape.k, scaled: scaled[0] },
				...(second === undefined || k1 === 0 ? [] : [{ ...second, k: k1, scaled: scaled[1] }]),
			],
			out: { ...out, slot: step.out, p: place.i, q: place.j },
			live: live !== undefined,
			liveK: live !== undefined && liveDimension === 2,
			biased,
			accumulate: accumulate || !window.first,
			half:
				segment0.half === undefined
					? null
					: { a: turned ? 1 : segment0.half, b: turned ? segment0.half : 1, native: tuning.float16 === true },
			...(tuning.matrix === undefined ? {} : { matrix: tuning.matrix }),
		},
		limits,
	);
	if (live === undefined) liveOffset = 0;
	return {
		kernel: spec,
		constants,
		params: {
			m,
			n,
			live_axis: liveCode(live),
			live_offset: liveOffset,
			live_dimension: liveDimension,
			out_base: out.base,
			out_slot: step.out,
			out_i: place.i,
			out_j: place.j,
			accumulate: accumulate || !window.first ? 1 : 0,
			bias_base: j.first,
			biased: biased ? 1 : 0,
			k0: window.k.count,
			a0_base: first.a.base,
			a0_slot: first.a.slot,
			a0_i: first.a.p,
			a0_k: first.a.q,
			b0_base: first.b.base,
			b0_slot: first.b.slot,
			b0_k: first.b.p,
			b0_j: first.b.q,
			scale0: segment0.scale,
			adapter0: segment0.adapter ? 1 : 0,
			k1,
			a1_base: second?.a.base ?? 0,
			a1_i: second?.a.p ?? 0,
			a1_k: second?.a.q ?? 0,
			b1_base: second?.b.base ?? 0,
			b1_k: second?.b.p ?? 0,
			b1_j: second?.b.q ?? 0,
			scale1: segment1?.scale ?? 0,
			adapter1: segment1?.adapter ? 1 : 0,
		},
		bindings: [
			first.a.range,
			first.b.range,
			(second ?? first).a.range,
			(second?.b ?? first.a).range, // as float as a0
			operands.bias ?? first.a.range,
			out.range,
		],
		workgroups: spread(Math.ceil(m / tile.m) * Math.ceil(n / tile.n), limits.maxComputeWorkgroupsPerDimension),
		flops: 2 * m * n * (window.k.count + k1),
	};
}

/** Largest number of columns of a product that is transposed if it has more rows. */
const SKINNY = 64;

function turns({ m, n, storageB }: MatmulShape, biased: boolean): boolean {
	return n < m && n <= SKINNY && storageB === "f32" && !biased;
}
