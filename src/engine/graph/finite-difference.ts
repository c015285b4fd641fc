// Test helper: compares an op's gradient nodes with central differences of its reference, both in float64 on the reference
// executor, with the tolerances of torch.autograd.gradcheck (eps 1e-6, atol 1e-5, rtol 1e-3).

import type { StepScalars } from "../kernels/step.ts";
import { differentiate } from "./autodiff.ts";
import { GraphBuilder } from "./builder.ts";
import { elements, type Graph, type TensorSpec } from "./ir.ts";
import { ReferenceMemory, runReference } from "./reference.ts";

export interface GradientCase {
	/** Declares inputs (as states, so that they can be differentiated), adds the op and returns its first output. */
	build(builder: GraphBuilder): TensorSpec;
	/** Values of every persistent tensor, by buffer key; u32 ones as Uint32Array. */
	readonly values: Readonly<Record<string, ArrayLike<number>>>;
	/** Names of the states to differentiate with respect to. */
	readonly wrt: readonly string[];
	readonly step?: Partial<StepScalars>;
	/** Only every so many elements of a tensor are compared; all by default. */
	readonly every?: number;
	/** Applied to the graph with the gradients, not to the one that is differentiated numerically. */
	passes?(graph: Graph): Graph;
}

export interface GradientError {
	readonly name: string;
	readonly index: number;
	readonly analytic: number;
	readonly numeric: number;
}

/** A fixed weight of element i of the output, different for neighbours: loss = Σ weight(i) · out[i]. */
function weight(i: number): number {
	return Math.sin(i * 1.7 + 0.3) + 0.1;
}

/** Central differences of the loss with respect to elements of each tensor of `wrt`, by name and index. */
export function centralDifferences(test: GradientCase, eps = 1e-6): Map<string, ReadonlyMap<number, number>> {
	const builder = new GraphBuilder();
	const output = test.build(builder);
	const graph = builder.build();
	const memory = load(test, builder.tensors);
	const loss = (): number => {
		const out = runReference(graph, memory, test.step ?? {}).get(output.id);
		if (out === undefined) throw new Error("the output of a gradient case must be an activation");
		let total = 0;
		for (let i = 0; i < out.length; i++) total += weight(i) * out[i];
		return total;
	};
	return new Map(
		specsOf(test, builder).map((spec) => {
			const numbers = memory.of(spec);
			const slopes = new Map<number, number>();
			for (let i = 0; i < numbers.length; i += test.every ?? 1) {
				const value = numbers[i];
				numbers[i] = value + eps;
				const above = loss();
				numbers[i] = value - eps;
				const below = loss();
				numbers[i] = value;
				slopes.set(i, (above - below) / (2 * eps));
			}
			return [spec.name, slopes];
		}),
	);
}

/** The graph of a case with its gradients, which are states "grad NAME", in the buffer "grads" if the tensor is in a flat buffer. */
export function gradientGraph(test: GradientCase): {
	readonly graph: Graph;
	readonly values: Readonly<Record<string, ArrayLike<number>>>;
} {
	const builder = new GraphBuilder();
	const y = test.build(builder);
	const seed = builder.declare("input", "seed gradient", y.shape, "f32", y.live ? { live: y.live } : {});
	differentiate(builder, new Map([[y.id, seed]]), specsOf(test, builder), (t) =>
		builder.declare("state", `grad ${t.name}`, t.shape, "f32", {
			...(t.view && { view: { ...t.view, buffer: "grads" } }),
		}),
	);
	const graph = (test.passes ?? ((built) => built))(builder.build());
	const flat = graph.tensors.filter(({ view }) => view?.buffer === "grads");
	const grads = new Float64Array(Math.max(0, ...flat.map((t) => (t.view?.offset ?? 0) + elements(t.shape))));
	return {
		graph,
		values: {
			...test.values,
			"seed gradient": Float64Array.from({ length: elements(y.shape) }, (_, i) => weight(i)),
			...(flat.length > 0 ? { grads } : {}),
		},
	};
}

function specsOf(test: GradientCase, builder: GraphBuilder): TensorSpec[] {
	return test.wrt.map((name) => {
		const spec = builder.tensors.find((tensor) => tensor.name === name);
		if (spec === undefined) throw new Error(`no tensor ${name} in the case`);
		return spec;
	});
}

/** The elements whose analytic and numeric gradients differ by more than atol + rtol·|numeric|; empty if the gradient is correct. */
export function gradientErrors(test: GradientCase, { eps = 1e-6, atol = 1e-5, rtol = 1e-3 } = {}): GradientError[] {
	const { graph, values } = gradientGraph(test);
	const memory = load({ ...test, values }, graph.tensors);
	runReference(graph, memory, test.step ?? {});
	const errors: GradientError[] = [];
	for (const [name, slopes] of centralDifferences(test, eps)) {
		const spec = graph.tensors.find((tensor) => tensor.name === `grad ${name}`);
		if (spec === undefined) {
			errors.push({ name, index: -1, analytic: Number.NaN, numeric: 0 }); // the input got no gradient
			continue;
		}
		const gradient = memory.of(spec);
		for (const [index, numeric] of slopes) {
			const analytic = gradient[index];
			if (!(Math.abs(analytic - numeric) <= atol + rtol * Math.abs(numeric)))
				errors.push({ name, index, analytic, numeric });
		}
	}
	return errors;
}

function load(test: GradientCase, tensors: readonly TensorSpec[]): ReferenceMemory {
	const memory = new ReferenceMemory("float64");
	for (const [name, values] of Object.entries(test.values)) {
		memory.set(name, values, tensors.find((t) => t.name === name)?.dtype === "u32" ? "u32" : "real");
	}
	return memory;
}
