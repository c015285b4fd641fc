// The graph: tensors with shapes, and the nodes that compute them. A model, its gradient and its optimiser are lists of
// nodes. Nothing here depends on a GPU.
import type { LiveBound } from "../kernels/step.ts";
import { type WeightFormat, weightFormatBytes } from "../kernels/weight-format.ts";

export type TensorId = number;
export type DType = "u32" | WeightFormat; // formats of frozen weights: kernels/weight-format.ts

/**
 * weight: frozen, uploaded once. input: written before each replay. state: lives from replay to replay (flat
 * parameters, gradients, moments, KV cache). activation: lives inside one replay; the memory plan assigns it a slot.
 */
export type Role = "weight" | "input" | "state" | "activation";

export interface TensorSpec {
	readonly id: TensorId;
	readonly name: string;
	readonly shape: readonly number[];
	readonly dtype: DType;
	readonly role: Role;
	/** Rows (axis 0) in use. The token axis has room for the longest micro-batch, and a step fills part of it. */
	readonly live?: LiveBound;
	/**
	 * A window of a named flat buffer; adapters are in "params", their gradients in "grads". Activations that share a slot of the
	 * memory plan are windows of a buffer, too. offset: elements
	 */
	readonly view?: { readonly buffer: string; readonly offset: number };
}

/** The properties of an output that its op infers. */
export type OutputSpec = Pick<TensorSpec, "shape" | "dtype" | "live">;

export interface Node {
	readonly op: string;
	/** Path for messages and for passes that work by layer: "layers.3.self_attn.q_proj". */
	readonly name: string;
	readonly inputs: readonly TensorId[];
	/** An output is written once; later nodes may only add into it (`attrs.accumulate`) or, for a state, update it in place. */
	readonly outputs: readonly TensorId[];
	readonly attrs: unknown;
}

export interface Graph {
	readonly tensors: readonly TensorSpec[]; // indexed by id
	readonly nodes: readonly Node[]; // in order of execution
	/** Activations that the caller reads after a replay; the memory plan keeps them. */
	readonly results: readonly TensorId[];
}

export function elements(shape: readonly number[]): number {
	return shape.reduce((product, n) => product * n, 1);
}

/** Bytes of a tensor as stored, in whole words. */
export function byteLength({ shape, dtype }: Pick<TensorSpec, "shape" | "dtype">): number {
	return weightFormatBytes(dtype === "u32" ? "f32" : dtype, shape);
}

/** Storage format of a tensor of numbers. */
export function weightFormatOf({ name, dtype }: Pick<TensorSpec, "name" | "dtype">): WeightFormat {
	if (dtype === "u32") throw new Error(`${name} holds indices`);
	return dtype;
}

/** The key of a persistent tensor's memory; graphs that use the same key share the buffer. */
export function bufferKey(spec: TensorSpec): string {
	return spec.view?.buffer ?? spec.name;
}

/** The range that covers tensors of one buffer, in bytes from the start of one of them, and their offsets in it, in elements. */
export function hullOf(specs: readonly Pick<TensorSpec, "id" | "name" | "shape" | "dtype" | "view">[]): {
	readonly range: { readonly tensor: TensorId; readonly offset: number; readonly size: number };
	readonly offsets: readonly number[];
} {
	const start = (spec: Pick<TensorSpec, "view">) => spec.view?.offset ?? 0;
	const [{ view }] = specs;
	if (specs.some((spec) => spec.id !== specs[0].id && (view === undefined || spec.view?.buffer !== view.buffer)))
		throw new Error(`${specs.map(({ name }) => name).join(", ")} are in different buffers`);
	const first = specs.reduce((low, spec) => (start(spec) < start(low) ? spec : low));
	const end = Math.max(...specs.map((spec) => start(spec) * 4 + byteLength(spec)));
	return {
		range: { tensor: first.id, offset: 0, size: Math.max(4, end - start(first) * 4) },
		offsets: specs.map((spec) => start(spec) - start(first)),
	};
}
