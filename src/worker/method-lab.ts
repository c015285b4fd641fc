// What the tabs that compare methods and ranks compute, loaded with the first of their calls.
export { adviseRank } from "../engine/analysis/advisor.ts";
export { modelShapes, shapeCost } from "../engine/analysis/calculator.ts";
export { measureSpeed, methodCost } from "../engine/train/method-run.ts";
export { methods } from "../engine/train/methods.ts";
export { tableText } from "../engine/train/methods-table.ts";
