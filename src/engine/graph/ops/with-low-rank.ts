// Ops that add low-rank terms to what they read, and then do the work of another op. Only the pass fuse-low-rank.ts adds them.
import {
	attentionStatisticsLowCall,
	type PlacedLowRank,
	ropeLowCall,
	swigluGradientLowCall,
	swigluLowCall,
} from "../../kernels/low-rank.ts";
import type { LowRank } from "../../kernels/norm-sum.ts";
import { hullOf, type TensorSpec } from "../ir.ts";
import { defineMultiOp, defineOp, ranges } from "../op.ts";
import { type AttentionAttrs, attentionStatistics } from "./attention.ts";
import { addLowRankTerm } from "./low-rank.ts";
import { type RopeAttrs, rope } from "./rope.ts";
import { type SwigluAttrs, swiglu, swigluGradient } from "./swiglu.ts";

export interface WithTerm {
	readonly low: LowRank;
}

const placed = (low: LowRank, u: TensorSpec): PlacedLowRank => ({ ...low, u: 0, M: 0, rank: u.shape[1] });

export interface SwigluLowAttrs extends SwigluAttrs {
	/** Terms of gate and of up. */
	readonly terms: readonly [LowRank | null, LowRank | null];
}

/** inputs: gate, up [T, I], then u [T, r] and M of each term; outputs: gate and up (in place), f(gate) · up. */
export const swigluLow = defineMultiOp<SwigluLowAttrs>({
	op: "swigluLow",
	infer: (_attrs, [gate]) => [0, 1, 2].map(() => ({ shape: gate.shape, dtype: "f32" })),
	updates: () => [0, 1],
	reference(context) {
		const { attrs, inputs, inputSpecs, outputs, outputSpecs, step } = context;
		let next = 2;
		attrs.terms.forEach((low, i) => {
			if (low === null) return;
			addLowRankTerm(low, inputs.slice(next), inputSpecs[next], inputs[i], step);
			next += 2;
		});
		swiglu.def.reference({ ...context, outputs: outputs.slice(2), outputSpecs: outputSpecs.slice(2) });
	},
	lower({ attrs: { act, terms }, inputs: [gate, up, ...pairs], outputs: [, , out] }) {
		const us = hullOf(pairs.filter((_, i) => i % 2 === 0));
		const Ms = hullOf(pairs.filter((_, i) => i % 2 === 1));
		let at = -1;
		const [first, second] = terms.map((low): PlacedLowRank | null => {
			if (low === null) return null;
			at++;
			return { ...low, u: us.offsets[at], M: Ms.offsets[at], rank: pairs[2 * at].shape[1] };
		});
		const io = { ...ranges({ gate, up, out }), u: us.range, M: Ms.range };
		return [swigluLowCall(io, act, [first, second], gate.shape, gate.live)];
	},
});

/** inputs: gate, up, dout [T, I], u [T, r], M; outputs: dgate, dup. */
export const swigluGradientLow = defineMultiOp<SwigluAttrs & WithTerm>({
	op: "swigluGradientLow",
	infer: (_attrs, [gate]) => [0, 1].map(() => ({ shape: gate.shape, dtype: "f32" })),
	reference(context) {
		const { attrs, inputs, inputSpecs, step } = context;
		const dout = inputs[2].slice();
		addLowRankTerm(attrs.low, inputs.slice(3), inputSpecs[3], dout, step);
		swigluGradient.def.reference({ ...context, inputs: [inputs[0], inputs[1], dout] });
	},
	lower({ attrs: { act, low }, inputs: [gate, up, dout, u, M], outputs: [dgate, dup] }) {
		const io = ranges({ gate, up, dout, u, M, dgate, dup });
		return [swigluGradientLowCall(io, act, placed(low, u), gate.shape, gate.live)];
	},
});

/** inputs: x [T, heads · head_dim], cos, sin, positions, u [T, r], M; output: as x. rotary_dim 0 only adds the term. */
export const ropeLow = defineOp<RopeAttrs & WithTerm>({
	op: "ropeLow",
	infer: (_attrs, [x]) => [{ shape: x.shape, dtype: "f32" }],
	reference(context) {
		const { attrs, inputs, inputSpecs, step } = context;
		const x = inputs[0].slice();
		addLowRankTerm(attrs.low, inputs.slice(4), inputSpecs[4], x, step);
		rope.def.reference({ ...context, inputs: [x, ...inputs.slice(1, 4)] });
	},
	lower({ attrs: { low, ...shape }, inputs: [x, cos, sin, positions, u, M], outputs: [out] }) {
		const [rows, width] = x.shape;
		const io = ranges({ x, cos, sin, positions, u, M, out });
		return [ropeLowCall(io, placed(low, u), { rows, width, ...shape }, x.live)];
	},
});

/** inputs: dout, out [T, heads · head_dim], lse, u [T, r], M; outputs: dout (in place), statistics [T, heads · 2]. */
export const attentionStatisticsLow = defineMultiOp<AttentionAttrs & WithTerm>({
	op: "attentionStatisticsLow",
	infer: ({ heads }, [dout]) => [
		{ shape: dout.shape, dtype: "f32" },
		{ shape: [dout.shape[0], heads * 2], dtype: "f32" },
	],
	updates: () => [0],
	reference(context) {
		const { attrs, inputs, inputSpecs, outputs, outputSpecs, step } = context;
		addLowRankTerm(attrs.low, inputs.slice(3), inputSpecs[3], inputs[0], step);
		attentionStatistics.def.reference({ ...context, outputs: outputs.slice(1), outputSpecs: outputSpecs.slice(1) });
	},
	lower({ attrs: { low, heads, head_dim }, inputs: [dout, out, lse, u, M], outputs: [, statistics] }) {
		const io = ranges({ dout, out, lse, u, M, statistics });
		return [attentionStatisticsLowCall(io, placed(low, u), { rows: dout.shape[0], heads, head_dim }, dout.live)];
	},
});
