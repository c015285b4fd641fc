// normSum, normGradientSum: a norm together with the residual stream before it, and its gradient together with the stream's. Only
// the pass fuse-residuals.ts adds them.
import { type GradientTerm, type LowRank, normGradientSumCall, normSumCall } from "../../kernels/norm-sum.ts";
import { liveRows } from "../../kernels/step.ts";
import { hullOf, type TensorSpec } from "../ir.ts";
import { defineMultiOp, defineOp, ranges } from "../op.ts";
import { layerNorm } from "./layer-norm.ts";
import { addLowRankTerm } from "./low-rank.ts";
import { type CenteredNormAttrs, grouped, normGradient } from "./norm-rows.ts";
import { rmsNorm } from "./rms-norm.ts";

export interface NormSumAttrs extends CenteredNormAttrs {
	readonly low: LowRank | null;
}

/** inputs: x, y [T, H], weight [H], bias? [H] (LayerNorm), u? [T, r], M?; outputs: y + x + low-rank term (in place), its norm. */
export const normSum = defineMultiOp<NormSumAttrs>({
	op: "normSum",
	infer: (_attrs, [x, y]) => [
		{ shape: y.shape, dtype: "f32" },
		{ shape: x.shape, dtype: "f32" },
	],
	updates: () => [0],
	reference(context) {
		const { attrs, inputs, inputSpecs, outputs, outputSpecs, step } = context;
		const [x, y] = inputs;
		const vectors = attrs.centered ? 2 : 1;
		const n = liveRows(inputSpecs[0].shape[0], inputSpecs[0].live, step) * inputSpecs[0].shape[1];
		for (let i = 0; i < n; i++) y[i] += x[i];
		if (attrs.low !== null) addLowRankTerm(attrs.low, inputs.slice(2 + vectors), inputSpecs[2 + vectors], y, step);
		const norm = attrs.centered ? layerNorm : rmsNorm;
		norm.def.reference({
			attrs,
			inputs: [y, ...inputs.slice(2, 2 + vectors)],
			inputSpecs: [inputSpecs[0], ...inputSpecs.slice(2, 2 + vectors)],
			outputs: [outputs[1]],
			outputSpecs: [outputSpecs[1]],
			step,
		});
	},
	lower({ attrs, inputs: [x, y, weight, ...rest], outputs: [, out] }) {
		const bias = attrs.centered ? rest[0] : undefined;
		const [u, M] = attrs.centered ? rest.slice(1) : rest;
		const low = attrs.low && { ...attrs.low, ...ranges({ u, M }), rank: u.shape[1] };
		const io = { ...ranges({ x, y, weight, out }), ...(bias ? ranges({ bias }) : {}) };
		return [normSumCall(io, low, grouped(x, attrs))];
	},
});

export interface NormGradientSumAttrs extends CenteredNormAttrs {
	/** One for each product whose sum is the norm's output gradient: its low-rank term, if it has one. */
	readonly terms: readonly (LowRank | null)[];
}

/** inputs: x [T, H], weight [H], stream as x, the products as x, then u [T, r] and M of each low-rank term; output: stream + dx. */
export const normGradientSum = defineOp<NormGradientSumAttrs>({
	op: "normGradientSum",
	infer: (_attrs, [x]) => [{ shape: x.shape, dtype: "f32" }],
	reference({ attrs, inputs, inputSpecs, outputs: [out], outputSpecs, step }) {
		const [x, weight, stream] = inputs;
		const { terms } = attrs;
		const sum = x.slice().fill(0);
		let next = 3 + terms.length;
		terms.forEach((low, i) => {
			inputs[3 + i].forEach((value, at) => {
				sum[at] += value;
			});
			if (low === null) return;
			addLowRankTerm(low, inputs.slice(next), inputSpecs[next], sum, step);
			next += 2;
		});
		normGradient.def.reference({
			attrs,
			inputs: [x, weight, sum],
			inputSpecs: [inputSpecs[0], inputSpecs[1], inputSpecs[0]],
			outputs: [out],
			outputSpecs,
			step,
		});
		const n = liveRows(inputSpecs[0].shape[0], inputSpecs[0].live, step) * inputSpecs[0].shape[1];
		for (let i = 0; i < n; i++) out[i] += stream[i];
	},
	lower({ attrs, inputs, outputs: [out] }) {
		const [x, weight, stream] = inputs;
		const { terms } = attrs;
		const pairs = inputs.slice(3 + terms.length);
		const u: TensorSpec[] = [];
		const M: TensorSpec[] = [];
		pairs.forEach((spec, i) => {
			(i % 2 === 0 ? u : M).push(spec);
		});
		const [d, us, Ms] = [inputs.slice(3, 3 + terms.length), u, M].map((specs) =>
			hullOf(specs.length > 0 ? specs : [weight]),
		);
		let at = -1;
		const list = terms.map((low, i): GradientTerm => {
			if (low === null) return { d: d.offsets[i], low: null };
			at++;
			return { d: d.offsets[i], low: { ...low, u: us.offsets[at], M: Ms.offsets[at], rank: u[at].shape[1] } };
		});
		const io = { ...ranges({ x, weight, stream, out }), d: d.range, u: us.range, M: Ms.range };
		return [normGradientSumCall(io, list, grouped(x, attrs))];
	},
});
