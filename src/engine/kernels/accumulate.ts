// In-place addition: adds gradients to the flat gradient buffer, and sums into an operand that is not read again.
import source from "../../shaders/elementwise/accumulate.wgsl?raw";
import { defineElementwise } from "./elementwise.ts";

/** out += a. a, out: [rows, width] */
export const accumulateCall = defineElementwise("accumulate", source, ["a"], ["out"]);
