// Reverse-mode differentiation: walks the nodes in reverse and lets each op add its gradient as nodes, only for inputs
// that depend on a trainable tensor. With a frozen base, no dW is computed.
import type { GraphBuilder } from "./builder.ts";
import type { TensorId, TensorSpec } from "./ir.ts";
import { accumulate, add, opOf } from "./ops/index.ts";

/**
 * Adds the backward nodes of all nodes from index `from` on.
 * @param seeds gradients already known, by tensor: the loss op computes the gradient of its input.
 * @param wrt trainable tensors (states); each gradient is added to `gradientOf(tensor)`.
 * @param through an activation whose gradient the caller also needs, to continue the backward pass from there.
 * @returns the gradient of `through`; undefined if no gradient flows back to it.
 */
export function differentiate(
	builder: GraphBuilder,
	seeds: ReadonlyMap<TensorId, TensorSpec>,
	wrt: readonly TensorSpec[],
	gradientOf: (trainable: TensorSpec) => TensorSpec,
	{ from = 0, through }: { from?: number; through?: TensorSpec } = {},
): TensorSpec | undefined {
	const forward = builder.nodes.slice(from);
	const needed = new Set<TensorId>(wrt.map((t) => t.id));
	if (through !== undefined) needed.add(through.id);
	for (const node of forward) {
		if (opOf(node.op).backward !== undefined && node.inputs.some((id) => needed.has(id))) {
			for (const id of node.outputs) needed.add(id);
		}
	}
	const gradients = new Map<TensorId, TensorSpec>(seeds);
	const trainable = new Set(wrt.map((t) => t.id));
	for (const node of forward.reverse()) {
		const def = opOf(node.op);
		if (def.backward === undefined) continue;
		const gradOutputs = node.outputs.map((id) => gradients.get(id));
		if (gradOutputs.every((gradient) => gradient === undefined)) continue;
		const needs = node.inputs.map((id) => needed.has(id));
		if (!needs.includes(true)) continue;
		def.backward({
			builder,
			node,
			attrs: node.attrs,
			inputs: node.inputs.map((id) => builder.spec(id)),
			outputs: node.outputs.map((id) => builder.spec(id)),
			gradOutputs,
			needs,
			gradBuffer(inputIndex) {
				const id = node.inputs[inputIndex];
				return trainable.has(id) ? gradientOf(builder.spec(id)) : null;
			},
			setGrad(inputIndex, gradient) {
				const id = node.inputs[inputIndex];
				if (id === undefined || !needed.has(id)) return;
				if (trainable.has(id)) {
					const place = gradientOf(builder.spec(id));
					accumulate(builder, `${place.name} +=`, gradient, place);
					return;
				}
				const known = gradients.get(id);
				gradients.set(
					id,
					known === undefined ? gradient : add(builder, `d ${builder.spec(id).name}`, [known, gradient]),
				);
			},
		});
	}
	return through && gradients.get(through.id);
}
