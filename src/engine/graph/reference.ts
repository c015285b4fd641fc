// The reference executor: runs a graph node by node in TypeScript, in float64 (for finite differences) or float32 (to
// compare with the GPU). Simple and slow.
import { NEUTRAL_STEP, type StepScalars } from "../kernels/step.ts";
import { bufferKey, elements, type Graph, type TensorId, type TensorSpec } from "./ir.ts";
import type { Real, Values } from "./op.ts";
import { opOf } from "./ops/index.ts";

export type Precision = "float64" | "float32";

/** Persistent tensors (weights, inputs, states) by buffer key, shared by every graph that runs on this memory. */
export class ReferenceMemory {
	private readonly buffers = new Map<string, Values>();
	constructor(readonly precision: Precision) {}

	real(n: number): Real {
		return this.precision === "float64" ? new Float64Array(n) : new Float32Array(n);
	}

	/** Sets the values of a name; floats are converted to this memory's precision. */
	set(name: string, values: ArrayLike<number>, dtype: "real" | "u32" = "real"): void {
		if (dtype === "u32") this.buffers.set(name, Uint32Array.from(values));
		else {
			const copy = this.real(values.length);
			copy.set(values);
			this.buffers.set(name, copy);
		}
	}

	get(name: string): Values {
		const values = this.buffers.get(name);
		if (values === undefined) throw new Error(`reference memory has no "${name}"`);
		return values;
	}

	has(name: string): boolean {
		return this.buffers.has(name);
	}

	/** The values of a persistent tensor; a state that was never set starts as zeros. */
	of(spec: TensorSpec): Values {
		const key = bufferKey(spec);
		if (spec.view !== undefined) {
			return this.get(key).subarray(spec.view.offset, spec.view.offset + elements(spec.shape));
		}
		if (!this.buffers.has(key) && spec.role === "state") {
			this.buffers.set(
				key,
				spec.dtype === "u32" ? new Uint32Array(elements(spec.shape)) : this.real(elements(spec.shape)),
			);
		}
		return this.get(key);
	}
}

/** Called after each node with its outputs: for bisecting (`compare`) and for dumps. */
export type NodeObserver = (nodeIndex: number, outputs: readonly Values[]) => void;

/** Runs every node. Returns the final values of each activation, by tensor id. */
export function runReference(
	graph: Graph,
	memory: ReferenceMemory,
	scalars: Partial<StepScalars>,
	observe?: NodeObserver,
): Map<TensorId, Values> {
	const step = { ...NEUTRAL_STEP, ...scalars };
	const activations = new Map<TensorId, Values>();
	const valuesOf = (id: TensorId): Values => {
		const spec = graph.tensors[id];
		if (spec.role !== "activation") return memory.of(spec);
		const known = activations.get(id);
		if (known !== undefined) return known;
		const fresh = spec.dtype === "u32" ? new Uint32Array(elements(spec.shape)) : memory.real(elements(spec.shape));
		activations.set(id, fresh);
		return fresh;
	};
	graph.nodes.forEach((node, index) => {
		const outputs = node.outputs.map(valuesOf);
		opOf(node.op).reference({
			attrs: node.attrs,
			inputs: node.inputs.map(valuesOf),
			inputSpecs: node.inputs.map((id) => graph.tensors[id]),
			outputs,
			outputSpecs: node.outputs.map((id) => graph.tensors[id]),
			step,
		});
		observe?.(index, outputs);
	});
	return activations;
}
