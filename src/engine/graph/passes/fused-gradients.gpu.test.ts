// Gradients of layers with every op that the passes for GPUs introduce, against central differences of the same layers
// without the passes: on the reference executor in float64, and of the kernels that a GPU runs.
import { afterAll, describe, expect, test } from "vitest";
import { GpuMemory } from "../../executor/memory.ts";
import { Plan } from "../../executor/plan.ts";
import { values } from "../../executor/test-gpu.ts";
import { Pipelines } from "../../kernels/pipelines.ts";
import type { Tuning } from "../../kernels/tuning.ts";
import { GraphBuilder } from "../builder.ts";
import { centralDifferences, type GradientCase, gradientErrors, gradientGraph } from "../finite-difference.ts";
import { elements, type Graph, type TensorSpec } from "../ir.ts";
import {
	activation,
	add,
	attention,
	layerNorm,
	linear,
	rmsNorm,
	rope,
	swiglu,
	type TogetherAttrs,
} from "../ops/index.ts";
import { testDevices } from "../ops/test-op.ts";
import { mergeDispatches } from "./merge-dispatches.ts";
import { simplify } from "./simplify.ts";

const devices = await testDevices();
afterAll(() => devices.destroy());

const [TOKENS, HEADS, KV_HEADS, HEAD_DIM, WIDE, RANK, LAYERS] = [7, 2, 1, 16, 12, 4, 2];
const WIDTH = HEADS * HEAD_DIM;
const LIVE = { axis: "tokens", offset: 0 } as const;
const STEP = { live_tokens: 6, adapter_strength: 0.7 };

/** The passes and the attention of GPUs, with products that compile fast (matmul-block.gpu.test.ts has theirs). */
const TUNING: Tuning = {
	matmul: () => ({ strategy: "direct", rows: 2, columns: 2, unroll: 1, threads: 32 }),
	attentionQueries: 32,
	mergeDispatches: true,
	rowThreads: 64,
};

interface Form {
	/** LayerNorm and an MLP without a gate, without rotation (GPT-2); otherwise RMSNorm, SwiGLU and rotation (Llama). */
	readonly centered: boolean;
	readonly one_plus: boolean;
	readonly act: "silu" | "gelu_tanh";
}

const words = (builder: GraphBuilder, name: string) => builder.declare("input", name, [TOKENS], "u32", { live: LIVE });

/** Layers with LoRA on every linear layer, whose parameters are in one flat buffer. Two texts fill the rows, except for the last. */
function layers(builder: GraphBuilder, { centered, one_plus, act }: Form): TensorSpec {
	let flat = 0;
	const weight = (name: string, shape: number[]) => builder.declare("weight", name, shape, "f32");
	const parameter = (name: string, shape: number[]) => {
		const spec = builder.declare("state", name, shape, "f32", { view: { buffer: "params", offset: flat } });
		flat += Math.ceil(elements(shape) / 64) * 64;
		return spec;
	};
	const adapted = (name: string, x: TensorSpec, out: number) => {
		const W = weight(`${name}.weight`, [out, x.shape[1]]);
		const A = parameter(`${name}.A`, [RANK, x.shape[1]]);
		const u = linear(builder, `${name}.u`, x, A, { scale: 2, adapter: true });
		return linear(builder, name, x, W, { lowRank: { u, B: parameter(`${name}.B`, [out, RANK]) } });
	};
	const norm = (name: string, x: TensorSpec) => {
		const vectors = (centered ? ["weight", "bias"] : ["weight"]).map((kind) => weight(`${name}.${kind}`, [WIDTH]));
		return centered
			? layerNorm(builder, name, [x, ...vectors], { eps: 1e-5 })
			: rmsNorm(builder, name, [x, ...vectors], { eps: 1e-5, one_plus });
	};
	const rotated = (x: TensorSpec) => {
		if (centered) return x;
		const [cos, sin] = ["cos", "sin"].map((name) => weight(name, [TOKENS, HEAD_DIM / 2]));
		const attrs = { head_dim: HEAD_DIM, rotary_dim: HEAD_DIM, inverse: false };
		return rope(builder, `${x.name} rotated`, [x, cos, sin, words(builder, "positions")], attrs);
	};
	const ranges = ["kv_start", "kv_last", "q_end"].map((name) => words(builder, name));
	const heads = { heads: HEADS, kv_heads: KV_HEADS, head_dim: HEAD_DIM, scale: 0.25 };
	let x = builder.declare("state", "x", [TOKENS, WIDTH], "f32", { live: LIVE });
	for (let i = 0; i < LAYERS; i++) {
		const name = `layers.${i}.`;
		const normed = norm(`${name}norm`, x);
		const q = rotated(adapted(`${name}q`, normed, WIDTH));
		const k = rotated(adapted(`${name}k`, normed, KV_HEADS * HEAD_DIM));
		const v = adapted(`${name}v`, normed, KV_HEADS * HEAD_DIM);
		const mixed = attention(builder, `${name}attention`, [q, k, v, ...ranges], heads);
		x = add(builder, `${name}attention +`, [x, adapted(`${name}o`, mixed, WIDTH)]);
		const again = norm(`${name}mlp norm`, x);
		const up = adapted(`${name}up`, again, WIDE);
		const inner = centered
			? activation(builder, `${name}act`, [up], { kind: "gelu_tanh" })
			: swiglu(builder, `${name}act`, [adapted(`${name}gate`, again, WIDE), up], { act });
		x = add(builder, `${name}mlp +`, [x, adapted(`${name}down`, inner, WIDTH)]);
	}
	return norm("norm", x);
}

function caseOf(form: Form): GradientCase {
	const builder = new GraphBuilder();
	layers(builder, form);
	const states = builder.tensors.filter(({ role }) => role === "state");
	const flat = Math.max(...states.map(({ view, shape }) => (view?.offset ?? 0) + elements(shape)));
	return {
		build: (to) => layers(to, form),
		values: {
			...Object.fromEntries(
				builder.tensors
					.filter(({ role, dtype, view }) => role !== "activation" && dtype !== "u32" && view === undefined)
					.map(({ name, shape }, i) => [name, values(elements(shape), i + 1, 0.6)]),
			),
			params: values(flat, 50, 0.6),
			kv_start: [0, 0, 0, 0, 4, 4, 0],
			kv_last: [0, 1, 2, 3, 4, 5, 0],
			q_end: [4, 4, 4, 4, 6, 6, 0],
			positions: [0, 1, 2, 3, 0, 1, 0],
		},
		wrt: states.map(({ name }) => name),
		step: STEP,
		every: 7,
		passes: (graph) => mergeDispatches(simplify(graph)),
	};
}

const LLAMA: Form = { centered: false, one_plus: false, act: "silu" };
const FORMS = [
	["of Llama", LLAMA],
	["of Gemma", { ...LLAMA, one_plus: true, act: "gelu_tanh" }],
	["of GPT-2", { ...LLAMA, centered: true }],
] as const;

/** Ops of a graph and of the nodes that were merged. */
const opsOf = ({ nodes }: Pick<Graph, "nodes">): string[] =>
	nodes.flatMap((node) => [
		node.op,
		...(node.op === "together" ? opsOf({ nodes: (node.attrs as TogetherAttrs).members }) : []),
	]);

test("the layers contain every op that only a pass introduces", () => {
	const found = FORMS.flatMap(([, form]) => opsOf(gradientGraph(caseOf(form)).graph));
	const introduced = ["normSum", "normGradientSum", "swigluLow", "swigluGradientLow", "ropeLow"];
	for (const op of [...introduced, "attentionStatisticsLow", "together"]) expect(found).toContain(op);
});

describe.each(FORMS)("layers %s", (_name, form) => {
	test("on the reference executor", () => {
		expect(gradientErrors(caseOf(form))).toEqual([]);
	});

	test("on the GPU", async () => {
		const given = caseOf(form);
		const { graph, values: all } = gradientGraph(given);
		const numeric = centralDifferences(given);
		for (const gpu of devices.all) {
			const memory = new GpuMemory(gpu);
			for (const [name, numbers] of Object.entries(all)) {
				const words = graph.tensors.find((tensor) => tensor.name === name)?.dtype === "u32";
				memory.upload(name, words ? Uint32Array.from(numbers) : Float32Array.from(numbers));
			}
			memory.reserve("grad x", TOKENS * WIDTH * 4);
			const plan = await Plan.compile(graph, memory, new Pipelines(gpu), TUNING);
			await plan.run(STEP);
			for (const [name, slopes] of numeric) {
				const { view, shape } = graph.tensors.find((tensor) => tensor.name === `grad ${name}`) ?? { shape: [0] };
				const found = await memory.readFloats(view?.buffer ?? `grad ${name}`, view?.offset ?? 0, elements(shape));
				const scale = Math.max(...[...slopes.values()].map(Math.abs));
				expect(scale, name).toBeGreaterThan(0);
				const live = name === "x" ? STEP.live_tokens * WIDTH : found.length; // later rows are undefined
				const compared = [...slopes].filter(([i]) => i < live);
				const worst = Math.max(...compared.map(([i, value]) => Math.abs(value - found[i])));
				expect(worst / scale, name).toBeLessThan(1e-4);
			}
			plan.destroy();
			memory.releaseAll();
		}
	});
});
