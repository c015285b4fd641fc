// Activation checkpointing per layer (Chen et al., arXiv 1604.06174): keeps the input and output of a layer and recomputes
// the rest just before its backward pass. Costs about one more forward pass and saves nearly all activations.
import type { Graph, Node, TensorId, TensorSpec } from "../ir.ts";
import { updatedBy } from "./draft.ts";

interface Span {
	readonly from: number;
	readonly to: number; // one past the last node
}

/**
 * @param prefixes names of the layers, in any order: "model.layers.0.". The forward of a layer is the first unbroken run
 * of nodes whose names start so; its output is what its last node writes. Nodes after the last of these runs are
 * the loss and the backward pass. A layer that updates outside tensors in place is not changed.
 */
export function recompute(graph: Graph, prefixes: readonly string[]): Graph {
	const spans = prefixes.map((prefix) => firstRun(graph.nodes, prefix)).filter((span) => span !== null);
	const backwardFrom = Math.max(0, ...spans.map(({ to }) => to));
	const tensors: TensorSpec[] = [...graph.tensors];
	const nodes = [...graph.nodes];
	const inserted = new Map<number, Node[]>(); // clones, by the position of the node that follows them
	for (const span of spans) {
		const clones = cloneForBackward(graph, span, backwardFrom);
		if (clones === null) continue;
		const fresh = new Map<TensorId, TensorId>();
		for (const node of clones.nodes) {
			for (const id of node.outputs) {
				if (fresh.has(id)) continue;
				fresh.set(id, tensors.length);
				tensors.push({ ...graph.tensors[id], id: tensors.length, name: `${graph.tensors[id].name} (again)` });
			}
		}
		// A kept tensor is read from its original, even if a clone recomputes it on the way.
		const read = (id: TensorId) => (clones.kept.has(id) ? id : (fresh.get(id) ?? id));
		const again = clones.nodes.map((node) => ({
			...node,
			name: `${node.name} (again)`,
			inputs: node.inputs.map(read),
			outputs: node.outputs.map((id) => fresh.get(id) ?? id),
		}));
		inserted.set(clones.before, [...(inserted.get(clones.before) ?? []), ...again]);
		for (let i = backwardFrom; i < nodes.length; i++) nodes[i] = { ...nodes[i], inputs: nodes[i].inputs.map(read) };
	}
	return { ...graph, tensors, nodes: nodes.flatMap((node, index) => [...(inserted.get(index) ?? []), node]) };
}

function firstRun(nodes: readonly Node[], prefix: string): Span | null {
	const from = nodes.findIndex(({ name }) => name.startsWith(prefix));
	if (from < 0) return null;
	let to = from;
	while (to < nodes.length && nodes[to].name.startsWith(prefix)) to++;
	return { from, to };
}

/** The forward nodes that the layer's backward needs again, and the backward node that they precede; null if there are none. */
function cloneForBackward(
	graph: Graph,
	{ from, to }: Span,
	backwardFrom: number,
): { readonly nodes: readonly Node[]; readonly before: number; readonly kept: ReadonlySet<TensorId> } | null {
	const layer = graph.nodes.slice(from, to);
	const made = new Set(layer.flatMap((node) => node.outputs));
	const kept = new Set(layer[layer.length - 1].outputs);
	graph.nodes.slice(to, backwardFrom).forEach((node) => {
		for (const id of node.inputs) if (made.has(id)) kept.add(id);
	});
	for (const id of graph.results) if (made.has(id)) kept.add(id);
	const first = new Set<TensorId>();
	for (const node of layer) {
		const foreign = updatedBy(node).some((id) => !first.has(id));
		if (foreign || node.outputs.some((id) => graph.tensors[id].role !== "activation")) return null;
		for (const id of node.outputs) first.add(id);
	}
	const writers = (id: TensorId) => layer.filter((node) => node.outputs.includes(id));

	let before = -1;
	let overwritten = false;
	const wanted = new Set<TensorId>();
	graph.nodes.forEach((node, index) => {
		if (index < backwardFrom) return;
		overwritten ||= node.outputs.some((id) => made.has(id));
		for (const id of node.inputs) {
			if (!made.has(id) || kept.has(id)) continue;
			wanted.add(id);
			if (before < 0) before = index;
		}
	});
	if (wanted.size === 0 || overwritten) return null;

	const again = new Set<Node>();
	for (const id of wanted) {
		// The loop adds to the set that it iterates over: a tensor needs all its writers, and they need their inputs.
		for (const node of writers(id)) {
			again.add(node);
			for (const input of [...node.inputs, ...node.outputs]) {
				if (made.has(input) && !kept.has(input)) wanted.add(input);
			}
		}
	}
	// A kept tensor that is written more than once no longer has the values that its earlier readers used.
	const early = layer.filter((node) => again.has(node)).flatMap((node) => [...node.inputs, ...node.outputs]);
	if (early.some((id) => kept.has(id) && writers(id).length > 1)) return null;
	return { nodes: layer.filter((node) => again.has(node)), before, kept };
}
