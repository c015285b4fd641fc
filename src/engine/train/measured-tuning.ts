// What a measured tuning needs, in one file, because it is loaded only where a measurement pays.
export { autotune } from "../kernels/autotune.ts";
export { measureMatrixUnits } from "../kernels/matrix-choice.ts";
export { matrixUnits, unitsOf } from "../kernels/matrix-units.ts";
export { loadChoices, saveChoices, tuningFile, tuningKey } from "../kernels/saved-tuning.ts";
