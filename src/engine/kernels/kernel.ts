// Defines what a kernel is (a WGSL file, its scalar parameters and its bindings) and the call that dispatches it. Plain
// data: nothing here touches a GPU.
import stepSource from "../../shaders/util/step.wgsl?raw";
import type { ScalarType } from "./step.ts";

export interface KernelSpec {
	readonly name: string;
	/** The text of the .wgsl file. It starts with `struct Params` and its bindings; constants are prepended. */
	readonly source: string;
	/** Fields of `struct Params` in order. Only scalars are allowed, because vectors would need padding. */
	readonly params: Readonly<Record<string, ScalarType>>;
	/** Storage bindings in order; the first is `@binding(2)`. At most 8. */
	readonly bindings: readonly { readonly name: string; readonly access: "read" | "read_write" }[];
	/** Of a binding of 4-byte elements, the parameter with the index of its first element: merge.ts may add to it. */
	readonly bases?: Readonly<Record<string, string>>;
	/** Shader text shared with other kernels, prepended (random.wgsl). */
	readonly includes: readonly string[];
	readonly features: readonly KernelFeature[];
	/** Threads of a subgroup, where the kernel needs that size and the device has others (subgroup-size-control). */
	readonly subgroupSize?: number;
}

/**
 * States a kernel. `kernel.test.ts` parses the WGSL of every kernel and checks `params` and `bindings` against it.
 * Binding 0 is the Step uniform, binding 1 the Params uniform, then the storage bindings.
 */
export function defineKernel(
	spec: Pick<KernelSpec, "name" | "source" | "params" | "bindings"> & Partial<KernelSpec>,
): KernelSpec {
	if (spec.bindings.length > 8) throw new Error(`${spec.name}: a stage has 8 storage buffers by default`);
	const whole = { includes: [], features: [], ...spec };
	KERNELS.push(whole);
	return whole;
}

/** Storage bindings by name: those that a kernel reads, then those that it writes. */
export const bindings = (reads: readonly string[], writes: readonly string[]): KernelSpec["bindings"] => [
	...reads.map((name) => ({ name, access: "read" }) as const),
	...writes.map((name) => ({ name, access: "read_write" }) as const),
];

/** Every kernel that has been defined, for the test that compares TypeScript and WGSL. */
export const KERNELS: KernelSpec[] = [];

export type ConstantValue = number | boolean | string;

/** A range of a tensor, which is identified by its id in the graph. Offsets are bytes, aligned to 256. */
export interface TensorRange {
	readonly tensor: number;
	readonly offset?: number; // bytes, default 0
	readonly size?: number; // bytes, default to the end of the tensor
}

/** One dispatch. */
export interface KernelCall {
	readonly kernel: KernelSpec;
	/** WGSL constants prepended: integers become `u32`, others `f32`; `{name: "vec4<f32>"}` strings become aliases. */
	readonly constants: Readonly<Record<string, ConstantValue>>;
	readonly params: Readonly<Record<string, number>>;
	readonly bindings: readonly TensorRange[];
	readonly workgroups: readonly [number, number, number];
	/** Floating-point operations of the call, for benches and for splitting a plan into submits. */
	readonly flops: number;
}

/** Features of the device that a kernel can need, with their WGSL extensions. */
const ENABLES = {
	subgroups: "subgroups",
	"shader-f16": "f16",
	// Offsets of matrices are the same for all threads of a subgroup, which the compiler cannot know.
	"chromium-experimental-subgroup-matrix":
		"chromium_experimental_subgroup_matrix;\ndiagnostic(off, chromium.subgroup_matrix_uniformity)",
} as const;
export type KernelFeature = keyof typeof ENABLES;

/** The complete shader text of a variant: step, includes, constants, source. It is also the key of its pipeline. */
export function shaderText(kernel: KernelSpec, constants: KernelCall["constants"]): string {
	const enables = kernel.features.map((feature) => `enable ${ENABLES[feature]};`);
	const text = ownText(kernel, constants);
	if (kernel.subgroupSize === undefined) return [...enables, stepSource, text].join("\n");
	const sized = text.replace("@compute", `@compute @subgroup_size(${kernel.subgroupSize})`);
	return ["enable subgroup_size_control;", ...enables, stepSource, sized].join("\n");
}

/** The text of a variant without the part that all kernels share. */
export function ownText(kernel: KernelSpec, constants: KernelCall["constants"]): string {
	const lines = Object.entries(constants).map(([name, value]) => {
		if (typeof value === "string") return `alias ${name} = ${value};`;
		if (typeof value === "boolean") return `const ${name} = ${value};`;
		return Number.isInteger(value) ? `const ${name} = ${value}u;` : `const ${name}: f32 = ${value};`;
	});
	return [...kernel.includes, ...lines, kernel.source].join("\n");
}

/** Workgroups for `count` groups when one dimension may hold at most `limit` (65,535 by default): [x, y, 1]; the kernel computes `group = y * num_workgroups.x + x` and returns if it is past the end. */
export function spread(count: number, limit = 65535): [number, number, number] {
	if (count <= limit) return [Math.max(1, count), 1, 1];
	const rows = Math.ceil(count / limit);
	return [Math.ceil(count / rows), rows, 1];
}
