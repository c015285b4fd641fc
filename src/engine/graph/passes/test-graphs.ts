// Graphs for the tests of passes: a small Llama-like stack with LoRA on every linear layer, its loss and its backward pass,
// built from the real ops; and a check that a pass does not change what a graph computes.
import { expect } from "vitest";
import { values } from "../../executor/test-gpu.ts";
import type { StepScalars } from "../../kernels/step.ts";
import { differentiate } from "../autodiff.ts";
import { GraphBuilder } from "../builder.ts";
import { bufferKey, elements, type Graph, type TensorSpec } from "../ir.ts";
import { languageModelLoss, type Trainables } from "../loss.ts";
import { add, dropout, embed, linear, rmsNorm, swiglu } from "../ops/index.ts";
import { ReferenceMemory, runReference } from "../reference.ts";

const [TOKENS, WIDTH, WIDE, VOCABULARY, RANK] = [6, 8, 12, 16, 2];
export const STEP = { live_tokens: 5, live_targets: 3, loss_scale: 0.5, seed: 3, micro_step: 2 };

export interface StackOptions {
	readonly layers: number;
	/** Layers that have an adapter; all by default. */
	readonly adapted?: (layer: number) => boolean;
	readonly dtype?: "f32" | "bf16";
}

/** rows: [C, H], head: [V, H] → logits [C, V], as an unadapted head computes them. */
export function plainHead(builder: GraphBuilder, rows: TensorSpec, head: TensorSpec): TensorSpec {
	return linear(builder, "head", rows, head);
}

/** Trainables of a loss that computes only the gradient of the hidden states. */
export const NOTHING_TRAINED: Trainables = {
	wrt: [],
	gradientOf: (trainable) => {
		throw new Error(`${trainable.name} is not trained`);
	},
};

/** A stack of MLP layers, "layers.N.", and its training step: gradients in "grads". */
export function trainingStack({ layers, adapted = () => true, dtype = "f32" }: StackOptions): Graph {
	const builder = new GraphBuilder();
	const trainable: TensorSpec[] = [];
	let flat = 0;
	const weight = (name: string, shape: number[]) =>
		builder.declare("weight", name, shape, shape.length > 1 ? dtype : "f32");
	const parameter = (name: string, shape: number[]) => {
		const spec = builder.declare("state", name, shape, "f32", { view: { buffer: "params", offset: flat } });
		flat += Math.ceil(elements(shape) / 64) * 64; // a binding starts at a multiple of 256 bytes
		trainable.push(spec);
		return spec;
	};
	const projection = (name: string, x: TensorSpec, out: number, lora: boolean) => {
		const W = weight(`${name}.weight`, [out, x.shape[1]]);
		if (!lora) return linear(builder, name, x, W);
		const A = parameter(`${name}.A`, [RANK, x.shape[1]]);
		const B = parameter(`${name}.B`, [out, RANK]);
		const dropped = dropout(builder, `${name}.dropout`, [x], { p: 0.25, salt: trainable.length });
		const u = linear(builder, `${name}.lora_A`, dropped, A, { scale: 2, adapter: true });
		return linear(builder, name, x, W, { lowRank: { u, B } });
	};
	const live = { axis: "tokens", offset: 0 } as const;
	const ids = builder.declare("input", "ids", [TOKENS], "u32", { live });
	let x = embed(builder, "embed", [ids, weight("embedding", [VOCABULARY, WIDTH])]);
	for (let layer = 0; layer < layers; layer++) {
		const name = `layers.${layer}`;
		const lora = adapted(layer);
		const normed = rmsNorm(builder, `${name}.norm`, [x, weight(`${name}.norm.weight`, [WIDTH])], { eps: 1e-5 });
		const act = swiglu(
			builder,
			`${name}.act`,
			[projection(`${name}.gate`, normed, WIDE, lora), projection(`${name}.up`, normed, WIDE, lora)],
			{ act: "silu" },
		);
		x = add(builder, `${name}.residual`, [x, projection(`${name}.down`, act, WIDTH, lora)]);
	}
	const hidden = rmsNorm(builder, "norm", [x, weight("norm.weight", [WIDTH])], { eps: 1e-5 });
	const target = (name: string) => builder.declare("input", name, [4], "u32", { live: { axis: "targets", offset: 0 } });
	const dHidden = languageModelLoss(builder, {
		hidden,
		vocabulary: VOCABULARY,
		head: (rows) => plainHead(builder, rows, weight("head", [VOCABULARY, WIDTH])),
		targetRows: target("rows"),
		targetIds: target("targets"),
		lossSum: builder.declare("state", "metrics", [4], "f32"),
		gradient: trainable.length > 0 ? NOTHING_TRAINED : null,
		chunkRows: 2,
	});
	if (dHidden !== undefined) {
		const gradientOf = (t: TensorSpec) =>
			builder.declare("state", `grad ${t.name}`, t.shape, "f32", {
				view: { buffer: "grads", offset: t.view?.offset ?? 0 },
			});
		differentiate(builder, new Map([[hidden.id, dHidden]]), trainable, gradientOf);
	}
	return builder.build();
}

/** Seeded values of every persistent tensor of a graph, by buffer key. */
export function someValues(graph: Graph): Record<string, ArrayLike<number>> {
	const found: Record<string, ArrayLike<number>> = {};
	const flat = Math.max(
		0,
		...graph.tensors.filter((t) => t.view !== undefined).map((t) => (t.view?.offset ?? 0) + elements(t.shape)),
	);
	graph.tensors.forEach((spec, i) => {
		if (spec.role === "activation") return;
		if (spec.view !== undefined) found[bufferKey(spec)] = values(flat, bufferKey(spec).length, 0.5);
		else if (spec.dtype === "u32")
			found[spec.name] =
				spec.name === "rows" ? [4, 1, 2, 0] : Array.from({ length: spec.shape[0] }, (_, k) => (k * 5 + 1) % VOCABULARY);
		else found[spec.name] = values(elements(spec.shape), i);
	});
	return found;
}

/** The outcome of a graph: its states, and its results by id. */
export function outcome(
	graph: Graph,
	given: Record<string, ArrayLike<number>>,
	step: Partial<StepScalars> = STEP,
): Record<string, number[]> {
	const memory = new ReferenceMemory("float64");
	for (const [name, numbers] of Object.entries(given)) {
		memory.set(name, numbers, graph.tensors.find((t) => t.name === name)?.dtype === "u32" ? "u32" : "real");
	}
	const kept = runReference(graph, memory, step);
	const left: Record<string, number[]> = {};
	for (const spec of graph.tensors) if (spec.role === "state") left[bufferKey(spec)] = [...memory.get(bufferKey(spec))];
	for (const id of graph.results) left[`result ${id}`] = [...(kept.get(id) ?? [])];
	return left;
}

/** Checks that both graphs have the same outcome, up to the order of sums. */
export function expectSameOutcome(before: Graph, after: Graph): void {
	const given = someValues(before);
	const [a, b] = [outcome(before, given), outcome(after, given)];
	expect(Object.keys(b)).toEqual(Object.keys(a));
	expect(Object.keys(a).length).toBeGreaterThan(0);
	for (const [name, numbers] of Object.entries(a)) {
		const scale = Math.max(...numbers.map(Math.abs));
		expect(scale).toBeGreaterThan(0);
		numbers.forEach((value, i) =>
			expect(Math.abs(b[name][i] - value), `${name}[${i}]`).toBeLessThan(1e-12 * scale + 1e-15),
		);
	}
}

export function opsOf(graph: Graph): string[] {
	return graph.nodes.map((node) => node.op);
}
