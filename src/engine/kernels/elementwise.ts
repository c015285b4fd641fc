// The element-wise kernels share elementwise.wgsl: parameters, live rows and the loop. Each kernel states its bindings and
// `fn element(i: u32)`, last in its own .wgsl file, and is compiled for vec4 and for scalar elements.
import frame from "../../shaders/elementwise/elementwise.wgsl?raw";
import type { ConstantValue, KernelCall, KernelSpec, TensorRange } from "./kernel.ts";
import { type LiveBound, liveCode } from "./step.ts";
import { defineVectorized, ELEMENTWISE, elementwiseGroups } from "./vectorize.ts";

export interface ElementwiseOptions {
	readonly constants?: Readonly<Record<string, ConstantValue>>;
	/** Operations per number, for the plan's cost; 1 by default. */
	readonly flops?: number;
}

/** Makes the call of one kernel. rows, width: the shape of every matrix; rows past the live ones are not written. */
export type ElementwiseCall<Name extends string> = (
	io: Readonly<Record<Name, TensorRange>>,
	rows: number,
	width: number,
	live?: LiveBound,
	options?: ElementwiseOptions,
) => KernelCall;

/**
 * Defines an element-wise kernel.
 * @param reads names of the inputs, in the order of their bindings
 * @param writes names of the outputs, whose bindings follow
 */
export function defineElementwise<Name extends string>(
	name: string,
	source: string,
	reads: readonly Name[],
	writes: readonly Name[],
	includes: KernelSpec["includes"] = [],
): ElementwiseCall<Name> {
	const pick = defineVectorized({
		name,
		source: inlined(source),
		includes,
		params: { rows: "u32", width: "u32", live_axis: "u32", live_offset: "u32" },
		bindings: [
			...reads.map((binding) => ({ name: binding, access: "read" }) as const),
			...writes.map((binding) => ({ name: binding, access: "read_write" }) as const),
		],
	});
	return (io, rows, width, live, { constants = {}, flops = 1 } = {}) => {
		const { kernel, elemSize } = pick(width);
		return {
			kernel,
			constants: { ...ELEMENTWISE, ...constants },
			params: { rows, width: width / elemSize, live_axis: liveCode(live), live_offset: live?.offset ?? 0 },
			bindings: [...reads, ...writes].map((binding) => io[binding]),
			workgroups: elementwiseGroups((rows * width) / elemSize),
			flops: flops * rows * width,
		};
	};
}

/** The frame with the body of `element` in its loop, so that the speed does not depend on a driver inlining the call. */
function inlined(source: string): string {
	const [declarations, body] = source.split("fn element(i: u32) {\n");
	return declarations + frame.replace("element(i);", `{\n${body}`);
}
