// All ops: OPS finds the definition of a node by its name, and the builders add nodes for models and passes.
import type { OpDef } from "../op.ts";
import { accumulateOp } from "./accumulate.ts";
import { activation, activationGradient } from "./activation.ts";
import { adamwOp } from "./adamw.ts";
import { add } from "./add.ts";
import { attention, attentionGradientKv, attentionGradientQ, attentionStatistics } from "./attention.ts";
import { cacheWriteOp } from "./cache-write.ts";
import { columnSum } from "./column-sum.ts";
import { copy } from "./copy.ts";
import { crossEntropyOp, sumIntoOp } from "./cross-entropy.ts";
import { doraGain, doraGainGradient, doraNorm, rowSquares } from "./dora.ts";
import { dropout } from "./dropout.ts";
import { embed } from "./embed.ts";
import { fill, gatherRows, scatterRowsOp } from "./gather-rows.ts";
import { normInto, sumSquares } from "./gradient-norm.ts";
import { layerNorm } from "./layer-norm.ts";
import { matmul } from "./matmul.ts";
import { multiLoraDown, multiLoraGradient, multiLoraUp } from "./multi-lora.ts";
import { normGradient, normWeightGradient } from "./norm-rows.ts";
import { normGradientSum, normSum } from "./norm-sum.ts";
import { overlayRows, overlayZeros } from "./overlay-rows.ts";
import { rmsNorm } from "./rms-norm.ts";
import { rope } from "./rope.ts";
import { sample } from "./sample.ts";
import { columnDot, scaleColumns } from "./scale-columns.ts";
import { scatterAdd, scatterLinks } from "./scatter-add.ts";
import { joinColumns, splitColumns } from "./split-columns.ts";
import { swiglu, swigluGradient } from "./swiglu.ts";
import { togetherOp } from "./together.ts";
import { attentionStatisticsLow, ropeLow, swigluGradientLow, swigluLow } from "./with-low-rank.ts";

/** Every op, under the name that its nodes carry. */
export const OPS: Readonly<Record<string, { readonly def: OpDef<unknown> }>> = {
	accumulate: accumulateOp,
	activation,
	activationGradient,
	adamw: adamwOp,
	add,
	attention,
	attentionGradientKv,
	attentionGradientQ,
	attentionStatistics,
	attentionStatisticsLow,
	cacheWrite: cacheWriteOp,
	columnDot,
	columnSum,
	copy,
	crossEntropy: crossEntropyOp,
	doraGain,
	doraGainGradient,
	doraNorm,
	dropout,
	embed,
	fill,
	gatherRows,
	joinColumns,
	layerNorm,
	matmul,
	multiLoraDown,
	multiLoraGradient,
	multiLoraUp,
	normGradient,
	normGradientSum,
	normInto,
	normSum,
	normWeightGradient,
	overlayRows,
	overlayZeros,
	rmsNorm,
	rope,
	ropeLow,
	rowSquares,
	sample,
	scaleColumns,
	scatterAdd,
	scatterLinks,
	scatterRows: scatterRowsOp,
	splitColumns,
	sumInto: sumIntoOp,
	sumSquares,
	swiglu,
	swigluGradient,
	swigluGradientLow,
	swigluLow,
	together: { def: togetherOp((name) => opOf(name)) },
};

/** The definition of a node's op. */
export function opOf(name: string): OpDef<unknown> {
	const op = OPS[name];
	if (op === undefined) throw new Error(`no op named "${name}" in graph/ops/index.ts`);
	return op.def;
}

export { accumulate } from "./accumulate.ts";
export { adamw } from "./adamw.ts";
export type { AttentionAttrs } from "./attention.ts";
export { cacheWrite } from "./cache-write.ts";
export { crossEntropy, sumInto } from "./cross-entropy.ts";
export { scatterRows } from "./gather-rows.ts";
export { gradNorm } from "./gradient-norm.ts";
export { linear } from "./linear.ts";
export type { MatmulAttrs } from "./matmul.ts";
export { addLowRank } from "./multi-lora.ts";
export type { CenteredNormAttrs } from "./norm-rows.ts";
export type { NormGradientSumAttrs, NormSumAttrs } from "./norm-sum.ts";
export type { RopeAttrs } from "./rope.ts";
export type { SwigluAttrs } from "./swiglu.ts";
export type { TogetherAttrs } from "./together.ts";
export type { SwigluLowAttrs } from "./with-low-rank.ts";
export {
	activation,
	add,
	attention,
	copy,
	doraGain,
	doraNorm,
	dropout,
	embed,
	fill,
	gatherRows,
	layerNorm,
	matmul,
	overlayRows,
	rmsNorm,
	rope,
	rowSquares,
	sample,
	scaleColumns,
	splitColumns,
	swiglu,
};
