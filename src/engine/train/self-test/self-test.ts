// The self-test of a device: before a run, every shader of its plans that has not passed on this device computes a small
// problem, and the result is compared with the reference executor. A kernel with wrong values is replaced by one that every
// device supports; if that one is wrong, too, the run is refused.
import { TabTuneError } from "../../../shared/errors.ts";
import { selfTestMessage } from "../../../shared/messages/index.ts";
import type { Message } from "../../../shared/messages/message.ts";
import { compareExecutors } from "../../executor/compare.ts";
import { graphFor, lowered } from "../../executor/plan.ts";
import type { Graph } from "../../graph/ir.ts";
import { shaderText } from "../../kernels/kernel.ts";
import type { Pipelines } from "../../kernels/pipelines.ts";
import { type MatmulVariant, PLAIN_VARIANT, type Tuning } from "../../kernels/tuning.ts";
import type { ModelRuntime } from "../runtime.ts";
import { miniature } from "./miniature.ts";
import { TestedKernels } from "./tested-kernels.ts";

/** Largest error relative to the largest value; wrong kernels are wrong by far more, and float16 operands by less. */
const TOLERANCE = 4e-3;

export interface WrongKernel {
	readonly kernel: string;
	readonly op: string;
}

export interface SelfTestReport {
	/** Nodes that were computed, and their number of shaders. */
	readonly nodes: number;
	readonly shaders: number;
	/** Kernels with a shader that no small problem could be made for: those of a tensor in several bindings, and scatter-add. */
	readonly untested: readonly string[];
	readonly wrong: readonly WrongKernel[];
	/** Time without compiling. */
	readonly milliseconds: number;
}

/** Computes one small problem for each shader of the graphs that is not known to be right. */
export async function testKernels(
	graphs: readonly Graph[],
	pipelines: Pipelines,
	tuning: Tuning,
	tested: TestedKernels,
): Promise<SelfTestReport> {
	const { gpu } = pipelines;
	const { limits } = gpu.device;
	const seen = new Set<string>();
	const [untested, wrong]: [Set<string>, WrongKernel[]] = [new Set(), []];
	let [nodes, milliseconds] = [0, 0];
	const fitted = graphs.map((graph) => graphFor(graph, tuning));
	const compiling = fitted
		.flatMap((graph) => lowered(graph, tuning, limits))
		.filter(({ call }) => !tested.has(shaderText(call.kernel, call.constants)))
		.map(({ call }) => pipelines.get(call));
	await Promise.allSettled(compiling); // at the same time; an error is thrown again below
	for (const graph of fitted) {
		for (const [index, node] of graph.nodes.entries()) {
			const variants: MatmulVariant[] = [];
			const calls = lowered({ ...graph, nodes: [node] }, recording(tuning, variants), limits).map(({ call }) => call);
			const texts = calls.map(({ kernel, constants }) => shaderText(kernel, constants));
			if (texts.every((text) => seen.has(text) || tested.has(text))) continue;
			for (const text of texts) seen.add(text);
			const small = miniature(graph, graph.nodes[index]);
			if (small === null) {
				for (const { kernel } of calls) untested.add(kernel.name);
				continue;
			}
			const last = { ...small.graph, nodes: small.graph.nodes.slice(-1) };
			const own = lowered(last, replaying(tuning, variants), limits).map(({ call }) => call);
			const covered = new Set(own.map(({ kernel, constants }) => shaderText(kernel, constants)));
			for (const [i, text] of texts.entries()) if (!covered.has(text)) untested.add(calls[i].kernel.name);
			await Promise.all(own.map((call) => pipelines.get(call)));
			const started = performance.now();
			const differences = await compareExecutors(small.graph, {
				gpu,
				pipelines,
				tuning: { ...replaying(tuning, variants), mergeDispatches: false },
				values: small.values,
				encoded: small.encoded,
				step: small.step,
				tolerance: TOLERANCE,
			});
			milliseconds += performance.now() - started;
			nodes++;
			if (differences.length === 0) await tested.add(covered);
			else
				for (const name of new Set(calls.map(({ kernel }) => kernel.name))) wrong.push({ kernel: name, op: node.op });
		}
	}
	return { nodes, shaders: seen.size, untested: [...untested], wrong, milliseconds };
}

/** The runtime with kernels that compute right values, and a warning for those that were replaced. @throws TabTuneError "no-adapter" */
export async function selfTested(
	runtime: ModelRuntime,
	graphs: readonly Graph[],
): Promise<{ readonly runtime: ModelRuntime; readonly warnings: readonly Message[] }> {
	const { gpu, pipelines, store } = runtime;
	const tested = await TestedKernels.of(gpu, store);
	const replaced = new Set<string>();
	let { tuning } = runtime;
	for (;;) {
		const { wrong } = await testKernels(graphs, pipelines, tuning, tested);
		if (wrong.length === 0) break;
		const next = wrong.reduce(without, tuning);
		const names = wrong.map(({ kernel }) => kernel);
		if (next === tuning)
			throw new TabTuneError("no-adapter", {
				what: selfTestMessage("wrong", { kernels: [...new Set(names)].join(", ") }),
				where: gpu.info.description || gpu.info.vendor,
				next: selfTestMessage("wrong.next"),
			});
		for (const name of names) replaced.add(name);
		tuning = next;
	}
	if (replaced.size === 0) return { runtime, warnings: [] };
	return {
		runtime: { ...runtime, tuning },
		warnings: [selfTestMessage("replaced", { kernels: [...replaced].join(", ") })],
	};
}

/** Tests the kernels of graphs, so that a run finds that they have passed. */
export async function testInAdvance(
	{ gpu, pipelines, store, tuning }: ModelRuntime,
	graphs: readonly Graph[],
): Promise<void> {
	await testKernels(graphs, pipelines, tuning, await TestedKernels.of(gpu, store));
}

/** The tuning without a kernel; the same one if there is no other kernel for its work. */
function without(tuning: Tuning, { kernel, op }: WrongKernel): Tuning {
	const fused = op === "together" || /low|norm-sum|norm-gradient-sum/.test(kernel);
	if (fused) return tuning.mergeDispatches ? { ...tuning, mergeDispatches: false } : tuning;
	if (/^attention/.test(kernel) && ((tuning.attentionQueries ?? 0) > 0 || tuning.attention !== undefined))
		return { ...tuning, attentionQueries: 0, attention: undefined };
	if (/^cross-entropy/.test(kernel) && tuning.rowThreads !== undefined) return { ...tuning, rowThreads: undefined };
	if (/^matmul/.test(kernel) && !plain.has(tuning.matmul)) return { ...tuning, matmul: plainMatmul };
	return tuning;
}

const plainMatmul: Tuning["matmul"] = () => PLAIN_VARIANT;
const plain = new Set([plainMatmul]);

/** The tuning, with the variants that it chooses added to a list. */
function recording(tuning: Tuning, variants: MatmulVariant[]): Tuning {
	return {
		...tuning,
		matmul(shape) {
			const chosen = tuning.matmul(shape);
			variants.push(chosen);
			return chosen;
		},
	};
}

/** The tuning, with the same variants for the products of a smaller problem. */
function replaying(tuning: Tuning, variants: readonly MatmulVariant[]): Tuning {
	let next = 0;
	return { ...tuning, matmul: (shape) => variants[next++ % variants.length] ?? tuning.matmul(shape) };
}
