// The definition of an op, shared by both executors: output shapes, gradient as nodes, reference in TypeScript, and kernel
// calls. ops/ has one op per file.
import type { KernelCall, TensorRange } from "../kernels/kernel.ts";
import type { StepScalars } from "../kernels/step.ts";
import type { Tuning } from "../kernels/tuning.ts";
import type { GraphBuilder } from "./builder.ts";
import type { Node, OutputSpec, TensorSpec } from "./ir.ts";

/** Values in the reference executor: float64 as the reference, float32 to imitate the GPU. bf16 weights are decoded. */
export type Real = Float32Array | Float64Array;
export type Values = Real | Uint32Array;

export interface BackwardContext<A> {
	readonly builder: GraphBuilder;
	readonly node: Node;
	readonly attrs: A;
	readonly inputs: readonly TensorSpec[];
	readonly outputs: readonly TensorSpec[];
	/** Gradient of each output; undefined if none flows back. */
	readonly gradOutputs: readonly (TensorSpec | undefined)[];
	/** Which inputs need a gradient: only those that depend on a trainable tensor. */
	readonly needs: readonly boolean[];
	/** Gradient buffer of a trainable input, for an op that adds to a small part of it; null for other inputs. */
	gradBuffer(inputIndex: number): TensorSpec | null;
	/** Sets the gradient of one input; it has the shape of the input. */
	setGrad(inputIndex: number, gradient: TensorSpec): void;
}

export interface ReferenceContext<A> {
	readonly attrs: A;
	readonly inputs: readonly Values[];
	readonly inputSpecs: readonly TensorSpec[];
	readonly outputs: readonly Values[]; // zeros when first written; the previous values when updated in place
	readonly outputSpecs: readonly TensorSpec[];
	readonly step: StepScalars;
}

export interface LowerContext<A> {
	readonly attrs: A;
	readonly inputs: readonly TensorSpec[];
	readonly outputs: readonly TensorSpec[];
	/** Kernel variants chosen by measurement on this device. */
	readonly tuning: Tuning;
	readonly limits: KernelLimits;
}

/** Ranges that cover each tensor, for a kernel call. */
export function ranges<Name extends string>(tensors: Readonly<Record<Name, TensorSpec>>): Record<Name, TensorRange> {
	const entries = Object.entries<TensorSpec>(tensors).map(([name, { id }]) => [name, { tensor: id }] as const);
	return Object.fromEntries(entries) as Record<Name, TensorRange>;
}

export interface KernelLimits {
	readonly maxStorageBufferBindingSize: number; // bytes
	readonly maxComputeWorkgroupsPerDimension: number;
	readonly maxComputeInvocationsPerWorkgroup: number;
	readonly maxComputeWorkgroupStorageSize: number; // bytes
}

export interface OpDef<A> {
	readonly op: string;
	/** Shapes of the outputs; throws if the inputs do not match. An output without a `live` key has that of input 0; `live: undefined` means all rows. */
	infer(attrs: A, inputs: readonly TensorSpec[]): OutputSpec[];
	/** Adds the nodes of the gradient to `builder`; absent if the op is not differentiable. */
	backward?(context: BackwardContext<A>): void;
	/** Computes the live rows of the outputs; rows past them are never read. */
	reference(context: ReferenceContext<A>): void;
	/** The kernel calls that compute the op on the GPU. */
	lower(context: LowerContext<A>): KernelCall[];
	/** Outputs (by index) that the op adds to or updates in place, so their previous values matter. */
	updates?(attrs: A): readonly number[];
}

/** The attributes of an op as an argument list, empty for an op without attributes. */
type Attrs<A> = [A] extends [null] ? [] : [attrs: A];

/** An op as a function that adds a node with new outputs. */
export type Op<A, Result> = AddNode<A, Result> & {
	readonly def: OpDef<A>;
	/** Adds a node that writes existing tensors, such as a state or a gradient. */
	readonly into: InPlace<A>;
};

type AddNode<A, Result> = (
	builder: GraphBuilder,
	name: string,
	inputs: readonly TensorSpec[],
	...attrs: Attrs<A>
) => Result;

type InPlace<A> = (
	builder: GraphBuilder,
	name: string,
	inputs: readonly TensorSpec[],
	outputs: readonly TensorSpec[],
	...attrs: Attrs<A>
) => void;

/** Defines an op of several outputs: `splitColumns(builder, name, inputs, attrs)` returns all of them. */
export function defineMultiOp<A>(def: OpDef<A>): Op<A, TensorSpec[]> {
	const into: InPlace<A> = (builder, name, inputs, outputs, ...[attrs = null]) =>
		builder.addInto(def, name, inputs, outputs, attrs);
	const add: AddNode<A, TensorSpec[]> = (builder, name, inputs, ...[attrs = null]) =>
		builder.add(def, name, inputs, attrs);
	return Object.assign(add, { def, into });
}

/** Defines an op: `add(builder, name, inputs, attrs)` returns the first output. Further outputs serve the gradient. */
export function defineOp<A>(def: OpDef<A>): Op<A, TensorSpec> {
	const { into } = defineMultiOp(def);
	const add: AddNode<A, TensorSpec> = (builder, name, inputs, ...[attrs = null]) =>
		builder.add(def, name, inputs, attrs)[0];
	return Object.assign(add, { def, into });
}
