// Test helper: compares an op's gradient nodes with central differences of its reference, both in float64 on the reference
// executor, with the tolerances of torch.autograd.gradcheck (eps 1e-6, atol 1e-5, rtol 1e-3).

import type { StepScalars } from "../kernels/step.ts";
import { differentiate } from "./autodiff.ts";
import { GraphBuilder } from "./builder.ts";
import type { TensorSpec } from "./ir.ts";
import { ReferenceMemory, runReference } from "./reference.ts";

export interface GradientCase {
	/** Declares inputs (as states, so that they can be differentiated), adds the op and returns its first output. */
	build(builder: GraphBuilder): TensorSpec;
	/** Values of every persistent tensor, by name; u32 ones as Uint32Array. */
	readonly values: Readonly<Record<string, ArrayLike<number>>>;
	/** Names of the states to differentiate with respect to. */
	readonly wrt: readonly string[];
	readonly step?: Partial<StepScalars>;
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

/** The elements whose analytic and numeric gradients differ by more than atol + rtol·|numeric|; empty if the gradient is correct. */
export function gradientErrors(test: GradientCase, { eps = 1e-6, atol = 1e-5, rtol = 1e-3 } = {}): GradientError[] {
	const forward = new GraphBuilder();
	const output = test.build(forward);
	const forwardGraph = forward.build();
	const loss = (name?: string, index = 0, delta = 0): number => {
		const memory = load(test, forward.tensors);
		if (name !== undefined) memory.get(name)[index] += delta;
		const out = runReference(forwardGraph, memory, test.step ?? {}).get(output.id);
		if (out === undefined) throw new Error("the output of a gradient case must be an activation");
		let total = 0;
		for (let i = 0; i < out.length; i++) total += weight(i) * out[i];
		return total;
	};

	const builder = new GraphBuilder();
	const y = test.build(builder);
	const seed = builder.declare("input", "seed gradient", y.shape, "f32", y.live ? { live: y.live } : {});
	const wrt = test.wrt.map((name) => {
		const spec = builder.tensors.find((tensor) => tensor.name === name);
		if (spec === undefined) throw new Error(`no tensor ${name} in the case`);
		return spec;
	});
	differentiate(builder, new Map([[y.id, seed]]), wrt, (t) =>
		builder.declare("state", `grad ${t.name}`, t.shape, "f32"),
	);
	const memory = load(test, builder.tensors);
	memory.set(
		"seed gradient",
		Float64Array.from({ length: y.shape.reduce((a, b) => a * b, 1) }, (_, i) => weight(i)),
	);
	runReference(builder.build(), memory, test.step ?? {});

	const errors: GradientError[] = [];
	for (const name of test.wrt) {
		if (!memory.has(`grad ${name}`)) {
			errors.push({ name, index: -1, analytic: Number.NaN, numeric: 0 }); // the input got no gradient
			continue;
		}
		const gradient = memory.get(`grad ${name}`);
		for (let index = 0; index < gradient.length; index++) {
			const analytic = gradient[index];
			const numeric = (loss(name, index, eps) - loss(name, index, -eps)) / (2 * eps);
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
