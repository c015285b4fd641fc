// Element-wise kernels share the frame elementwise.wgsl: parameters, live rows and the loop. The .wgsl file of a kernel declares
// its bindings, `fn setup()` if it computes anything once per invocation, and last `fn element(i: u32)`.
import frame from "../../shaders/elementwise/elementwise.wgsl?raw";
import {
	bindings,
	type ConstantValue,
	defineKernel,
	type KernelCall,
	type KernelSpec,
	type TensorRange,
} from "./kernel.ts";
import { type LiveBound, liveCode } from "./step.ts";
import { defineVectorized, ELEMENTWISE, elementwiseGroups } from "./vectorize.ts";

export interface ElementwiseOptions {
	readonly includes?: KernelSpec["includes"];
	/** Parameters in addition to the frame's. */
	readonly params?: KernelSpec["params"];
	/** Whether a variant for vec4 elements is compiled where the width allows it; true by default. */
	readonly vectorize?: boolean;
}

export interface ElementwiseCallOptions {
	readonly constants?: Readonly<Record<string, ConstantValue>>;
	readonly params?: Readonly<Record<string, number>>;
	/** Operations per number, for the cost estimate; 1 by default. */
	readonly flops?: number;
}

/** Makes the call of one kernel. rows, width: the shape of every matrix; rows past the live ones are not written. */
export type ElementwiseCall<Name extends string> = (
	io: Readonly<Record<Name, TensorRange>>,
	rows: number,
	width: number,
	live?: LiveBound,
	options?: ElementwiseCallOptions,
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
	{ includes = [], params: own = {}, vectorize = true }: ElementwiseOptions = {},
): ElementwiseCall<Name> {
	const spec = {
		name,
		source: framed(source, own),
		includes,
		params: { rows: "u32", width: "u32", live_axis: "u32", live_offset: "u32", ...own },
		bindings: bindings(reads, writes),
	} as const;
	const pick = vectorize ? defineVectorized(spec) : scalarOnly(spec);
	return (io, rows, width, live, { constants = {}, params = {}, flops = 1 } = {}) => {
		const { kernel, elemSize } = pick(width);
		return {
			kernel,
			constants: { ...ELEMENTWISE, ...constants },
			params: { rows, width: width / elemSize, live_axis: liveCode(live), live_offset: live?.offset ?? 0, ...params },
			bindings: [...reads, ...writes].map((binding) => io[binding]),
			workgroups: elementwiseGroups((rows * width) / elemSize),
			flops: flops * rows * width,
		};
	};
}

function scalarOnly(spec: Parameters<typeof defineKernel>[0]): ReturnType<typeof defineVectorized> {
	const kernel = defineKernel(spec);
	return () => ({ kernel, elemSize: 1 });
}

/**
 * The frame with the kernel's parameters, and the bodies of `setup` and `element` inside `main`: the speed must not depend on
 * a driver that inlines calls.
 */
function framed(source: string, params: KernelSpec["params"]): string {
	const [start, element] = source.split("fn element(i: u32) {\n");
	const [declarations, setup = "}"] = start.split("fn setup() {\n");
	const fields = Object.entries(params).map(([name, type]) => `\t${name}: ${type},\n`);
	return (
		declarations +
		frame
			.replace("\tlive_offset: u32,\n", (last) => last + fields.join(""))
			.replace("\tsetup();\n", () => setup.slice(0, setup.lastIndexOf("}")))
			.replace("element(i);", () => `{\n${element}`)
	);
}
