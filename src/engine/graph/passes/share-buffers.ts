// Puts activations that merged products use in the same role into one buffer, so that a merged dispatch needs fewer bindings:
// WebGPU guarantees eight. No dispatch may read from and write to one buffer, and tensors of one buffer live equally long.
import type { Graph, Node, TensorId, TensorSpec } from "../ir.ts";
import type { NormGradientSumAttrs, TogetherAttrs } from "../ops/index.ts";
import { Draft, updatedBy } from "./draft.ts";

interface Use {
	readonly first: number;
	readonly last: number;
	readonly readers: ReadonlySet<number>;
	readonly writers: ReadonlySet<number>;
}

/** Largest difference between the first uses, and between the last uses, of tensors in one buffer, in nodes: of narrow tensors, and of short-lived ones. */
const APART = { narrow: 40, short: 2 } as const;

/** @param share the same for long-lived tensors, as a share of the shorter life */
export function shareBuffers(graph: Graph, share: number): Graph {
	const uses = usesOf(graph);
	const narrow = (id: TensorId) => isNarrow(graph.tensors[id]);
	const mayShare = (a: TensorId, b: TensorId): boolean => {
		const [x, y] = [uses.get(a), uses.get(b)];
		if (x === undefined || y === undefined) return false;
		const life = Math.min(x.last - x.first, y.last - y.first);
		const apart = narrow(a) && narrow(b) ? APART.narrow : Math.max(APART.short, share * life);
		const close = Math.abs(x.first - y.first) <= apart && Math.abs(x.last - y.last) <= apart;
		return close && disjoint(x.readers, y.writers) && disjoint(y.readers, x.writers);
	};
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
	// The kernel of normGradientSum reads all products from one buffer, and all u from another one, as swigluLow does.
	for (const { op, inputs, attrs } of graph.nodes) {
		const products = op === "normGradientSum" ? (attrs as NormGradientSumAttrs).terms.length : 0;
		if (products === 0 && op !== "swigluLow") continue;
		const end = products === 0 ? 2 : 3 + products;
		const lows = inputs.slice(end).filter((_, i) => i % 2 === 0);
		for (const [first, ...others] of [inputs.slice(end - products, end), lows])
			for (const id of others) unite(own(first), own(id));
	}
	const merged = graph.nodes.flatMap(({ op, attrs }) => (op === "together" ? [(attrs as TogetherAttrs).members] : []));
	for (const members of merged.sort((a, b) => b.length - a.length)) {
		for (const role of rolesOf(graph, members)) {
			const open: TensorId[][] = []; // buffers of this role
			for (const id of role) {
				const set = own(id);
				if (open.includes(set)) continue;
				const fitting = open.find((others) => others.every((other) => set.every((one) => mayShare(other, one))));
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

const isNarrow = ({ shape }: TensorSpec): boolean => (shape[1] ?? 1) <= NARROW;

/** Activations of the members by position and width: every first input, every second one, and so on, and every output. */
function rolesOf({ tensors }: Graph, members: readonly Node[]): TensorId[][] {
	const most = Math.max(...members.map(({ inputs }) => inputs.length));
	const inputs = Array.from({ length: most }, (_, i) => members.flatMap((node) => node.inputs.slice(i, i + 1)));
	return [...inputs, members.flatMap((node) => node.outputs)].flatMap((ids) => {
		const activations = ids.filter((id) => tensors[id].role === "activation" && tensors[id].dtype === "f32");
		return [true, false].map((narrow) => activations.filter((id) => isNarrow(tensors[id]) === narrow));
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

function disjoint(some: ReadonlySet<number>, others: ReadonlySet<number>): boolean {
	return ![...some].some((i) => others.has(i));
}
