// Copies an activation to a state, which remains available after the replay.
import source from "../../shaders/elementwise/copy.wgsl?raw";
import { defineElementwise } from "./elementwise.ts";

/** out = x. x, out: [rows, width] */
export const copyCall = defineElementwise("copy", source, ["x"], ["out"]);
