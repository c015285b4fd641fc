// The definition of an op, shared by both executors: output shapes, gradient as nodes, reference in TypeScript, and kernel
// calls. ops/ has one op per file.
import type { KernelCall } from "../kernels/kernel.ts";
import type { StepScalars } from "../kernels/step.ts";
import type { Tuning } from "../kernels/tuning.ts";
import type { GraphBuilder } from "./builder.ts";
import type { Node, TensorSpec } from "./ir.ts";

/** Values in the reference executor: float64 as oracle, float32 to mimic the GPU; ids and indices are u32. bf16 weights arrive decoded. */
export type Real = Float32Array | Float64Array;
export type Values = Real | Uint32Array;

export type OutputSpec = Pick<TensorSpec, "shape" | "dtype" | "live">;

export interface BackwardContext<A> {
	readonly builder: GraphBuilder;
	readonly node: Node;
	readonly attrs: A;
	readonly inputs: readonly TensorSpec[];
	readonly outputs: readonly TensorSpec[];
	/** Gradient of each output; undefined if none flows back. */
	readonly gradOutputs: readonly (TensorSpec | undefined)[];
	/** Which inputs need a gradient: only those above something trainable. */
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
	readonly outputs: readonly Values[]; // zero-filled when first written; live as in a GPU buffer when updated in place
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

export interface KernelLimits {
	readonly maxStorageBufferBindingSize: number; // bytes
	readonly maxComputeWorkgroupsPerDimension: number;
	readonly maxComputeInvocationsPerWorkgroup: number;
	readonly maxComputeWorkgroupStorageSize: number; // bytes
}

export interface OpDef<A> {
	readonly op: string;
	/** Shapes of the outputs; throws when inputs do not fit together. An output without a `live` key takes that of input 0; `live: undefined` says all rows. */
	infer(attrs: A, inputs: readonly TensorSpec[]): OutputSpec[];
	/** The gradient, as nodes added to `builder`. Absent: the op cannot be differentiated through. */
	backward?(context: BackwardContext<A>): void;
	/** Computes outputs from inputs, live rows only (or all: rows behind the live ones are never read). */
	reference(context: ReferenceContext<A>): void;
	/** The dispatches that do the same on a GPU. */
	lower(context: LowerContext<A>): KernelCall[];
	/** Outputs (by index) that the op adds into or updates in place: what they held before matters. */
	updates?(attrs: A): readonly number[];
}

const registry = new Map<string, OpDef<unknown>>();

/** Adds an op to a graph. An op without attributes takes none. */
type OpBuilder<A, Result> = (
	builder: GraphBuilder,
	name: string,
	inputs: readonly TensorSpec[],
	...attrs: [A] extends [null] ? [] : [attrs: A]
) => Result;

/** Registers an op of several outputs and returns its builder: `splitColumns(builder, name, inputs, attrs) → outputs`. */
export function defineMultiOp<A>(def: OpDef<A>): OpBuilder<A, TensorSpec[]> {
	registry.set(def.op, def as OpDef<unknown>);
	return (builder, name, inputs, ...[attrs = null]) => builder.add(def as OpDef<unknown>, name, inputs, attrs);
}

/** Registers an op and returns its builder: `add(builder, name, inputs, attrs) → first output`. Further outputs serve the gradient. */
export function defineOp<A>(def: OpDef<A>): OpBuilder<A, TensorSpec> {
	registry.set(def.op, def as OpDef<unknown>);
	return (builder, name, inputs, ...[attrs = null]) => builder.add(def as OpDef<unknown>, name, inputs, attrs)[0];
}

export function opOf(name: string): OpDef<unknown> {
	const def = registry.get(name);
	if (def === undefined) throw new Error(`no op named "${name}"; ops are registered by graph/ops/index.ts`);
	return def;
}

export function registeredOps(): readonly OpDef<unknown>[] {
	return [...registry.values()];
}
