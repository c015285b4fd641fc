// Fuses norms with the sums of the residual stream (ops/norm-sum.ts): the sum before a norm, and the sums around its gradient. The
// low-rank term of a product whose result is only added becomes part of the sum, so that the product can run together with
// the other factor, u, which has the same input.
import { MOST_TERMS } from "../../kernels/norm-sum.ts";
import { bufferKey, type Graph, type Node, type TensorId } from "../ir.ts";
import type { CenteredNormAttrs, MatmulAttrs, NormGradientSumAttrs, NormSumAttrs } from "../ops/index.ts";
import { Draft } from "./draft.ts";
import { type FoundLowRank, takeLowRank } from "./take-low-rank.ts";

export function fuseResiduals(graph: Graph): Graph {
	const draft = new Draft(graph);
	for (let index = 0; index < graph.nodes.length; index++) {
		const node = draft.at(index);
		if (node?.op === "rmsNorm" || node?.op === "layerNorm") fuseSum(draft, index, node);
		if (node?.op === "normGradient") fuseGradient(draft, index, node);
	}
	return draft.build();
}

const isVectorized = (draft: Draft, x: TensorId, vectors: readonly TensorId[]): boolean =>
	draft.tensor(x).shape[1] % 4 === 0 && vectors.every((id) => draft.tensor(id).dtype === "f32");

/** y += x, norm(y) → normSum */
function fuseSum(draft: Draft, index: number, node: Node): void {
	const [y, ...vectors] = node.inputs;
	const attrs = node.attrs as CenteredNormAttrs;
	if ((attrs.groups ?? 1) > 1 || !isVectorized(draft, y, vectors)) return;
	const { writers, readers } = draft.uses(y);
	const at = writers.findLast((position) => position < index);
	if (at === undefined || readers.some((position) => position > at && position < index)) return;
	const sum = draft.node(at);
	if (sum.op !== "accumulate" || draft.anyWrites(at, index, sum.inputs)) return;
	const [x] = sum.inputs;
	const found = takeLowRank(draft, y, at, index);
	draft.set(at, null);
	draft.set(index, {
		op: "normSum",
		name: node.name,
		inputs: [x, y, ...vectors, ...(found === null ? [] : [found.u, found.M])],
		outputs: [y, ...node.outputs],
		attrs: { ...attrs, centered: node.op === "layerNorm", low: found?.low ?? null } satisfies NormSumAttrs,
	});
}

/** normGradient(x, weight, Σ products), stream += dx → normGradientSum */
function fuseGradient(draft: Draft, index: number, node: Node): void {
	const [x, weight, d] = node.inputs;
	const [dx] = node.outputs;
	const attrs = node.attrs as CenteredNormAttrs;
	if ((attrs.groups ?? 1) > 1 || !isVectorized(draft, x, [weight]) || draft.isResult(dx)) return;
	const at = draft.uses(dx).readers.find((position) => position > index);
	if (at === undefined || draft.node(at).op !== "accumulate") return;
	const { inputs, outputs } = draft.node(at);
	const [old] = outputs; // stream or dx
	const stream = inputs[0] === dx ? inputs[1] : inputs[0];
	if (stream === dx || draft.tensor(old).role !== "activation" || draft.isResult(old)) return;
	if (old === stream && draft.uses(dx).readers.some((position) => position > at)) return;
	if (draft.anyWrites(index, at, [x, weight, d, stream])) return;
	const products = takeProducts(draft, d, index, at);
	const lows = products.flatMap(({ found }) => (found === null ? [] : [found]));
	draft.set(index, null);
	const out = draft.activation(`${node.name} +`, draft.tensor(dx));
	draft.replaceTensor(old, out, at + 1);
	draft.set(at, {
		op: "normGradientSum",
		name: node.name,
		inputs: [x, weight, stream, ...products.map(({ id }) => id), ...lows.flatMap(({ u, M }) => [u, M])],
		outputs: [out],
		attrs: { ...attrs, terms: products.map(({ found }) => found?.low ?? null) } satisfies NormGradientSumAttrs,
	});
}

/** The products whose sum is `d`, each with its own output; one product without a low-rank term if d is another sum. */
function takeProducts(
	draft: Draft,
	d: TensorId,
	index: number,
	until: number,
): { readonly id: TensorId; readonly found: FoundLowRank | null }[] {
	const { writers, readers } = draft.uses(d);
	const whole = [{ id: d, found: null }];
	const products = writers.map((position) => draft.node(position));
	const sums = products.every(({ op, attrs }, i) => op === "matmul" && (attrs as MatmulAttrs).accumulate === i > 0);
	const others = readers.filter((position) => !writers.includes(position));
	if (
		!sums ||
		products.length > MOST_TERMS ||
		others.length !== 1 ||
		draft.isResult(d) ||
		writers.some((w) => w > index)
	)
		return whole;
	const ids = [...writers].map((position, i) => {
		if (i === 0) return d;
		const node = draft.node(position);
		const id = draft.activation(`${node.name} ${i}`, draft.tensor(d));
		draft.set(position, { ...node, outputs: [id], attrs: { ...(node.attrs as MatmulAttrs), accumulate: false } });
		return id;
	});
	let buffer: string | null = null;
	return ids.map((id) => {
		const { inputs, attrs } = draft.node(draft.uses(id).writers[0]);
		const segment = (attrs as MatmulAttrs).segments[1];
		if (segment === undefined || segment.transposeB) return { id, found: null };
		const home = bufferKey(draft.tensor(inputs[3]));
		const found = buffer === null || buffer === home ? takeLowRank(draft, id, index, until) : null;
		if (found !== null) buffer = home;
		return { id, found };
	});
}
