// Puts activations that merged products use in the same role into one buffer, so that a merged dispatch needs fewer bindings:
// WebGPU guarantees eight. No dispatch may read from and write to one buffer, and tensors of one buffer live equally long.
import type { Graph, Node, TensorId } from "../ir.ts";
import type { NormGradientSumAttrs, TogetherAttrs } from "../ops/index.ts";
import { Draft, updatedBy } from "./draft.ts";

interface Use {
	readonly first: number;
	readonly last: number;
	readonly readers: ReadonlySet<number>;
	readonly writers: ReadonlySet<number>;
}

/** @param apart largest difference between the first uses, and between the last uses, of tensors in one buffer, in nodes */
export function shareBuffers(graph: Graph, apart: number): Graph {
	const uses = usesOf(graph);
	const setOf = new Map<TensorId, TensorId[]>();
	const unite = (a: TensorId[], b: TensorId[]) => {
		a.push(...b);
		for (const id of b) setOf.set(id, a);
	};
	const own = (id: TensorId): TensorId[] => {
		const set = setOf.get(id) ?? [id];
		setOf.set(id, set);
		return set;
	};
	// The kernel of normGradientSum reads all products from one buffer, and all u from another one.
	for (const { op, inputs, attrs } of graph.nodes) {
		if (op !== "normGradientSum") continue;
		const { terms } = attrs as NormGradientSumAttrs;
		const lows = inputs.slice(3 + terms.length).filter((_, i) => i % 2 === 0);
		for (const [first, ...others] of [inputs.slice(3, 3 + terms.length), lows])
			for (const id of others) unite(own(first), own(id));
	}
	const merged = graph.nodes.flatMap(({ op, attrs }) => (op === "together" ? [(attrs as TogetherAttrs).members] : []));
	for (const members of merged.sort((a, b) => b.length - a.length)) {
		for (const role of rolesOf(graph, members)) {
			const open: TensorId[][] = []; // buffers of this role
			for (const id of role) {
				const set = own(id);
				if (open.includes(set)) continue;
				const fitting = open.find((others) =>
					others.every((other) => set.every((one) => mayShare(uses, other, one, apart))),
				);
				if (fitting === undefined) open.push(set);
				else unite(fitting, set);
			}
		}
	}
	const draft = new Draft(graph);
	for (const set of new Set(setOf.values())) if (set.length > 1) draft.shareBuffer(set);
	return draft.build();
}

/** Columns of the narrow activations, which LoRA's products have. */
const NARROW = 64;

/** Activations of the members by position and width: every first input, every second one, and so on, and every output. */
function rolesOf({ tensors }: Graph, members: readonly Node[]): TensorId[][] {
	const most = Math.max(...members.map(({ inputs }) => inputs.length));
	const inputs = Array.from({ length: most }, (_, i) => members.flatMap((node) => node.inputs.slice(i, i + 1)));
	return [...inputs, members.flatMap((node) => node.outputs)].flatMap((ids) => {
		const activations = ids.filter((id) => tensors[id].role === "activation" && tensors[id].dtype === "f32");
		const isNarrow = (id: TensorId) => (tensors[id].shape[1] ?? 1) <= NARROW;
		return [activations.filter(isNarrow), activations.filter((id) => !isNarrow(id))];
	});
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
