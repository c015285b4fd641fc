// Every op, registered by being imported. Models and passes import builders from here; to add an op, add its line.
export { add } from "./add.ts";
export { accumulate } from "./accumulate.ts";
export { copy } from "./copy.ts";
export { adamw } from "./adamw.ts";
export { crossEntropy, sumInto } from "./cross-entropy.ts";
export { dropout } from "./dropout.ts";
export { embed } from "./embed.ts";
export { layerNorm } from "./layer-norm.ts";
export { gradNorm } from "./gradient-norm.ts";
export { rmsNorm } from "./rms-norm.ts";
export { rope } from "./rope.ts";
export { fill, gatherRows, scatterRows } from "./rows.ts";
export { swiglu } from "./swiglu.ts";
export { columnSum } from "./column-sum.ts";
export { matmul, type MatmulAttrs, type MatmulSegment } from "./matmul.ts";
export { type AttentionAttrs, attention } from "./attention.ts";
export { cacheWrite } from "./cache-write.ts";
export { sample } from "./sample.ts";
