// The matmul family: from shapes to dispatches. Cuts operands that are larger than a binding into windows, turns skinny
// products so that their short side lies in registers, and picks the variant's constants. To add a strategy: a .wgsl
// file with the same Params and bindings, a name in tuning.ts, and a line in `variantKernel`.
import bf16Source from "../../shaders/bf16.wgsl?raw";
import source from "../../shaders/matmul.wgsl?raw";
import swapNone from "../../shaders/matmul-swap-none.wgsl?raw";
import swapQuad from "../../shaders/matmul-swap-quad.wgsl?raw";
import swapXor from "../../shaders/matmul-swap-xor.wgsl?raw";
import {
	defineKernel,
	type KernelCall,
	type KernelSpec,
	spread,
	type TensorRange,
} from "./kernel.ts";
import { type LiveBound, liveCode, type ScalarType } from "./step.ts";
import type { MatmulShape, MatmulVariant, Storage, Tuning } from "./tuning.ts";
import { unroll } from "./unroll.ts";

const PARAMS = {
	m: "u32",
	n: "u32",
	live_axis: "u32",
	live_offset: "u32",
	live_dimension: "u32",
	out_base: "u32",
	out_i: "u32",
	out_j: "u32",
	accumulate: "u32",
	bias_base: "u32",
	biased: "u32",
	k0: "u32",
	a0_base: "u32",
	a0_i: "u32",
	a0_k: "u32",
	b0_base: "u32",
	b0_k: "u32",
	b0_j: "u32",
	scale0: "f32",
	adapter0: "u32",
	k1: "u32",
	a1_base: "u32",
	a1_i: "u32",
	a1_k: "u32",
	b1_base: "u32",
	b1_k: "u32",
	b1_j: "u32",
	scale1: "f32",
	adapter1: "u32",
} as const satisfies Record<string, ScalarType>;

const kernel = defineKernel({
	name: "matmul",
	source,
	includes: [bf16Source],
	params: PARAMS,
	bindings: [
		{ name: "a0", access: "read" },
		{ name: "b0", access: "read" },
		{ name: "a1", access: "read" },
		{ name: "b1", access: "read" },
		{ name: "bias", access: "read" },
		{ name: "out", access: "read_write" },
	],
});

export interface MatmulSegmentShape {
	readonly k: number;
	readonly transposeA: boolean; // A: [k, m] instead of [m, k]
	readonly transposeB: boolean; // B: [n, k] instead of [k, n]
	readonly scale: number;
	readonly adapter: boolean; // also times step.adapter_strength
	readonly storageB: Storage; // segment 1: f32
}

export interface MatmulProblem {
	readonly m: number;
	readonly n: number;
	readonly segments: readonly MatmulSegmentShape[]; // 1 or 2
	readonly accumulate: boolean;
	/** What A0's live rows bound: the rows of out, or (A0 transposed) the K loop of segment 0. */
	readonly live?: LiveBound;
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
}

/** A matrix as the kernel addresses it: element (p, q) at base + p·stepP + q·stepQ. */
interface Strided {
	readonly range: TensorRange;
	readonly base: number;
	readonly p: number;
	readonly q: number;
}

interface Span {
	readonly first: number;
	readonly count: number;
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
	const rowsWithin = (rows: number, width: number, storage: Storage): number =>
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
		else if (kWithin < k)
			throw new Error(
				`segment 1 of a matmul does not fit into a binding of ${bytes} bytes`,
			);
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

interface Window {
	readonly i: Span;
	readonly j: Span;
	readonly k: Span; // of segment 0
	readonly first: boolean; // of the K windows: it sets out, the others add to it
	readonly last: boolean; // it carries segment 1 and the bias
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
	const matrices = problem.segments.map(
		({ k, transposeA, transposeB, storageB }, s) => {
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
		},
	);
	const out = strided(operands.out, problem.m, problem.n, "f32", i, j, bytes);
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
	let liveOffset =
		(live?.offset ?? 0) + (segment0.transposeA ? window.k.first : i.first);
	let place = { i: out.p, j: out.q };
	// A skinny product is turned over, (op(A)·op(B))ᵀ = op(B)ᵀ·op(A)ᵀ, so that the short side is the one in registers.
	if (turns(shape, operands.bias !== undefined)) {
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
		for (const matrix of matrices)
			[matrix.a, matrix.b] = [flip(matrix.b), flip(matrix.a)];
	}
	const [first, second] = matrices;
	const k1 = window.last ? (segment1?.k ?? 0) : 0;
	const rest =
		segment1 !== undefined || (live !== undefined && liveDimension === 2);
	const { spec, constants, tile } = variantKernel(
		shape,
		tuning.matmul(shape),
		first.b,
		rest,
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
			out_i: place.i,
			out_j: place.j,
			accumulate: accumulate || !window.first ? 1 : 0,
			bias_base: j.first,
			biased: biased ? 1 : 0,
			k0: window.k.count,
			a0_base: first.a.base,
			a0_i: first.a.p,
			a0_k: first.a.q,
			b0_base: first.b.base,
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
			(second ?? first).b.range,
			operands.bias ?? first.a.range,
			out.range,
		],
		workgroups: spread(
			Math.ceil(m / tile.m) * Math.ceil(n / tile.n),
			limits.maxComputeWorkgroupsPerDimension,
		),
		flops: 2 * m * n * (window.k.count + k1),
	};
}

/** Up to this many columns, a product with more rows is turned over. */
const SKINNY = 64;

function turns({ m, n, storageB }: MatmulShape, biased: boolean): boolean {
	return n < m && n <= SKINNY && storageB === "f32" && !biased;
}

/** How B of segment 0 is stored; the LAYOUT of matmul.wgsl. */
const Layout = { f32: 0, bf16: 1, pairsK: 2, pairsJ: 3 } as const;

function layoutOf(
	storage: Storage,
	b: Strided,
	{ columns, unroll: steps }: MatmulVariant,
): number {
	if (storage === "f32") return Layout.f32;
	const even = (...numbers: readonly number[]) =>
		numbers.every((number) => number % 2 === 0);
	if (b.p === 1 && even(b.q, b.base, steps)) return Layout.pairsK;
	if (b.q === 1 && even(b.p, b.base, columns)) return Layout.pairsJ;
	return Layout.bf16;
}

const SWAPS = {
	direct: { exchange: 1, lanes: 16, text: swapNone },
	quad: { exchange: 4, lanes: 4, text: swapQuad },
	xor: { exchange: 8, lanes: 8, text: swapXor },
} as const;

const written = new Map<string, KernelSpec>();

function variantKernel(
	shape: MatmulShape,
	variant: MatmulVariant,
	b: Strided,
	more: boolean,
) {
	const strategy = variant.strategy === "shared" ? "direct" : variant.strategy;
	const { exchange, lanes, text } = SWAPS[strategy];
	const { rows, columns, unroll: steps } = variant;
	const constants = {
		ROWS: rows,
		COLUMNS: columns,
		UNROLL: steps,
		LANES: lanes,
		EXCHANGE: exchange,
		LAYOUT: layoutOf(shape.storageB, b, variant),
		REST: more || shape.k % steps !== 0,
	};
	const key = [strategy, rows, columns, steps].join();
	let spec = written.get(key);
	if (spec === undefined) {
		const { REST: _, ...numbers } = constants;
		spec = {
			...kernel,
			source: unroll(source, numbers),
			includes: [bf16Source, text],
			features: exchange > 1 ? ["subgroups"] : [],
		};
		written.set(key, spec);
	}
	return { spec, constants, tile: { m: rows, n: lanes * columns } };
}

function flip({ range, base, p, q }: Strided): Strided {
	return { range, base, p: q, q: p };
}

/** A window of a [rows, width] matrix: rows of `r`, columns of `c`. Bound whole where it fits, else its rows alone. */
function strided(
	range: TensorRange,
	rows: number,
	width: number,
	storage: Storage,
	r: Span,
	c: Span,
	bindingBytes: number,
): Strided {
	const size = storage === "bf16" ? 2 : 4;
	const total = Math.max(4, Math.ceil((rows * width * size) / 4) * 4);
	const start = r.first * width + c.first;
	if (total <= bindingBytes) return { range, base: start, p: width, q: 1 };
	const offset = Math.floor((r.first * width * size) / ALIGNMENT) * ALIGNMENT;
	const end = Math.ceil(((r.first + r.count) * width * size) / 4) * 4;
	return {
		range: {
			tensor: range.tensor,
			offset: (range.offset ?? 0) + offset,
			size: end - offset,
		},
		base: start - offset / size,
		p: width,
		q: 1,
	};
}

/** WebGPU's default minStorageBufferOffsetAlignment, the strictest a device may ask for. */
const ALIGNMENT = 256;

function rowsPerBinding(
	rows: number,
	width: number,
	storage: Storage,
	bindingBytes: number,
): number {
	const rowBytes = width * (storage === "bf16" ? 2 : 4);
	if (Math.ceil((rows * rowBytes) / 4) * 4 <= bindingBytes) return rows;
	const fit = Math.floor((bindingBytes - ALIGNMENT - 4) / rowBytes); // starts up to 255 bytes early, ends up to 3 late
	if (fit < 1)
		throw new Error(
			`a row of ${rowBytes} bytes does not fit into a binding of ${bindingBytes}`,
		);
	return fit;
}

function spans(count: number, step: number): Span[] {
	const out: Span[] = [];
	for (let first = 0; first < count; first += step)
		out.push({ first, count: Math.min(step, count - first) });
	return out;
}
