// Element-wise addition, the shortest kernel.
import source from "../../shaders/elementwise/add.wgsl?raw";
import { defineElementwise } from "./elementwise.ts";

/** out = a + b. a, b, out: [rows, width] */
export const addCall = defineElementwise("add", source, ["a", "b"], ["out"]);
