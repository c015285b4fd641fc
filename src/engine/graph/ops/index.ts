// Every op, registered by being imported. Models and passes import builders from here; to add an op, add its line.
export { add } from "./add.ts";
export { accumulate } from "./accumulate.ts";
export { copy } from "./copy.ts";
