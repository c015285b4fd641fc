// Dead code elimination: removes nodes whose outputs are neither a result, nor a state, nor an input of a remaining node.
import type { Graph, Node, TensorId } from "../ir.ts";
import { opOf } from "../ops/index.ts";

/** The graph without dead nodes; tensors keep their ids. */
export function dce(graph: Graph): Graph {
	const needed = new Set<TensorId>(graph.results);
	const kept: Node[] = [];
	for (const node of [...graph.nodes].reverse()) {
		if (!node.outputs.some((id) => needed.has(id) || graph.tensors[id].role !== "activation")) continue;
		kept.push(node);
		const updated = (opOf(node.op).updates?.(node.attrs) ?? []).map((index) => node.outputs[index]);
		for (const id of [...node.inputs, ...updated]) needed.add(id); // an updated output needs its previous values
	}
	return { ...graph, nodes: kept.reverse() };
}
