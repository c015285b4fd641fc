// The passes that every graph goes through before compilation. The caller applies recompute.ts afterwards if needed.
import type { Graph } from "../ir.ts";
import { dce } from "./dce.ts";
import { fuse } from "./fuse.ts";

/** Returns a graph with the same results and states and fewer nodes and tensors. */
export function simplify(graph: Graph): Graph {
	return dce(fuse(graph));
}
