// Kernels that walk numbers in items of four where a row's width allows it, of one where not: the same shader text
// with item4.wgsl or item1.wgsl in front. Also how much an element-wise kernel does in one invocation.
import item1Source from "../../shaders/item1.wgsl?raw";
import item4Source from "../../shaders/item4.wgsl?raw";
import { defineKernel, type KernelSpec, spread } from "./kernel.ts";

/** Invocations of a workgroup, and items each of them walks: a start costs a software adapter as much as five loads. */
export const ELEMENTWISE = { WORKGROUP: 32, PER: 8 } as const;

/** Workgroups of an element-wise kernel over so many items. */
export function elementwiseGroups(items: number): [number, number, number] {
	return spread(Math.ceil(items / (ELEMENTWISE.WORKGROUP * ELEMENTWISE.PER)));
}

export interface ItemKernel {
	readonly kernel: KernelSpec;
	/** Numbers in an item: widths and counts are divided by it. */
	readonly item: 1 | 4;
}

/** States a kernel for both sizes of item; what comes back picks one by the width of a row. */
export function defineItemKernels(
	spec: Parameters<typeof defineKernel>[0],
): (width: number, mayVectorize?: boolean) => ItemKernel {
	const includes = spec.includes ?? [];
	const one: ItemKernel = { kernel: defineKernel({ ...spec, includes: [item1Source, ...includes] }), item: 1 };
	const four: ItemKernel = {
		kernel: defineKernel({ ...spec, name: `${spec.name} x4`, includes: [item4Source, ...includes] }),
		item: 4,
	};
	return (width, mayVectorize = true) => (mayVectorize && width % 4 === 0 ? four : one);
}
