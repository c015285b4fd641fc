// Puts activations that merged products use in the same role into one buffer, so that a merged dispatch needs fewer bindings:
// WebGPU guarantees eight. No dispatch may read from and write to one buffer, and tensors of one buffer live equally long.
import { elements, type Graph, type Node, type TensorId, type TensorSpec } from "../ir.ts";
import type { TogetherAttrs } from "../ops/index.ts";
import { updatedBy } from "./draft.ts";

/** Bindings start at multiples of this many elements. */
const ALIGNMENT = 64;

interface Use {
	readonly first: number;
	readonly last: number;
	readonly readers: ReadonlySet<number>;
	readonly writers: ReadonlySet<number>;
}

/** @param apart largest difference between the first uses, and between the last uses, of tensors in one buffer, in nodes */
export function shareBuffers(graph: Graph, apart: number): Graph {
	const uses = usesOf(graph);
	const sets: TensorId[][] = [];
	for (const { op, attrs } of graph.nodes) {
		if (op !== "together") continue;
		for (const role of rolesOf((attrs as TogetherAttrs).members)) {
			const open: TensorId[][] = []; // sets that this role uses
			for (const id of role) {
				const { role: kind, dtype } = graph.tensors[id];
				if (kind !== "activation" || dtype !== "f32") continue;
				const known = sets.find((set) => set.includes(id));
				if (known !== undefined) {
					if (!open.includes(known)) open.push(known);
					continue;
				}
				const set = open.find((others) => others.every((other) => mayShare(uses, other, id, apart)));
				if (set !== undefined) set.push(id);
				else {
					sets.push([id]);
					open.push(sets[sets.length - 1]);
				}
			}
		}
	}
	const tensors: TensorSpec[] = [...graph.tensors];
	for (const set of sets) {
		if (set.length === 1) continue;
		let offset = 0;
		for (const id of set) {
			tensors[id] = { ...tensors[id], view: { buffer: `shared ${set[0]}`, offset } };
			offset += Math.ceil(elements(tensors[id].shape) / ALIGNMENT) * ALIGNMENT;
		}
	}
	return { ...graph, tensors };
}

/** Tensors of the members by position: every first input, every second one, and so on, and every output. */
function rolesOf(members: readonly Node[]): TensorId[][] {
	const most = Math.max(...members.map(({ inputs }) => inputs.length));
	const inputs = Array.from({ length: most }, (_, i) => members.flatMap((node) => node.inputs.slice(i, i + 1)));
	return [...inputs, members.flatMap((node) => node.outputs)];
}

function usesOf({ nodes, results }: Graph): Map<TensorId, Use> {
	const uses = new Map<TensorId, { first: number; last: number; readers: Set<number>; writers: Set<number> }>();
	nodes.forEach((node, index) => {
		const note = (id: TensorId, kind: "readers" | "writers") => {
			const use = uses.get(id) ?? { first: index, last: index, readers: new Set(), writers: new Set() };
			use[kind].add(index);
			use.last = index;
			uses.set(id, use);
		};
		for (const id of [...node.inputs, ...updatedBy(node)]) note(id, "readers");
		for (const id of node.outputs) note(id, "writers");
	});
	for (const id of results) {
		const use = uses.get(id);
		if (use !== undefined) use.last = nodes.length;
	}
	return uses;
}

function mayShare(uses: ReadonlyMap<TensorId, Use>, a: TensorId, b: TensorId, apart: number): boolean {
	const [x, y] = [uses.get(a), uses.get(b)];
	if (x === undefined || y === undefined) return false;
	const close = (m: number, n: number) => Math.abs(m - n) <= apart;
	const disjoint = (some: ReadonlySet<number>, others: ReadonlySet<number>) => ![...some].some((i) => others.has(i));
	return (
		close(x.first, y.first) && close(x.last, y.last) && disjoint(x.readers, y.writers) && disjoint(y.readers, x.writers)
	);
}
