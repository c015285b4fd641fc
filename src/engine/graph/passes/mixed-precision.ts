// Mixed precision: products with frozen weights round both operands to float16 and sum in float32. Everything else (LoRA, norms,
// softmax, loss, optimizer) stays in float32.
import type { Graph } from "../ir.ts";
import type { MatmulAttrs } from "../ops/index.ts";

/** Gradients are much smaller than activations: this power of two keeps those over 6e-11 within float16's range. */
const GRADIENT_SCALE = 1024;

/** Marks the products whose first B is a weight. */
export function mixedPrecision(graph: Graph): Graph {
	const nodes = graph.nodes.map((node) => {
		if (node.op !== "matmul" || graph.tensors[node.inputs[1]].role !== "weight") return node;
		const attrs = node.attrs as MatmulAttrs;
		const [first, ...others] = attrs.segments;
		const half = first.gradient === true ? GRADIENT_SCALE : 1;
		return { ...node, attrs: { ...attrs, segments: [{ ...first, half }, ...others] } };
	});
	return { ...graph, nodes };
}
