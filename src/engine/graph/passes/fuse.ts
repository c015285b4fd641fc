// Fusion: merges sums and accumulations into the preceding matmul, and computes a sum in place when an operand is not read
// again. Each function in RULES rewrites nodes or returns null.
import { bufferKey, type Graph, type Node, type TensorId } from "../ir.ts";
import type { MatmulAttrs } from "../ops/index.ts";
import { Draft } from "./draft.ts";

/** New nodes for old ones, and tensors that are replaced by others in all nodes after `at`. */
interface Rewrite {
	readonly at: number; // the node that is replaced
	readonly node: Node;
	readonly drop: readonly number[]; // other nodes that are removed
	readonly rename?: { readonly from: TensorId; readonly to: TensorId };
}

type Rule = (draft: Draft, index: number, node: Node) => Rewrite | null;

/** Ops that can add into their output instead of writing it, by `attrs.accumulate`. */
const PRODUCTS: readonly string[] = ["matmul", "multiLoraUp", "multiLoraGradient"];

/** The position of a product whose output is written once, read only by node `reader` and not a result; else null. */
function onlyFor(draft: Draft, id: TensorId, reader: number, ops = PRODUCTS): number | null {
	const { readers, writers } = draft.uses(id);
	if (draft.tensor(id).role !== "activation" || draft.isResult(id)) return null;
	if (writers.length !== 1 || readers.length !== 1 || readers[0] !== reader) return null;
	const [at] = writers;
	const node = draft.node(at);
	return ops.includes(node.op) && !attrsOf(node).accumulate ? at : null;
}

/** The attributes of a matmul; other products have only `accumulate`. */
function attrsOf(node: Node): MatmulAttrs {
	return node.attrs as MatmulAttrs;
}

/** Whether `index` is the last node that needs the activation `id`, and it is not a result. */
function diesAt(draft: Draft, id: TensorId, index: number): boolean {
	const { readers, writers } = draft.uses(id);
	const isActivation = draft.tensor(id).role === "activation";
	return isActivation && !draft.isResult(id) && readers.at(-1) === index && writers.every((writer) => writer < index);
}

function sameLive(draft: Draft, a: TensorId, b: TensorId): boolean {
	const [x, y] = [draft.tensor(a).live, draft.tensor(b).live];
	return x?.axis === y?.axis && x?.offset === y?.offset;
}

/** accumulate(product, place) → product that adds into the place. */
const intoPlace: Rule = (draft, index, node) => {
	if (node.op !== "accumulate") return null;
	const [gradient, place] = node.inputs;
	const at = onlyFor(draft, gradient, index);
	if (at === null) return null;
	const product = draft.node(at);
	// A dispatch may not read and write one buffer, and the product's inputs must not have changed.
	if (product.inputs.some((id) => bufferKey(draft.tensor(id)) === bufferKey(draft.tensor(place)))) return null;
	if (draft.anyWrites(at, index, product.inputs)) return null;
	return {
		at: index,
		drop: [at],
		node: { ...product, outputs: [place], attrs: { ...attrsOf(product), accumulate: true } },
	};
};

/** add(matmul, matmul) → one matmul with a segment of each. */
const twoSegments: Rule = (draft, index, node) => {
	if (node.op !== "add" || node.inputs[0] === node.inputs[1]) return null;
	const found = node.inputs.map((id) => onlyFor(draft, id, index, ["matmul"]));
	if (found[0] === null || found[1] === null) return null;
	const positions = [found[0], found[1]];
	const [first, second] = positions.map((position) => draft.node(position));
	const product = joined(draft, first, second);
	if (product === null || draft.anyWrites(Math.min(...positions), index, product.inputs)) return null;
	return { at: index, drop: positions, node: { ...product, name: node.name, outputs: node.outputs } };
};

/** Combines two matmuls of one segment into one of two segments; it accumulates if the first does. */
function joined(draft: Draft, first: Node, second: Node): Pick<Node, "op" | "inputs" | "attrs"> | null {
	const isFrozenForm = (node: Node) => draft.tensor(node.inputs[1]).dtype !== "f32";
	if (isFrozenForm(first) && isFrozenForm(second)) return null;
	const ordered = isFrozenForm(second) ? [second, first] : [first, second]; // only the first segment may read other than f32
	const segments = ordered.flatMap((node) => attrsOf(node).segments);
	if (
		segments.length > 2 ||
		segments.some(({ transposeA }) => transposeA) ||
		(attrsOf(first).bias && attrsOf(second).bias)
	)
		return null;
	const [a, b] = ordered.map((node) => draft.tensor(node.inputs[0]).live);
	if (a?.axis !== b?.axis || a?.offset !== b?.offset) return null;
	const inputs = [
		...ordered.flatMap((node) => node.inputs.slice(0, 2)),
		...ordered.flatMap((node) => node.inputs.slice(2)),
	];
	const { accumulate, bias } = attrsOf(first);
	return {
		op: "matmul",
		inputs,
		attrs: { segments, accumulate, bias: bias || attrsOf(second).bias } satisfies MatmulAttrs,
	};
}

/** add(x, product) where x dies → product that adds into x, which replaces the sum. */
const reuseDeadInput: Rule = (draft, index, node) => {
	if (node.op !== "add" || draft.isResult(node.outputs[0]) || node.inputs[0] === node.inputs[1]) return null;
	for (const [x, y] of [node.inputs, [...node.inputs].reverse()]) {
		const at = onlyFor(draft, y, index);
		if (at === null || !diesAt(draft, x, index) || !sameLive(draft, x, node.outputs[0])) continue;
		const product = draft.node(at);
		if (product.inputs.includes(x) || draft.anyWrites(at, index, product.inputs)) continue;
		const fused = { ...product, name: node.name, outputs: [x], attrs: { ...attrsOf(product), accumulate: true } };
		return { at: index, drop: [at], node: fused, rename: { from: node.outputs[0], to: x } };
	}
	return null;
};

/** Two products of one segment that add into the same tensor → one product with both segments. */
const joinProducts: Rule = (draft, index, later) => {
	if (later.op !== "matmul" || !attrsOf(later).accumulate) return null;
	const [place] = later.outputs;
	const { readers, writers } = draft.uses(place);
	const at = writers[writers.indexOf(index) - 1];
	if (at === undefined || draft.node(at).op !== "matmul" || readers.some((reader) => reader > at && reader < index))
		return null;
	const earlier = draft.node(at);
	if (draft.anyWrites(at, index, [...earlier.inputs, place])) return null;
	const attrs = joined(draft, earlier, later);
	if (attrs === null) return null;
	return { at: index, drop: [at], node: { ...attrs, name: later.name, outputs: [place] } };
};

/** add(x, y) where x dies → x += y. */
const inPlace: Rule = (draft, index, node) => {
	const [out] = node.outputs;
	if (node.op !== "add" || draft.isResult(out) || node.inputs[0] === node.inputs[1]) return null;
	for (const [x, y] of [node.inputs, [...node.inputs].reverse()]) {
		if (!diesAt(draft, x, index) || !sameLive(draft, x, out)) continue;
		return {
			at: index,
			drop: [],
			node: { op: "accumulate", name: node.name, inputs: [y, x], outputs: [x], attrs: null },
			rename: { from: out, to: x },
		};
	}
	return null;
};

/** Rules in order of priority: a sum that can become a product must not become an accumulation first. */
const RULES: readonly Rule[] = [intoPlace, twoSegments, reuseDeadInput, joinProducts, inPlace];

/** Applies every rule from front to back. */
export function fuse(graph: Graph): Graph {
	const draft = new Draft(graph);
	for (const rule of RULES) {
		for (let index = 0; index < graph.nodes.length; index++) {
			const node = draft.at(index);
			const rewrite = node && rule(draft, index, node);
			if (!rewrite) continue;
			for (const dropped of rewrite.drop) draft.set(dropped, null);
			draft.set(rewrite.at, rewrite.node);
			if (rewrite.rename !== undefined) draft.replaceTensor(rewrite.rename.from, rewrite.rename.to);
		}
	}
	return draft.build();
}
