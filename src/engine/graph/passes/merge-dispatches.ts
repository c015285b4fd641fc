// Merges independent products and rotations of a layer into single dispatches (ops/together.ts), for devices on which a launch
// costs more than the work of a narrow product. Products that add to a trainable tensor's gradient wait until the end of the
// layer's backward pass, if that does not raise the peak of the memory; other nodes run as early as the first of their group.
import type { Graph, Node, TensorId } from "../ir.ts";
import type { TogetherAttrs } from "../ops/index.ts";
import { mayOverlap, updatedBy } from "./draft.ts";
import { fuseResiduals } from "./fuse-residuals.ts";
import { planMemory } from "./memory-plan.ts";
import { shareBuffers } from "./share-buffers.ts";

/** Ops whose kernels can be merged. */
const MERGED: readonly string[] = ["matmul", "rope"];

/** Number of following nodes among which others of a group are looked for. */
const WINDOW = 24;

/** How long a gradient's product may wait, and how different the lifetimes of tensors in one buffer may be, both in nodes. */
const PATIENCE = [
	{ wait: 40, apart: 20 },
	{ wait: 20, apart: 12 },
	{ wait: 12, apart: 8 },
	{ wait: 5, apart: 3 },
	{ wait: 0, apart: 0 },
] as const;

/** Windows of a buffer are aligned, which may take this much more memory: a share, and bytes in a tiny model. */
const ALIGNMENT = { share: 0.005, bytes: 2 ** 16 };

export function mergeDispatches(graph: Graph): Graph {
	const bytes = (of: Graph) => planMemory(of).activationBytes;
	const before = bytes(graph);
	const fused = fuseResiduals(graph);
	let best: Graph | null = null;
	for (const { wait, apart } of PATIENCE) {
		const nodes = mergeEarly(fused, mergeGradients(fused, wait));
		const merged = shareBuffers({ ...fused, nodes }, apart);
		if (bytes(merged) <= before * (1 + ALIGNMENT.share) + ALIGNMENT.bytes) return merged;
		if (best === null || bytes(merged) < bytes(best)) best = merged;
	}
	return best ?? graph;
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

function mergeGradients(graph: Graph, wait: number): Node[] {
	const ordered: Node[] = [];
	let waiting: Node[] = [];
	let since = 0;
	const flush = () => {
		if (waiting.length > 0) ordered.push(together(waiting));
		waiting = [];
	};
	for (const [index, node] of graph.nodes.entries()) {
		if (index - since > wait) flush();
		const waits = addsToState(graph, node) && layerOf(node) !== null;
		if (waits && waiting.length > 0 && layerOf(waiting[0]) !== layerOf(node)) flush();
		if (waiting.some((other) => conflict(graph, other, node))) flush();
		if (waits && waiting.length === 0) since = index;
		if (waits) waiting.push(node);
		else ordered.push(node);
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
