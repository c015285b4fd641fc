// Vectorised kernels: the same WGSL compiled for vec4 elements where a row's width is a multiple of four, else for
// scalars. vec4.wgsl or scalar.wgsl defines Elem. ELEMENTWISE states how many elements an invocation processes.
import scalarSource from "../../shaders/util/scalar.wgsl?raw";
import vec4Source from "../../shaders/util/vec4.wgsl?raw";
import { defineKernel, type KernelSpec, spread } from "./kernel.ts";

/** Invocations of a workgroup, and elements each of them processes: on software adapters a dispatch costs as much as five loads. */
export const ELEMENTWISE = { WORKGROUP: 32, PER: 8 } as const;

/** Workgroups of an element-wise kernel over `items` elements. */
export function elementwiseGroups(items: number): [number, number, number] {
	return spread(Math.ceil(items / (ELEMENTWISE.WORKGROUP * ELEMENTWISE.PER)));
}

export interface VectorizedKernel {
	readonly kernel: KernelSpec;
	/** Numbers per element; widths and counts are divided by it. */
	readonly elemSize: 1 | 4;
}

/** Defines a scalar and a vec4 variant of a kernel; the returned function picks one by the width of a row. */
export function defineVectorized(
	spec: Parameters<typeof defineKernel>[0],
): (width: number, mayVectorize?: boolean) => VectorizedKernel {
	const includes = spec.includes ?? [];
	const one: VectorizedKernel = {
		kernel: defineKernel({ ...spec, includes: [scalarSource, ...includes] }),
		elemSize: 1,
	};
	const four: VectorizedKernel = {
		kernel: defineKernel({ ...spec, name: `${spec.name} x4`, includes: [vec4Source, ...includes] }),
		elemSize: 4,
	};
	return (width, mayVectorize = true) => (mayVectorize && width % 4 === 0 ? four : one);
}
