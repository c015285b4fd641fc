// Lets the reader of an adapted product add its low-rank term (ops/with-low-rank.ts), so that x W and u = x A, which have the same
// input, need not wait for each other: gated activations, rotations, values, and the gradients of activations and of attention.
import { MOST_HEAD_DIM } from "../../kernels/low-rank.ts";
import { bufferKey, type Graph, type Node, type TensorId } from "../ir.ts";
import type { AttentionAttrs, RopeAttrs, SwigluAttrs, SwigluLowAttrs } from "../ops/index.ts";
import { Draft } from "./draft.ts";
import { type FoundLowRank, takeLowRank } from "./take-low-rank.ts";

export function fuseLowRank(graph: Graph): Graph {
	const draft = new Draft(graph);
	const rules: Readonly<Record<string, (draft: Draft, index: number, node: Node) => void>> = {
		swiglu: gatedActivation,
		swigluGradient: gatedGradient,
		rope: rotation,
		attention: attentionValues,
		attentionStatistics: statistics,
	};
	for (let index = 0; index < graph.nodes.length; index++) {
		const node = draft.at(index);
		if (node !== null) rules[node.op]?.(draft, index, node);
	}
	return draft.build();
}

const factors = (found: FoundLowRank): TensorId[] => [found.u, found.M];

/** Whether a node is the only reader of a tensor. */
const readOnlyBy = (draft: Draft, id: TensorId, index: number): boolean =>
	draft.uses(id).readers.join() === String(index);

function gatedActivation(draft: Draft, index: number, node: Node): void {
	const [gate, up] = node.inputs;
	const firstOf = (id: TensorId) => draft.uses(id).readers[0] === index;
	if (gate === up || !firstOf(gate) || !firstOf(up)) return;
	const first = takeLowRank(draft, gate, index, index, true);
	const home = first === null ? undefined : bufferKey(draft.tensor(first.M));
	const second = takeLowRank(draft, up, index, index, true, home);
	const found = [first, second].filter((one) => one !== null);
	if (found.length === 0) return;
	draft.set(index, {
		op: "swigluLow",
		name: node.name,
		inputs: [gate, up, ...found.flatMap(factors)],
		outputs: [gate, up, ...node.outputs],
		attrs: {
			...(node.attrs as SwigluAttrs),
			terms: [first?.low ?? null, second?.low ?? null],
		} satisfies SwigluLowAttrs,
	});
}

function gatedGradient(draft: Draft, index: number, node: Node): void {
	const [gate, up, dout] = node.inputs;
	const found = readOnlyBy(draft, dout, index) ? takeLowRank(draft, dout, index, index, false) : null;
	if (found === null) return;
	draft.set(index, {
		...node,
		op: "swigluGradientLow",
		inputs: [gate, up, dout, ...factors(found)],
		attrs: { ...(node.attrs as SwigluAttrs), low: found.low },
	});
}

function rotation(draft: Draft, index: number, node: Node): void {
	const attrs = node.attrs as RopeAttrs;
	const [x] = node.inputs;
	if (attrs.inverse || attrs.head_dim % 4 !== 0 || attrs.rotary_dim % 8 !== 0 || !readOnlyBy(draft, x, index)) return;
	const found = takeLowRank(draft, x, index, index, true);
	if (found === null) return;
	draft.set(index, {
		...node,
		op: "ropeLow",
		inputs: [...node.inputs, ...factors(found)],
		attrs: { ...attrs, low: found.low },
	});
}

/** The values get their term where queries and keys do, so that all three are one dispatch. */
function attentionValues(draft: Draft, index: number, node: Node): void {
	const [, k, v] = node.inputs;
	const rotated = draft.uses(k).writers.map((position) => draft.node(position))[0];
	if (rotated?.op !== "ropeLow" || draft.uses(v).readers[0] !== index) return;
	const [, cos, sin, positions] = rotated.inputs;
	const found = takeLowRank(draft, v, index, index, true);
	if (found === null) return;
	const whole = draft.activation(`${draft.tensor(v).name} +`, draft.tensor(v));
	draft.replaceTensor(v, whole, index);
	draft.insertBefore(index, {
		op: "ropeLow",
		name: `${node.name}.values`,
		inputs: [v, cos, sin, positions, ...factors(found)],
		outputs: [whole],
		attrs: { ...(rotated.attrs as RopeAttrs), rotary_dim: 0, low: found.low },
	});
}

function statistics(draft: Draft, index: number, node: Node): void {
	const attrs = node.attrs as AttentionAttrs;
	const [dout] = node.inputs;
	if (attrs.head_dim % 4 !== 0 || attrs.head_dim < 16 || attrs.head_dim > MOST_HEAD_DIM) return;
	if (draft.uses(dout).readers[0] !== index) return;
	const found = takeLowRank(draft, dout, index, index, false);
	if (found === null) return;
	draft.set(index, {
		op: "attentionStatisticsLow",
		name: node.name,
		inputs: [...node.inputs, ...factors(found)],
		outputs: [dout, ...node.outputs],
		attrs: { ...attrs, low: found.low },
	});
}
