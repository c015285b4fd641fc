// The passes every graph goes through before it is compiled. recompute.ts is chosen by the caller, after these.
import type { Graph } from "../ir.ts";
import { dce } from "./dce.ts";
import { fuse } from "./fuse.ts";

/** The same results and states in fewer nodes and tensors. */
export function simplify(graph: Graph): Graph {
	return dce(fuse(graph));
}
