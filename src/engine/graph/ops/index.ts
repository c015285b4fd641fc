// Imports every op, which registers it, and exports the builders for models and passes. Ops that graphs add only with
// `addInto` have no builder.
import "./accumulate.ts";
import "./cache-write.ts";
import "./column-sum.ts";

export { activation } from "./activation.ts";
export { adamw } from "./adamw.ts";
export { add } from "./add.ts";
export { attention } from "./attention.ts";
export { copy } from "./copy.ts";
export { crossEntropy, sumInto } from "./cross-entropy.ts";
export { doraGain, doraNorm, rowSquares } from "./dora.ts";
export { dropout } from "./dropout.ts";
export { embed } from "./embed.ts";
export { fill, gatherRows, scatterRows } from "./gather-rows.ts";
export { gradNorm } from "./gradient-norm.ts";
export { layerNorm } from "./layer-norm.ts";
export { type MatmulAttrs, matmul } from "./matmul.ts";
export { addLowRank } from "./multi-lora.ts";
export { overlayRows } from "./overlay-rows.ts";
export { rmsNorm } from "./rms-norm.ts";
export { rope } from "./rope.ts";
export { sample } from "./sample.ts";
export { scaleColumns } from "./scale-columns.ts";
export { splitColumns } from "./split-columns.ts";
export { swiglu } from "./swiglu.ts";
