// The computations of the tabs that compare methods and ranks. They are loaded at the first call.
export { adviseRank } from "../engine/analysis/advisor.ts";
export { modelShapes, shapeCost } from "../engine/analysis/calculator.ts";
export { measureSpeed, methodCost } from "../engine/train/method-run.ts";
export { methods } from "../engine/train/methods.ts";
export { tableText } from "../engine/train/methods-table.ts";
