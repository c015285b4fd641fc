// The LoRA SwiGLU MLP that is compared with jax-js: forward, and the gradients of all six low-rank factors.
// out = down(silu(gate(x)) * up(x)), each with W + B·A, and the loss is the sum of out, so the gradient of out is one.

import { GpuMemory } from "../../src/engine/executor/memory.ts";
import { Plan } from "../../src/engine/executor/plan.ts";
import { differentiate } from "../../src/engine/graph/autodiff.ts";
import { GraphBuilder } from "../../src/engine/graph/builder.ts";
import { byteLength, type Graph } from "../../src/engine/graph/ir.ts";
import { linear, swiglu } from "../../src/engine/graph/ops/index.ts";
import { simplify } from "../../src/engine/graph/passes/simplify.ts";
import type { Pipelines } from "../../src/engine/kernels/pipelines.ts";
import type { Tuning } from "../../src/engine/kernels/tuning.ts";

export const MLP = { hidden: 576, inner: 1536, r: 8 } as const;

function mlpGraph(tokens: number): Graph {
	const { hidden, inner, r } = MLP;
	const builder = new GraphBuilder();
	const x = builder.declare("input", "x", [tokens, hidden], "f32");
	const one = builder.declare("input", "gradient", [tokens, hidden], "f32");
	const factors: ReturnType<typeof builder.declare>[] = [];
	const layer = (name: string, input: typeof x, width: number, out: number) => {
		const W = builder.declare("weight", `${name}.W`, [out, width], "f32");
		const A = builder.declare("state", `${name}.A`, [r, width], "f32");
		const B = builder.declare("state", `${name}.B`, [out, r], "f32");
		factors.push(A, B);
		return linear(builder, name, input, W, { lowRank: { u: linear(builder, `${name}.u`, input, A), B } });
	};
	const gate = layer("gate", x, hidden, inner);
	const up = layer("up", x, hidden, inner);
	const out = layer("down", swiglu(builder, "act", [gate, up], { act: "silu" }), inner, hidden);
	differentiate(builder, new Map([[out.id, one]]), factors, (factor) =>
		builder.declare("state", `${factor.name}.gradient`, factor.shape, "f32"),
	);
	return simplify(builder.build());
}

/** Milliseconds of each step. */
export async function timeMlp(pipelines: Pipelines, tuning: Tuning, tokens: number, steps: number): Promise<number[]> {
	const graph = mlpGraph(tokens);
	const memory = new GpuMemory(pipelines.gpu);
	let plan: Plan | null = null;
	try {
		for (const spec of graph.tensors) {
			if (spec.role !== "activation" && !memory.has(spec.name))
				memory.upload(
					spec.name,
					Float32Array.from({ length: byteLength(spec) / 4 }, (_, i) => ((i * 7919) % 31) / 310),
				);
		}
		plan = await Plan.compile(graph, memory, pipelines, tuning);
		const times: number[] = [];
		for (let step = 0; step <= steps; step++) {
			const started = performance.now();
			await plan.run({ live_tokens: tokens });
			times.push(performance.now() - started);
		}
		return times.slice(1);
	} finally {
		plan?.destroy();
		memory.releaseAll();
	}
}
