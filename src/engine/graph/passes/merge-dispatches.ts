// Merges independent products and rotations of a layer into single dispatches (ops/together.ts), for devices on which a launch
// costs more than the work of a narrow product. Products that add to a trainable tensor's gradient wait until the end of the
// layer's backward pass, if that does not raise the peak of the memory; other nodes run as early as the first of their group.
import type { Graph, Node, TensorId } from "../ir.ts";
import type { TogetherAttrs } from "../ops/index.ts";
import { mayOverlap, updatedBy } from "./draft.ts";
import { fuseLowRank } from "./fuse-low-rank.ts";
import { fuseResiduals } from "./fuse-residuals.ts";
import { planMemory } from "./memory-plan.ts";
import { shareBuffers } from "./share-buffers.ts";

/** Ops whose kernels can be merged. */
const MERGED: readonly string[] = ["matmul", "rope", "ropeLow"];

/** Number of following nodes among which others of a group are looked for. */
const WINDOW = 24;

/**
 * How long a gradient's product may wait, in nodes; in the first `hurried` layers of the backward pass, when most activations are
 * in memory, it waits half as long. share: how different the lifetimes of tensors in one buffer may be (share-buffers.ts).
 */
const PATIENCE = [
	{ wait: 40, share: 0.25, hurried: 0 },
	{ wait: 40, share: 0.25, hurried: 1 },
	{ wait: 40, share: 0.25, hurried: 2 },
	{ wait: 20, share: 0.25, hurried: 0 },
	{ wait: 12, share: 0.1, hurried: 0 },
	{ wait: 5, share: 0.1, hurried: 0 },
	{ wait: 0, share: 0, hurried: 0 },
] as const;

/** Windows of a buffer are aligned, which may take this much more memory. */
const ALIGNMENT_BYTES = 2 ** 16;

export function mergeDispatches(graph: Graph): Graph {
	const most = planMemory(graph).activationBytes + ALIGNMENT_BYTES;
	const fused = fuseLowRank(fuseResiduals(graph));
	let best = { graph, bytes: Number.POSITIVE_INFINITY };
	for (const { wait, share, hurried } of PATIENCE) {
		const nodes = mergeEarly(fused, mergeGradients(fused, wait, hurried));
		const merged = shareBuffers({ ...fused, nodes }, share);
		const bytes = planMemory(merged).activationBytes;
		if (bytes < best.bytes) best = { graph: merged, bytes };
		if (bytes <= most) break;
	}
	return best.graph;
}

/** The index of a node's layer, from its name; null outside of layers. */
function layerOf({ name }: Node): string | null {
	return /\.(\d+)\./.exec(name)?.[1] ?? null;
}

function addsToState(graph: Graph, { op, outputs }: Node): boolean {
	return op === "matmul" && graph.tensors[outputs[0]].role === "state";
}

/** Whether two nodes may not be exchanged. */
function conflict(graph: Graph, a: Node, b: Node): boolean {
	const overlap = (some: readonly TensorId[], others: readonly TensorId[]) =>
		some.some((x) => others.some((y) => mayOverlap(graph.tensors[x], graph.tensors[y])));
	return overlap(a.outputs, b.outputs) || overlap(a.outputs, b.inputs) || overlap(a.inputs, b.outputs);
}

function mergeGradients(graph: Graph, wait: number, hurried: number): Node[] {
	const ordered: Node[] = [];
	let waiting: Node[] = [];
	let since = 0;
	const layers = new Set<string | null>();
	const flush = () => {
		if (waiting.length > 0) ordered.push(together(waiting));
		waiting = [];
	};
	for (const [index, node] of graph.nodes.entries()) {
		if (index - since > (layers.size <= hurried ? wait / 2 : wait)) flush();
		const waits = addsToState(graph, node) && layerOf(node) !== null;
		if (waits && waiting.length > 0 && layerOf(waiting[0]) !== layerOf(node)) flush();
		if (waiting.some((other) => conflict(graph, other, node))) flush();
		if (waits && waiting.length === 0) since = index;
		if (waits) {
			waiting.push(node);
			layers.add(layerOf(node));
		} else ordered.push(node);
	}
	flush();
	return ordered;
}

function mergeEarly(graph: Graph, nodes: readonly Node[]): Node[] {
	const ordered: Node[] = [];
	const left = [...nodes];
	for (let node = left.shift(); node !== undefined; node = left.shift()) {
		const [op, layer] = [node.op, layerOf(node)];
		if (!MERGED.includes(op) || layer === null || addsToState(graph, node)) {
			ordered.push(node);
			continue;
		}
		const members = [node];
		const passed: Node[] = [];
		for (let i = 0; i < Math.min(left.length, WINDOW - passed.length); ) {
			const other = left[i];
			const fits =
				other.op === op &&
				layerOf(other) === layer &&
				!addsToState(graph, other) &&
				![...members, ...passed].some((one) => conflict(graph, one, other));
			if (fits) members.push(...left.splice(i, 1));
			else {
				passed.push(other);
				i++;
			}
		}
		ordered.push(together(members));
	}
	return ordered;
}

function together(members: readonly Node[]): Node {
	if (members.length === 1) return members[0];
	const outputs = [...new Set(members.flatMap((node) => node.outputs))];
	const updated = new Set(members.flatMap(updatedBy));
	return {
		op: "together",
		name: members[0].name,
		inputs: [...new Set(members.flatMap((node) => node.inputs))],
		outputs,
		attrs: {
			members,
			updated: outputs.flatMap((id, index) => (updated.has(id) ? [index] : [])),
		} satisfies TogetherAttrs,
	};
}
