// matmul: out = Σ over segments of scale · op(A)·op(B) (+ bias) (+ out). One op computes every linear layer, the
// low-rank path as extra columns of the same product, and their gradients (LoRA, arXiv 2106.09685).
import { matmulCalls } from "../../kernels/matmul.ts";
import { type LiveBound, liveRows } from "../../kernels/step.ts";
import { toFloat16 } from "../float16.ts";
import { type TensorSpec, weightFormatOf } from "../ir.ts";
import { type BackwardContext, defineOp } from "../op.ts";
import { columnSum } from "./column-sum.ts";

export interface MatmulSegment {
	readonly transposeA: boolean; // A: [K, M] instead of [M, K]
	readonly transposeB: boolean; // B: [N, K] instead of [K, N]
	readonly scale: number;
	/** Whether step.adapter_strength also scales the product. */
	readonly adapter: boolean;
	/** Whether A is a gradient of a loss. */
	readonly gradient?: boolean;
	/**
	 * Mixed precision, in the first segment: A and B are rounded to float16 and multiplied and summed as floats. A is multiplied
	 * by this power of two before it is rounded, and the sums are divided by it. See passes/mixed-precision.ts.
	 */
	readonly half?: number;
}

export interface MatmulAttrs {
	readonly segments: readonly MatmulSegment[]; // 1 or 2
	readonly accumulate: boolean; // out +=
	readonly bias: boolean;
}

interface Sizes {
	readonly m: number;
	readonly n: number;
	readonly ks: readonly number[];
}

function sizes({ segments, bias }: MatmulAttrs, inputs: readonly TensorSpec[]): Sizes {
	const expected = 2 * segments.length + (bias ? 1 : 0);
	if (segments.length < 1 || segments.length > 2)
		throw new Error(`matmul: ${segments.length} segments, 1 or 2 are possible`);
	if (inputs.length !== expected) throw new Error(`matmul: ${inputs.length} inputs, ${expected} are needed`);
	const each = segments.map(({ transposeA, transposeB }, s) => {
		const a = inputs[2 * s];
		const b = inputs[2 * s + 1];
		if (a.shape.length !== 2 || b.shape.length !== 2)
			throw new Error(`matmul: ${a.name} [${a.shape}] and ${b.name} [${b.shape}] are not matrices`);
		if (a.dtype !== "f32" || b.dtype === "u32" || (s > 0 && b.dtype !== "f32")) {
			throw new Error(
				`matmul: ${a.name} is ${a.dtype} and ${b.name} is ${b.dtype}; only B of the first segment may be other than f32`,
			);
		}
		const [m, ka] = transposeA ? [a.shape[1], a.shape[0]] : a.shape;
		const [n, kb] = transposeB ? b.shape : [b.shape[1], b.shape[0]];
		if (ka !== kb) throw new Error(`matmul: ${a.name} [${a.shape}] and ${b.name} [${b.shape}] share no inner size`);
		if (s > 0 && transposeA && inputs[0].live !== undefined)
			throw new Error("matmul: a transposed second segment cannot have live rows");
		return { m, n, k: ka };
	});
	const [{ m, n }] = each;
	if (each.some((segment) => segment.m !== m || segment.n !== n))
		throw new Error("matmul: the segments make different shapes");
	if (bias && inputs[expected - 1].shape.join() !== String(n))
		throw new Error(`matmul: bias [${inputs[expected - 1].shape}] for ${n} columns`);
	return { m, n, ks: each.map(({ k }) => k) };
}

/** inputs: A0, B0, A1?, B1?, bias? [N]; output: [M, N]. Live rows of A0 bound M, or the K loop where A0 is transposed. */
export const matmul = defineOp<MatmulAttrs>({
	op: "matmul",
	infer(attrs, inputs) {
		const { m, n } = sizes(attrs, inputs);
		return [
			{
				shape: [m, n],
				dtype: "f32",
				live: attrs.segments[0].transposeA ? undefined : inputs[0].live,
			},
		];
	},
	updates: ({ accumulate }) => (accumulate ? [0] : []),
	backward(context) {
		const { attrs, gradOutputs, needs, builder, node, setGrad } = context;
		const [gradient] = gradOutputs;
		if (gradient === undefined) return;
		if (attrs.accumulate) throw new Error(`${node.name}: a matmul that adds into its output has no gradient`);
		attrs.segments.forEach((segment, s) => {
			if (needs[2 * s]) setGrad(2 * s, gradientOfA(context, segment, s, gradient));
			if (needs[2 * s + 1]) setGrad(2 * s + 1, gradientOfB(context, segment, s, gradient));
		});
		const biasIndex = 2 * attrs.segments.length;
		if (attrs.bias && needs[biasIndex]) setGrad(biasIndex, columnSum(builder, `${node.name}.bias grad`, [gradient]));
	},
	reference({ attrs, inputs, inputSpecs, outputs: [out], step }) {
		const { m, n, ks } = sizes(attrs, inputSpecs);
		const live: LiveBound | undefined = inputSpecs[0].live;
		const inner = attrs.segments[0].transposeA;
		const rows = inner ? m : liveRows(m, live, step);
		const bias = attrs.bias ? inputs[2 * attrs.segments.length] : null;
		for (let i = 0; i < rows; i++) {
			for (let j = 0; j < n; j++) {
				let total = bias === null ? 0 : bias[j];
				attrs.segments.forEach(({ transposeA, transposeB, scale, adapter, half }, s) => {
					const [a, b] = [inputs[2 * s], inputs[2 * s + 1]];
					const k = ks[s];
					const steps = s === 0 && inner ? liveRows(k, live, step) : k;
					let sum = 0;
					for (let q = 0; q < steps; q++) {
						const [x, y] = [a[transposeA ? q * m + i : i * k + q], b[transposeB ? j * k + q : q * n + j]];
						sum += half === undefined ? x * y : toFloat16(x * half) * toFloat16(y);
					}
					total += (scale / (half ?? 1)) * (adapter ? step.adapter_strength : 1) * sum;
				});
				out[i * n + j] = attrs.accumulate ? out[i * n + j] + total : total;
			}
		}
	},
	lower({ attrs, inputs, outputs: [out], tuning, limits }) {
		const { m, n, ks } = sizes(attrs, inputs);
		const range = (index: number) => ({ tensor: inputs[index].id });
		return matmulCalls(
			{
				segments: attrs.segments.map((_, s) => ({
					a: range(2 * s),
					b: range(2 * s + 1),
				})),
				...(attrs.bias ? { bias: range(2 * attrs.segments.length) } : {}),
				out: { tensor: out.id },
			},
			{
				m,
				n,
				segments: attrs.segments.map((segment, s) => ({
					...segment,
					k: ks[s],
					storageB: weightFormatOf(inputs[2 * s + 1]),
				})),
				accumulate: attrs.accumulate,
				...(inputs[0].live ? { live: inputs[0].live } : {}),
			},
			tuning,
			limits,
		);
	},
});

function single(segment: MatmulSegment, transposeA: boolean, transposeB: boolean): MatmulAttrs {
	return {
		segments: [{ ...segment, transposeA, transposeB }],
		accumulate: false,
		bias: false,
	};
}

/** d op(A) = scale · dOut · op(B)ᵀ, in the orientation of A. */
function gradientOfA(
	{ builder, node, inputs }: BackwardContext<MatmulAttrs>,
	segment: MatmulSegment,
	s: number,
	gradient: TensorSpec,
): TensorSpec {
	const { transposeA, transposeB } = segment;
	const name = `d ${node.name} A${s}`;
	const b = inputs[2 * s + 1];
	if (!transposeA)
		return matmul(builder, name, [gradient, b], single({ ...segment, gradient: true }, false, !transposeB));
	return matmul(builder, name, [b, gradient], single(segment, transposeB, true));
}

/** d op(B) = scale · op(A)ᵀ · dOut, in the orientation of B. */
function gradientOfB(
	{ builder, node, inputs }: BackwardContext<MatmulAttrs>,
	segment: MatmulSegment,
	s: number,
	gradient: TensorSpec,
): TensorSpec {
	const { transposeA, transposeB } = segment;
	const name = `d ${node.name} B${s}`;
	const a = inputs[2 * s];
	if (transposeB) return matmul(builder, name, [gradient, a], single(segment, true, transposeA));
	return matmul(builder, name, [a, gradient], single(segment, !transposeA, false));
}
