// together: independent nodes as one node, whose kernel calls are merged into as few dispatches as possible. Only the pass
// merge-dispatches.ts adds it.
import { mergeCalls } from "../../kernels/merge.ts";
import { type MatmulShape, type Tuning, tuningTogether } from "../../kernels/tuning.ts";
import { bufferKey, byteLength, type Node, type TensorId, type TensorSpec } from "../ir.ts";
import type { OpDef, Values } from "../op.ts";

export interface TogetherAttrs {
	/** None reads or writes what another one writes. Their tensors are inputs and outputs of the node. */
	readonly members: readonly Node[];
	/** Outputs, by index, that a member updates in place. */
	readonly updated: readonly number[];
}

/** @param opOf the definitions of the members' ops */
export function togetherOp(opOf: (name: string) => OpDef<unknown>): OpDef<TogetherAttrs> {
	return {
		op: "together",
		infer: () => {
			throw new Error("only a pass may add a node of merged nodes");
		},
		updates: ({ updated }) => updated,
		reference({ attrs, inputs, inputSpecs, outputs, outputSpecs, step }) {
			const specs = byId([...inputSpecs, ...outputSpecs]);
			const values = new Map<TensorId, Values>();
			inputSpecs.forEach(({ id }, i) => {
				values.set(id, inputs[i]);
			});
			outputSpecs.forEach(({ id }, i) => {
				values.set(id, outputs[i]);
			});
			for (const node of attrs.members) {
				opOf(node.op).reference({
					attrs: node.attrs,
					inputs: node.inputs.map((id) => need(values, id)),
					inputSpecs: node.inputs.map((id) => need(specs, id)),
					outputs: node.outputs.map((id) => need(values, id)),
					outputSpecs: node.outputs.map((id) => need(specs, id)),
					step,
				});
			}
		},
		lower({ attrs, inputs, outputs, tuning, limits }) {
			const specs = byId([...inputs, ...outputs]);
			const callsOf = (of: Tuning) =>
				attrs.members.map((node) =>
					opOf(node.op).lower({
						attrs: node.attrs,
						inputs: node.inputs.map((id) => need(specs, id)),
						outputs: node.outputs.map((id) => need(specs, id)),
						tuning: of,
						limits,
					}),
				);
			const shapes: MatmulShape[] = [];
			callsOf({
				...tuning,
				matmul: (shape) => {
					shapes.push(shape);
					return tuning.matmul(shape);
				},
			});
			const calls = callsOf(tuningTogether(tuning, shapes));
			const placeOf = (tensor: TensorId) => {
				const spec = need(specs, tensor);
				const shared = spec.role !== "activation" || spec.view !== undefined;
				return {
					buffer: shared ? bufferKey(spec) : `activation ${tensor}`,
					offset: (spec.view?.offset ?? 0) * 4,
					bytes: Math.max(4, byteLength(spec)),
				};
			};
			// The calls of one node depend on each other.
			const several = calls.filter((list) => list.length > 1).flat();
			const single = calls.filter((list) => list.length === 1).flat();
			return [...several, ...mergeCalls(single, placeOf, limits)];
		},
	};
}

function byId(specs: readonly TensorSpec[]): Map<TensorId, TensorSpec> {
	return new Map(specs.map((spec) => [spec.id, spec]));
}

function need<T>(map: ReadonlyMap<TensorId, T>, id: TensorId): T {
	const found = map.get(id);
	if (found === undefined) throw new Error(`merged nodes do not declare tensor ${id}`);
	return found;
}
